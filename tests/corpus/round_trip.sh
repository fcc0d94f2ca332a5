#!/usr/bin/env bash
# Every changed file of a pair of package versions, and the whole folder, through `interlude delta` and back, byte for byte.
#
#   round_trip.sh INTERLUDE_PROGRAM CORPUS_DIR NAME
#
# CORPUS_DIR as bench/corpus.sh makes it. Exit status 77 (skipped) where the pair is not there: its versions are not offered
# any more.
set -euo pipefail
export LC_ALL=C
[ $# -eq 3 ] || { echo "usage: round_trip.sh INTERLUDE_PROGRAM CORPUS_DIR NAME" >&2; exit 2; }
interlude=$1 pair=$2/$3 name=$3
[ -x "$interlude" ] || { echo "$interlude: no such program" >&2; exit 2; }
if [ ! -d "$pair/old" ] || [ ! -d "$pair/new" ]; then
  echo "skipped: $pair is not there"
  exit 77
fi
work=$(mktemp -d)
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
failed=0

# round_trip WHAT OLD NEW: leaves the patch and what was rebuilt
round_trip() {
  rm -rf "$work/patch" "$work/made"
  if "$interlude" delta create "$2" "$3" "$work/patch" >"$work/log" 2>&1 &&
     "$interlude" delta apply "$2" "$work/patch" "$work/made" >>"$work/log" 2>&1; then
    return
  fi
  echo "$name: $1: no patch" >&2
  sed 's/^/  /' "$work/log" >&2
  failed=1
  return 1
}

listing() { (cd "$1" && find . -mindepth 1 -printf '%P\t%y\t%m\t%l\n' | sort); }

files=0 bytes=0
while IFS= read -r -d '' file; do
  old=$pair/old/$file new=$pair/new/$file
  [ -f "$old" ] && [ ! -L "$old" ] && ! cmp -s "$old" "$new" || continue
  round_trip "$file" "$old" "$new" || continue
  cmp "$new" "$work/made" || { echo "$name: $file was not rebuilt" >&2; failed=1; }
  files=$((files + 1))
  bytes=$((bytes + $(stat -c %s "$work/patch")))
done < <(cd "$pair/new" && find . -type f -printf '%P\0' | sort -z)

if round_trip "the folder" "$pair/old" "$pair/new"; then
  diff -r --no-dereference "$pair/new" "$work/made" >"$work/log" &&
    diff <(listing "$pair/new") <(listing "$work/made") >>"$work/log" ||
    { echo "$name: the folder was not rebuilt" >&2; head -n 20 "$work/log" >&2; failed=1; }
  echo "$name: $files changed files, $bytes bytes of patches; the folder, $(stat -c %s "$work/patch") bytes"
fi
exit "$failed"
