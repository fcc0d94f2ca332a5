#!/usr/bin/env bash
# Takes out one check after the other and expects exactly those tests to fail that docs/security/attacks.md names for it.
#
#   tests/mutate.sh [--devices] [BUILD_DIRECTORY]     default: build/mutate
#
# With --devices also the tests of whole devices (DeviceAttack), which take minutes to build and run.
#
# Builds a copy of the sources in which every check marked "// check: NAME" can be skipped (tests/attack/patch_out.pl), and
# runs the attack tests of that copy once per check. Exit 0 only if every mark is in the table, every check of the table is
# in the sources, no test fails while nothing is taken out, and each check's tests, and no others, fail without it.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."
programs="attack_test"
if [ "${1-}" = --devices ]; then programs="attack_test device_attack_test"; shift; fi
build=${1:-build/mutate}
table=docs/security/attacks.md
started=$SECONDS
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT

# attack | `check` | `test`
awk -F'|' '/^\|.*`.*`/ { gsub(/[` ]/, "", $3); gsub(/[` ]/, "", $4); if ($3 != "") print $3, $4 }' "$table" | sort -u >"$work/table"
grep -rhoE '// check: [a-z-]+' src --include=*.cpp | sed 's/.*: //' | sort >"$work/marks"
uniq -d "$work/marks" | sed 's/^/mutate.sh: two checks are called /' >"$work/complaints"
comm -3 <(uniq "$work/marks") <(cut -d' ' -f1 "$work/table" | sort -u) |
  sed -E 's/^\t(.*)/mutate.sh: '"${table//\//\\/}"' names the check \1, no source has it/; t; s/(.*)/mutate.sh: '"${table//\//\\/}"' does not name the check \1/' >>"$work/complaints"
if [ -s "$work/complaints" ]; then cat "$work/complaints" >&2; exit 1; fi

case $programs in *device*) ;; *) sed -i '/ DeviceAttack\./d' "$work/table" ;; esac

# The copy: only what differs is written, so that a second run builds little.
copy=$build/source
mkdir -p "$copy"
find CMakeLists.txt cmake packaging src tests -type f ! -path 'tests/fuzz/corpus/*' -print0 | while IFS= read -rd '' file; do
  mkdir -p "$copy/$(dirname "$file")"
  if [[ $file == src/*.cpp && $file != *_test.cpp ]]; then
    perl tests/attack/patch_out.pl <"$file" >"$work/patched" || { echo "mutate.sh: in $file" >&2; exit 1; }
  else
    cp "$file" "$work/patched"
  fi
  cmp -s "$work/patched" "$copy/$file" || cp "$work/patched" "$copy/$file"
  [ ! -x "$file" ] || chmod +x "$copy/$file"
done
if ! { cmake -S "$copy" -B "$build/out" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O0 -DINTERLUDE_QUICK=ON \
         -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=20 && cmake --build "$build/out" --target $programs; } >"$build/log" 2>&1; then
  grep -E -A8 'error|FAILED|CMake Error' "$build/log" | head -n 40 >&2 || true
  echo "mutate.sh: the build failed; the whole log is $build/log" >&2
  exit 1
fi

# failures CHECK: the tests that fail without it. Of devices only for checks that one of those tests needs.
failures() {
  local program
  for program in $programs; do
    if [ "$program" = device_attack_test ] && [ -n "$1" ] && ! grep -q "^$1 DeviceAttack" "$table_rows"; then continue; fi
    PATCHED_OUT=$1 timeout 60 "$build/out/tests/attack/$program" --gtest_brief=1 2>&1 |
      sed -nE 's/^\[  FAILED  \] ([A-Za-z]+\.[A-Za-z]+).*/\1/p; s/.*(Segmentation|Aborted).*/crash/p'
    [ "${PIPESTATUS[0]}" -lt 124 ] || echo "$program-crashed-or-hung"
  done | sort -u
}
# judge CHECK: a line that begins with "ok" where exactly its tests fail
judge() {
  local expected found
  expected=$(awk -v check="$1" '$1 == check { print $2 }' "$table_rows" | sort -u | tr '\n' ' ')
  found=$(failures "$1" | tr '\n' ' ')
  if [ "$expected" = "$found" ]; then echo "ok    $1: $found"; else echo "WRONG $1: expected to fail: $expected; failed: $found"; fi
}
export -f failures judge; export build programs; export table_rows=$work/table

first=$(failures "")
if [ -n "$first" ]; then echo "mutate.sh: with all checks in place these fail: $first" >&2; exit 1; fi
cut -d' ' -f1 "$work/table" | sort -u | xargs -P "$(nproc)" -I{} bash -c 'judge {}' | sort >"$work/verdicts"
cat "$work/verdicts"
echo "$(wc -l <"$work/verdicts") checks taken out, one by one, in $((SECONDS - started)) s"
! grep -q '^WRONG' "$work/verdicts"
