#!/usr/bin/env bash
# Makes the patches of this folder anew: FOLDER/patch turns FOLDER/old into FOLDER/new.
#
#   make.sh INTERLUDE        INTERLUDE: the command, with its whole path
#
# Patches that have been published must apply for ever, so run this only for folders you add: the
# test src/delta/golden_test.cpp applies what is here, whatever today's program would make.
# Made with liblzma 5.4.1, libzstd 1.5.4 and libdivsufsort 2.0.1.
#
#   identical, lines, text-stored   texts; every stream is stored
#   code-x86                        machine code of two versions of a program; streams in LZMA
#   full-x86, full-arm64            machine code from nothing; LZMA behind a branch filter
#   full-zstd                       repetitions from nothing; zstd
#   emptied                         to nothing
#   predicted                       a library for x86-64
#   predicted-aarch64               a library for AArch64, see make-aarch64.sh
set -euo pipefail
interlude=${1:?usage: make.sh INTERLUDE}
cd "$(dirname "$0")"
for case in */; do
  [ -e "$case/patch" ] || "$interlude" delta create "$case/old" "$case/new" "$case/patch"
done
