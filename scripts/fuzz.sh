#!/usr/bin/env bash
# Builds a fuzz target, runs it, keeps what is new in the corpus, and says what the corpus covers.
#
#   scripts/fuzz.sh [TARGET] [SECONDS]
#
# TARGET is a name in tests/fuzz/, such as tuf_client (default: all, one after the other); SECONDS are for each (default
# 60; 0 only minimises and measures). Needs clang-19 and llvm-19. A find ends it with exit status 1: its input is kept in
# build/fuzz/finds, to be turned into a unit test, and into a file of the corpus.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."
case ${1-} in -h|--help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
targets=(tests/fuzz/*_fuzz.cpp)
targets=("${targets[@]##*/}"); targets=("${targets[@]%_fuzz.cpp}")
[ -z "${1-}" ] || [ "$1" = all ] || targets=("$1")
seconds=${2-60}
finds=build/fuzz/finds
mkdir -p "$finds" build/fuzz/work
# Not needed to find an error, and dear: call stacks of every allocation, a large quarantine, filled memory.
export ASAN_OPTIONS=malloc_context_size=0:max_malloc_fill_size=0:quarantine_size_mb=1:thread_local_quarantine_size_kb=64

# build FOLDER TARGET OPTION…
build() {
  local folder=$1 target=$2; shift 2
  { cmake --preset fuzz -B "$folder" "$@" && cmake --build "$folder" --target "${target}_fuzz" --parallel; } \
    >"build/fuzz/build.log" 2>&1 || { tail -n 30 build/fuzz/build.log >&2; exit 1; }
}

for target in "${targets[@]}"; do
  [ -e "tests/fuzz/${target}_fuzz.cpp" ] || { echo "fuzz.sh: no target \"$target\" in tests/fuzz" >&2; exit 2; }
  corpus=tests/fuzz/corpus/$target
  options=(-timeout=20 -rss_limit_mb=1500 -artifact_prefix="$finds/$target-" -print_final_stats=1)
  folder=build/fuzz sanitizers=()
  case $target in
    tuf_client)
      # Its checks are its own, and without sanitizers it follows three times as many scripts. The replay has them.
      options+=(-max_len=200 -len_control=0); folder=build/fuzz-plain; sanitizers=(-DINTERLUDE_SANITIZE=) ;;
    tuf_*) options+=(-max_len=2048 -dict=tests/fuzz/dictionaries/tuf.dict) ;;
    manifest) options+=(-max_len=2048) ;;
  esac
  echo "== $target: building"
  build "$folder" "$target" "${sanitizers[@]}"
  work=build/fuzz/work/$target
  mkdir -p "$work" "$corpus"
  if [ "$seconds" -gt 0 ]; then
    log=build/fuzz/$target.log
    if ! "$folder/tests/fuzz/${target}_fuzz" "${options[@]}" -max_total_time="$seconds" "$work" "$corpus" >"$log" 2>&1; then
      grep -E 'violated|ERROR|Test unit' "$log" >&2 || tail -n 5 "$log" >&2
      exit 1
    fi
    sed -n 's/^stat::number_of_executed_units: */executions: /p; s/^stat::average_exec_per_sec: */a second: /p' "$log"
  fi

  # What has a name was put there by somebody and stays; of the others the smallest set that reaches as much.
  rm -rf "$work.least"; mkdir "$work.least"
  find "$corpus" -type f -regextype posix-extended ! -regex '.*/[0-9a-f]{40}' -exec cp -t "$work.least" {} +
  "$folder/tests/fuzz/${target}_fuzz" -merge=1 -use_counters=0 "$work.least" "$corpus" "$work" >build/fuzz/merge.log 2>&1
  rm -rf "$corpus"; mkdir "$corpus"; find "$work.least" -type f -exec cp -t "$corpus" {} +; rm -rf "$work.least"
  echo "corpus: $(find "$corpus" -type f | wc -l) files, $(cat "$corpus"/* | wc -c) bytes"

  build build/fuzz-coverage "$target" -DINTERLUDE_SANITIZE= \
        "-DCMAKE_CXX_FLAGS=-fprofile-instr-generate -fcoverage-mapping"
  program=build/fuzz-coverage/tests/fuzz/${target}_fuzz
  LLVM_PROFILE_FILE=build/fuzz/coverage.raw "$program" -runs=0 "$corpus" >/dev/null 2>&1
  llvm-profdata-19 merge -o build/fuzz/coverage.profile build/fuzz/coverage.raw
  llvm-cov-19 export -summary-only "$program" -instr-profile build/fuzz/coverage.profile src/tuf src/json src/improvement src/delta |
    jq -r '.data[0].files[] | select(.summary.lines.covered > 0) |
           [.filename, .summary.regions.percent, .summary.lines.percent] | @tsv' |
    awk -F'\t' '{ sub(/.*\/src\//, "src/", $1); printf "  %-36s regions %5.1f %%  lines %5.1f %%\n", $1, $2, $3 }'
done
