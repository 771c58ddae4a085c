#!/bin/sh
# Installs what building, testing and the demo need, and nothing that is already there. On Debian as root it installs;
# elsewhere it says what is missing and how to get it. Then it builds the managed Ollama into build/bin.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"

say() { printf 'setup: %s\n' "$*" >&2; }

if ! command -v go >/dev/null 2>&1; then
	say "the Go toolchain is missing; install Go 1.26 or newer from https://go.dev/dl and put it on the PATH"
	exit 1
fi

# package:file that shows it is there
wanted="
chromium:/usr/lib/chromium/chromium
tesseract-ocr:/usr/bin/tesseract
tesseract-ocr-eng:/usr/share/tesseract-ocr/5/tessdata/eng.traineddata
libnss3-tools:/usr/bin/certutil
fonts-dejavu-core:/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
fonts-noto-cjk:/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc
nlohmann-json3-dev:/usr/include/nlohmann/json.hpp
libstb-dev:/usr/include/stb/stb_image.h
gcc:/usr/bin/gcc
g++:/usr/bin/g++
libc6-dev:/usr/include/stdio.h
"
missing=
for entry in $wanted; do
	[ -e "${entry#*:}" ] || missing="$missing ${entry%%:*}"
done

if [ -n "$missing" ]; then
	if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
		say "installing:$missing"
		apt-get update -qq
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
	else
		say "these Debian packages are missing:$missing"
		say "on Debian or Ubuntu run: sudo apt-get install --no-install-recommends$missing"
		say "on other systems install Chromium, Tesseract 5 with English, a C++ compiler, nlohmann-json and stb"
		exit 1
	fi
fi

scripts/ollama.sh
