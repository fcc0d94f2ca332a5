#!/usr/bin/env bash
# Made predicted-aarch64/old and new from aarch64.c, with clang and lld 19.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
build() {
  clang-19 --target=aarch64-linux-gnu -O2 -fPIC -fasynchronous-unwind-tables "${@:2}" -c aarch64.c -o "$work/object"
  ld.lld-19 -shared --no-rosegment -z max-page-size=4096 -z lazy --hash-style=gnu --eh-frame-hdr -s "$work/object" \
    -o "predicted-aarch64/$1"
  chmod a-x "predicted-aarch64/$1"
}
build old
build new -DFIXED
