#!/bin/sh
# Runs every fuzz target of the tree for the given time (default 30s), one after the other.
set -eu
cd "$(dirname "$0")/.."
time=${1:-30s}
for file in $(grep -rl --include='*_test.go' '^func Fuzz' . | sort); do
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		printf '%s %s\n' "$(dirname "$file")" "$target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$(dirname "$file")"
	done
done
