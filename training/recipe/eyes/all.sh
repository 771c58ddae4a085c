#!/bin/sh
# Makes the model with eyes from nothing, on a GPU: pictures of pages in Chromium, training, GGUF, scores. All of it lies in
# build/training; what is there already is not made again. FONTS is a folder of typefaces (README.md says which), PYTHON a Python with
# PyTorch 2 and Pillow, MINUTES (10) the length of the course. Where Chromium and the GPU are on different machines, run it on
# that with Chromium first, which ends for want of a GPU, and take build/training along.
set -eu
cd "$(dirname "$0")/../../.."
out=build/training
eyes=training/recipe/eyes
export PYTHON="${PYTHON:-python3}" PYTHONDONTWRITEBYTECODE=1
[ -d "${FONTS:-}" ] || { echo "eyes: set FONTS to a folder of typefaces; see $eyes/README.md" >&2; exit 1; }
mkdir -p "$out"
chromium=${CHROMIUM:-/usr/lib/chromium/chromium}
if [ ! -f "$out/pictures.jsonl" ] || [ ! -f "$out/pictures-held.jsonl" ]; then
	[ -x "$chromium" ] || { echo "eyes: there is no Chromium at $chromium; set CHROMIUM" >&2; exit 1; }
	CGO_ENABLED=0 go build -o "$out/episodes" ./training
	"$out/episodes" pictures -out "$out/pictures.jsonl" -count "${PICTURES:-1200}" -seed 7000001 -chromium "$chromium"
	"$out/episodes" pictures -out "$out/pictures-held.jsonl" -split words -each 1 -count 150 -seed 2097152 -chromium "$chromium"
fi
if [ ! -f "$out/eyes/checkpoint.pt" ]; then
	"$PYTHON" -c 'import PIL, torch; assert torch.cuda.is_available() and hasattr(torch, "compile")' || {
		echo "eyes: $PYTHON needs Pillow, PyTorch 2 and a GPU" >&2
		exit 1
	}
	"$PYTHON" "$eyes/train.py" --fonts "$FONTS" --real "$out/pictures.jsonl" --out "$out/eyes" --minutes "${MINUTES:-10}" --makers "${MAKERS:-14}"
fi
"$PYTHON" "$eyes/gguf.py" --run "$out/eyes" --out "$out/eyes.gguf"
if [ -x build/bin/ollama ]; then
	"$PYTHON" "$eyes/score.py" --run "$out/eyes" --gguf "$out/eyes.gguf" --fonts "$FONTS" --real "$out/pictures-held.jsonl" --parity 20
fi
