#!/usr/bin/env bash
# Measures the product as a whole and prints one table a question.
#
#   bench/run.sh [--runs N] [--corpus "NAME…"] [--interlude PROGRAM] [--work FOLDER]
#
# Bytes and build time: the OpenSSL pair that apt offers (libssl3 and openssl, oldest to newest) and the named pairs of
# bench/corpus.sh (default: ten of them), against the package download and bsdiff.
# Time: first request to active, median of N (5) fresh devices, with all syncs, on the file system of FOLDER.
# Rest: a poll with nothing new, the agent's memory between polls, and a simulated rollout to a million devices.
#
# PROGRAM is a release build (default: build/release/src/cli/interlude; built if it is missing). Package downloads are
# kept in build/demo-packages and build/corpus, all else in a temporary folder below FOLDER (default: build).
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."
source scripts/demo-packages.sh
source bench/measures.sh

runs=5
corpus="ssl curl xml2 png sudo sshd nginx glib poppler libc"
interlude=$PWD/build/release/src/cli/interlude
folder=$PWD/build
while [ $# -gt 0 ]; do
  case $1 in
    --runs|--corpus|--interlude|--work) [ $# -ge 2 ] || { echo "run.sh: $1 needs a value" >&2; exit 2; } ;;&
    --runs) runs=$2; shift 2 ;;
    --corpus) corpus=$2; shift 2 ;;
    --interlude) interlude=$(realpath "$2"); shift 2 ;;
    --work) folder=$(realpath "$2"); shift 2 ;;
    -h|--help) sed -n '2,13s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "run.sh: unknown argument \"$1\" (see --help)" >&2; exit 2 ;;
  esac
done

scripts/install-dependencies.sh build demo
command -v bsdiff >/dev/null || echo "bsdiff is not installed: its column stays empty"
if [ ! -x "$interlude" ]; then
  { cmake --preset release && cmake --build --preset release --parallel "$(nproc)"; } >build/release-build.log 2>&1 ||
    { echo "run.sh: the build failed; see build/release-build.log" >&2; exit 1; }
fi

work=$(mktemp -d -p "$folder" bench.XXXXXX)
pids=()
clean_up() {
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

echo "$("$interlude" --version), $(nproc) processors, $(stat -f -c %T "$work"), load $(cut -d' ' -f1 /proc/loadavg)"

# --- Bytes ------------------------------------------------------------------------------------------------------------
echo
echo "Bytes of a fix, and the time to build it"
row() { printf '%-12s %6s %8s %10s %10s %9s %9s %9s %7s %8s\n' "$@"; }
row pair files "build s" "package B" "bsdiff B" "payload B" "other B" "total B" "× less" "active s"

choose_packages "$work" build/demo-packages
mkdir "$work/pair"
unpack_debs "$work/pair/old" "${old_debs[@]}"
unpack_debs "$work/pair/new" "${new_debs[@]}"
measure_pair "$demo_source" "$work/pair/old" "$work/pair/new" "$(size_of "${new_debs[@]}")" keep

if [ -n "$corpus" ]; then
  # shellcheck disable=SC2086  # names, one word each
  bench/corpus.sh build/corpus $corpus >"$work/corpus.log" || cat "$work/corpus.log" >&2
  grep 'left out' "$work/corpus.log" || true
  for name in $corpus; do
    download=$(awk -F'\t' -v name="$name" '$1 == name { print $7 }' build/corpus/pairs.tsv)
    [ -z "$download" ] || measure_pair "$name" "build/corpus/$name/old" "build/corpus/$name/new" "$download"
  done
fi

# --- Time, on the first pair ------------------------------------------------------------------------------------------
echo
echo "First request to active, $demo_source $old_version to $new_version, $runs devices, milliseconds"
measure_activation "$runs"

echo
echo "A poll with nothing new"
measure_quiet_poll 10

echo
echo "The agent between polls"
measure_rest

echo
echo "A simulated rollout"
measure_simulation
