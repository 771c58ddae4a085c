#!/bin/sh
# Makes the bundled model from nothing: episodes, training, GGUF, scores, curve. Stopped at any moment and started again, it
# goes on where it stood. All of it lies in build/training. The course itself takes MINUTES (80 on a CPU, 12 on a GPU; started again, as many for what is left), or, with
# TOTAL, so many millions of tokens. On a machine with a GPU and PyTorch 2: DEVICE=cuda PYTHON=python3, which makes a larger
# network; MAKERS processes (14) make the episodes meanwhile. Where there is a Chromium, pages are shown in it for REAL minutes (6).
set -eu
cd "$(dirname "$0")/../.."
out=build/training
run=training/recipe/run.sh
mkdir -p "$out"

export PYTHON="${PYTHON:-/usr/bin/python3}"
device=${DEVICE:-cpu}
command -v gcc >/dev/null || { echo "train: gcc is missing; on Debian run: apt-get install --no-install-recommends gcc libc6-dev" >&2; exit 1; }
"$PYTHON" -c 'import torch, numpy' 2>/dev/null || {
	echo "train: PyTorch is missing; on Debian run: apt-get install --no-install-recommends python3-torch python3-numpy libjemalloc2" >&2
	exit 1
}

size="--minutes ${MINUTES:-80} --threads ${THREADS:-2} --tokens ${BATCH:-6144}"
if [ "$device" = cuda ]; then
	size="--minutes ${MINUTES:-12} --makers ${MAKERS:-14} --tokens ${BATCH:-65536} --width 256 --layers 8 --heads 4 --inner 704 --score 1"
	SHARDS=${SHARDS:-2} # for the tokenizer
fi
if command -v go >/dev/null; then # elsewhere a program built before will do
	CGO_ENABLED=0 go build -o "$out/episodes" ./training
fi
"$out/episodes" data -out "$out/data" -shards "${SHARDS:-30}" -episodes 3000 -held 400
chromium=${CHROMIUM:-/usr/lib/chromium/chromium}
if [ -x "$chromium" ] && [ ! -f "$out/real.jsonl" ]; then
	"$out/episodes" real -out "$out/real.jsonl" -chromium "$chromium" -minutes "${REAL:-6}" -episodes 100000 || echo "train: there are no pages from Chromium; it goes on without" >&2
fi
if [ -f "$out/real.jsonl" ]; then
	size="$size --real $out/real.jsonl"
fi
if [ -n "${TOTAL:-}" ]; then
	size="$size --minutes 0 --total $TOTAL"
fi
if [ -x "$chromium" ] && [ ! -f "$out/real-words.jsonl" ]; then
	"$out/episodes" real -out "$out/real-words.jsonl" -chromium "$chromium" -split words -seed 1048576 -episodes 40 -minutes 3 || echo "train: steps in Chromium are not scored" >&2
fi
# shellcheck disable=SC2086 # several options
"$run" train.py --data "$out/data" --out "$out/run" --program "$out/episodes" --device "$device" $size
"$run" export.py --run "$out/run" --out "$out/little.gguf"
"$run" curve.py --run "$out/run" --out "$out/curve.svg"
"$run" score.py --run "$out/run" --gguf "$out/little.gguf" --data "$out/data" --program "$out/episodes" --device "$device" --real "$([ -f "$out/real-words.jsonl" ] && echo "$out/real-words.jsonl")"
if [ -x build/bin/ollama ]; then
	"$run" parity.py --run "$out/run" --gguf "$out/little.gguf" --program "$out/episodes" --ollama build/bin/ollama
fi
