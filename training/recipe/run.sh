#!/bin/sh
# Runs a script of the recipe with an allocator that keeps big blocks, where there is one, and patient threads.
set -eu
jemalloc=$(ls /usr/lib/*/libjemalloc.so.2 2>/dev/null | head -1 || true)
if [ -n "$jemalloc" ]; then
	export LD_PRELOAD="$jemalloc" MALLOC_CONF="oversize_threshold:1,background_thread:false,metadata_thp:auto,thp:always,dirty_decay_ms:-1,muzzy_decay_ms:-1"
fi
export OMP_WAIT_POLICY=passive PYTHONDONTWRITEBYTECODE=1
script=$1
shift
exec "${PYTHON:-/usr/bin/python3}" "$(dirname "$0")/$script" "$@"
