#!/bin/sh
# Makes the model of a run the one that the next build carries: exports it in q8_0, scores it, and writes its card from the
# scores. RUN is the folder of the run; REAL, where it is set, has held-out steps of pages in Chromium (`episodes real -split words`). Look at the card before you commit; below 85 % of steps on held-out words, do not.
set -eu
cd "$(dirname "$0")/../.."
run=${RUN:-build/training/run}
to=inference/bundled/model
export PYTHON="${PYTHON:-/usr/bin/python3}"
training/recipe/run.sh export.py --run "$run" --out "$run/little.gguf" --q8
training/recipe/run.sh score.py --run "$run" --gguf "$run/little.gguf" --data "${DATA:-build/training/data}" --program build/training/episodes ${REAL:+--real "$REAL"}
training/recipe/run.sh parity.py --run "$run" --gguf "$run/little.gguf" --program build/training/episodes --ollama build/bin/ollama >"$run/parity.json"
training/recipe/run.sh curve.py --run "$run" --out docs/training.svg
training/recipe/run.sh card.py --run "$run" --out "$to/README.md"
cp "$run/little.gguf" "$to/little.gguf"
cat "$to/README.md"
