#!/bin/sh
# Builds the managed Ollama out of its Go module into build/bin/ollama (CPU only, no network but the Go registry).
#
#   scripts/ollama.sh          build when the binary is missing or was built from something else
#   scripts/ollama.sh --force  build in any case
#
# The module leaves its vendored C++ headers out, so they come from Debian (nlohmann-json3-dev, libstb-dev) and from the
# module github.com/gen2brain/malgo.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"

out=build/bin/ollama
stamp=build/bin/ollama.stamp
include="$root/build/include/ollama"

say() { printf 'ollama: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

command -v go >/dev/null 2>&1 || die "the Go toolchain is missing; install it from https://go.dev/dl"
version=$(go list -m -f '{{.Version}}' github.com/ollama/ollama)

# -march=native ties the binary to the processor, so the processor belongs to the stamp.
cpu=$(grep -m 1 -E '^(flags|Features)' /proc/cpuinfo 2>/dev/null | tr ' ' '\n' | sort | cksum | cut -d ' ' -f 1)
want="$version $(go env GOVERSION GOARCH | tr '\n' ' ')cpu:$cpu $(cksum <"$0" | cut -d ' ' -f 1)"

if [ "${1:-}" != --force ] && [ -x "$out" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ]; then
	exit 0
fi

command -v g++ >/dev/null 2>&1 || die "g++ is missing; run: apt-get install g++"
[ -f /usr/include/nlohmann/json.hpp ] || die "nlohmann/json.hpp is missing; run: apt-get install nlohmann-json3-dev"
[ -f /usr/include/stb/stb_image.h ] || die "stb/stb_image.h is missing; run: apt-get install libstb-dev"

go mod download github.com/ollama/ollama github.com/gen2brain/malgo
malgo=$(go list -m -f '{{.Dir}}' github.com/gen2brain/malgo)

rm -rf "$include"
mkdir -p "$include/stb" "$include/miniaudio" build/bin
cp /usr/include/stb/stb_image.h "$include/stb/"
cp "$malgo/miniaudio.h" "$include/miniaudio/"
ln -s /usr/include/nlohmann "$include/nlohmann"

say "building $version with $(nproc) processors; this takes some minutes, once"
CGO_ENABLED=1 \
CGO_CFLAGS="-O3 -march=native -I$include" \
CGO_CXXFLAGS="-O3 -march=native -I$include" \
	go build -trimpath -ldflags "-s -w -X=github.com/ollama/ollama/version.Version=${version#v}" \
	-o "$out.new" github.com/ollama/ollama

mv "$out.new" "$out"
printf '%s' "$want" >"$stamp"
say "built $out"
