#!/usr/bin/env bash
# Compares our patches with those of bsdiff, xdelta3 and zstd, file by file, over a corpus of real package pairs.
#
#   bench/delta/run.sh CORPUS_DIR [INTERLUDE]
#
# CORPUS_DIR as bench/corpus.sh makes it; INTERLUDE is the command, by default that of the release build. Measured: every
# changed ELF file of at least 100 KB. For each: bytes of the patch, CPU seconds (user + system) to create and to apply,
# and the largest resident memory of each in MiB. Every patch is applied and compared. A program that is missing is left
# out and named. Ours is measured as patch files: 64 bytes of digests included, which the others do not have.
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { echo "usage: run.sh CORPUS_DIR [INTERLUDE]" >&2; exit 2; }
corpus=$(cd "$1" && pwd)
interlude=${2:-$here/../../build/release/src/cli/interlude}
[ -x "$interlude" ] || { echo "$interlude: no such program; build the release preset or name another" >&2; exit 1; }
[ -x /usr/bin/time ] || { echo "/usr/bin/time is needed (package time)" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

create_interlude() { /usr/bin/time -a -o "$work/cost" -f '%U %S %M' "$interlude" delta create "$1" "$2" "$3"; }
apply_interlude() { /usr/bin/time -a -o "$work/cost" -f '%U %S %M' "$interlude" delta apply "$1" "$2" "$3"; }
create_bsdiff() { /usr/bin/time -a -o "$work/cost" -f '%U %S %M' bsdiff "$1" "$2" "$3"; }
apply_bsdiff() { /usr/bin/time -a -o "$work/cost" -f '%U %S %M' bspatch "$1" "$3" "$2"; }
create_xdelta3() { /usr/bin/time -a -o "$work/cost" -f '%U %S %M' xdelta3 -9 -S lzma -f -q -e -s "$1" "$2" "$3"; }
apply_xdelta3() { /usr/bin/time -a -o "$work/cost" -f '%U %S %M' xdelta3 -f -q -d -s "$1" "$2" "$3"; }
create_zstd() {
  /usr/bin/time -a -o "$work/cost" -f '%U %S %M' zstd -q -f --ultra -22 --long=27 --patch-from="$1" "$2" -o "$3"
}
apply_zstd() { /usr/bin/time -a -o "$work/cost" -f '%U %S %M' zstd -q -f -d --long=27 --patch-from="$1" "$2" -o "$3"; }

peers=(interlude)
for peer in bsdiff xdelta3 zstd; do
  if command -v "$peer" >/dev/null; then peers+=("$peer"); else echo "left out: $peer is not installed"; fi
done

is_elf() { [ "$(head -c 4 "$1" | od -An -tx1 | tr -d ' ')" = 7f454c46 ]; }

# measure PEER NAME OLD NEW: appends one line to results.tsv
measure() {
  : >"$work/cost"
  "create_$1" "$3" "$4" "$work/patch" >/dev/null 2>&1
  rm -f "$work/made"
  "apply_$1" "$3" "$work/patch" "$work/made" >/dev/null 2>&1
  cmp -s "$work/made" "$4" || { echo "$1: $2 was not rebuilt" >&2; exit 1; }
  printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$(stat -c %s "$4")" "$(stat -c %s "$work/patch")" \
    "$(tr '\n' ' ' <"$work/cost")" >>"$work/results.tsv"
}

: >"$work/results.tsv"
while IFS=$'\t' read -r name _; do
  while read -r file; do
    old="$corpus/$name/old/$file" new="$corpus/$name/new/$file"
    [ -f "$old" ] && [ ! -L "$old" ] && is_elf "$new" && ! cmp -s "$old" "$new" || continue
    for peer in "${peers[@]}"; do measure "$peer" "$(basename "$file")" "$old" "$new"; done
  done < <(cd "$corpus/$name/new" && find . -type f -size +97k | sort)
done < <(tail -n +2 "$corpus/pairs.tsv")

awk -F'\t' -v peers="${peers[*]}" -f "$here/table.awk" "$work/results.tsv"
