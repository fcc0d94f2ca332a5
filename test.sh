#!/usr/bin/env bash
# Installs what it needs, builds with warnings as errors and with the address and undefined-behaviour sanitizers, and
# runs the tests. Those against other people's implementations need npm: they run where it is there, and --system
# installs it (350 Debian packages). --system also runs the longest: an evening of 300 agents, the real agent killed again and
# again; and a real Debian with systemd, in containers and a virtual machine (tests/system, needs root).
# --every-crash: at every operation of the crash tests every way to fail, else a third of them.
#
#   ./test.sh [--system] [--every-crash] [-R REGEX]      -R: only those whose name matches REGEX
#
# Exit 0 only if every test passed. A test may skip only if docs/skips.txt names it with its reason.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")"

select=()
system=() long=(-LE '^long$')
while [ $# -gt 0 ]; do
  case $1 in
    --system) system=(system); long=(); shift ;;
    --every-crash) export INTERLUDE_EVERY_CRASH=1; shift ;;
    -R) long=(); select=(-R "${2:?test.sh: -R needs a regular expression}"); shift 2 ;;
    -h|--help) sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "test.sh: unknown argument \"$1\" (see --help)" >&2; exit 2 ;;
  esac
done

started=$SECONDS
scripts/install-dependencies.sh build test "${system[@]}"
if [ "${#system[@]}" -gt 0 ]; then
  scripts/install-witnesses.sh
elif command -v npm >/dev/null; then
  scripts/install-witnesses.sh || echo "test.sh: without the npm packages the tests that need them are skipped" >&2
fi
build=build/asan
log=$build-build.log
mkdir -p build
echo "Building with sanitizers ($(nproc) processors) …"
if ! { cmake --preset asan && cmake --build --preset asan --parallel "$(nproc)"; } >"$log" 2>&1; then
  grep -E -A12 'error|FAILED|CMake Error' "$log" | head -n 80 >&2 || true
  echo "test.sh: the build failed; the whole log is $log" >&2
  exit 1
fi
echo "Built in $((SECONDS - started)) s"

results=$(mktemp); trap 'rm -f "$results"' EXIT
failed=0
# Without the call stack of every allocation and a large quarantine the crash tests take two thirds of the time. To see where
# memory came from, run the test that failed by itself.
export ASAN_OPTIONS=detect_leaks=1:malloc_context_size=0:max_malloc_fill_size=0:quarantine_size_mb=16:thread_local_quarantine_size_kb=64
export UBSAN_OPTIONS=print_stacktrace=1
ctest --test-dir "$build" --parallel "$(nproc)" --output-on-failure --no-tests=error --output-junit "$results" \
      "${long[@]}" "${select[@]}" | grep -vE '^ +Start +[0-9]+: ' || failed=1

count() { grep -c "<testcase .*status=\"$1\"" "$results" || true; }
passed=$(count run); red=$(count fail); skipped=$(count notrun)
while read -r name; do
  reason=$(awk -v name="$name" '$1 == name { $1 = ""; print; exit }' docs/skips.txt)
  if [ -n "$reason" ]; then
    echo "SKIP $name:$reason"
  else
    echo "test.sh: $name was skipped, and docs/skips.txt does not say why it may be" >&2
    failed=1
  fi
done < <(sed -n 's/.*<testcase name="\([^"]*\)".*status="notrun".*/\1/p' "$results")

if [ "${#system[@]}" -gt 0 ] && [ "${#select[@]}" -eq 0 ]; then
  tests/system/run.sh || failed=1
fi

echo "Took $((SECONDS - started)) s"
echo "$passed passed, $red failed, $skipped skipped"
exit "$failed"
