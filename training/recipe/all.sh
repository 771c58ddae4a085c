#!/bin/sh
# Makes the bundled model from nothing: episodes, training, GGUF, scores, curve. Stopped at any moment and started again, it
# goes on where it stood. All of it lies in build/training. TOTAL is millions of tokens; 60 take about 100 minutes on two idle
# cores with bf16 instructions.
set -eu
cd "$(dirname "$0")/../.."
out=build/training
run=training/recipe/run.sh
mkdir -p "$out"

for need in /usr/bin/python3 /usr/bin/gcc; do
	[ -x "$need" ] || { echo "train: $need is missing" >&2; exit 1; }
done
/usr/bin/python3 -c 'import torch, numpy' 2>/dev/null || {
	echo "train: PyTorch is missing; on Debian run: apt-get install --no-install-recommends python3-torch python3-numpy libjemalloc2" >&2
	exit 1
}

go build -o "$out/episodes" ./training
"$out/episodes" data -out "$out/data" -shards "${SHARDS:-30}" -episodes 2500 -held 400
"$run" train.py --data "$out/data" --out "$out/run" --total "${TOTAL:-60}" --threads "${THREADS:-2}"
"$run" export.py --run "$out/run" --out "$out/little.gguf"
"$run" curve.py --run "$out/run" --out "$out/curve.svg"
"$run" score.py --run "$out/run" --data "$out/data" --program "$out/episodes"
"$run" parity.py --run "$out/run" --gguf "$out/little.gguf" --program "$out/episodes" --ollama build/bin/ollama
