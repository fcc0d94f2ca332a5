#!/usr/bin/env bash
# Tests Interlude on a real system: a Debian with systemd in containers (this machine's kernel) and in a virtual machine
# (Debian's own kernel), with power cuts. Builds the product and the system if need be, runs the scenarios, two at a time,
# and prints a table. docs: tests/system/README.md
#
#   tests/system/run.sh [--all | --debian-kernel] [--list] [--product DIR] [SCENARIO…]
#     (nothing)       the scenarios of ./test.sh --system: at most 20 minutes on two cores
#     --all           those, and what takes longer (see README.md)
#     --debian-kernel those that depend on the kernel, on Debian's alone, in a virtual machine (an hour without KVM)
#     --product DIR   a build folder to take the programs from, instead of building the Debian packages
#
# Needs root, systemd-nspawn, loop devices and qemu. Exit 0 only if every scenario passed; one may be skipped only if
# docs/skips.txt names it (as system_NAME) with its reason.
source "$(dirname "$0")/lib.sh"
source "$system_here/scenarios.sh"
top=$(realpath "$system_here/../..")

wanted=() all='' which='' product=''
while [ $# -gt 0 ]; do
  case $1 in
    --all) all=yes which=all; shift ;;
    --debian-kernel) export SYSTEM_DEBIAN_KERNEL=yes; which=debian-kernel; shift ;;
    --list) list_scenarios; exit 0 ;;
    --product) product=$(realpath "${2:?run.sh: --product needs a folder}"); shift 2 ;;
    -h | --help) sed -n '2,14s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) echo "run.sh: unknown argument \"$1\" (see --help)" >&2; exit 2 ;;
    *) known_scenario "$1" || { echo "run.sh: no scenario \"$1\"; there are: $(scenario_names all | tr '\n' ' ')" >&2; exit 2; }
       wanted+=("$1"); shift ;;
  esac
done
[ ${#wanted[@]} -gt 0 ] || mapfile -t wanted < <(scenario_names $which)

started=$(milliseconds)
logs=$top/build/system
mkdir -p "$logs"
if ! problem=$("$top/scripts/install-dependencies.sh" build package test system 2>&1); then echo "$problem" >&2; exit 125; fi
mkdir -p "$SYSTEM_DIR"
echo "Building the packages …"
prepare_product "$top" "$product" || { echo "run.sh: no product to test" >&2; exit 1; }
echo "Making the system …"
prepare_root "$product" || { echo "run.sh: no system to boot" >&2; exit 125; }
echo "Ready after $((($(milliseconds) - started) / 1000)) s"

# seconds_of MILLISECONDS
seconds_of() { printf '%d.%d' $(($1 / 1000)) $(($1 / 100 % 10)); }

# run_scenario NAME: writes its line of the table to $results/NAME, first word: pass, skip or FAIL
results=$(mktemp -d "$SYSTEM_DIR/results.XXXXXX")
run_scenario() {
  local name=$1 log=$logs/$1${SYSTEM_DEBIAN_KERNEL:+.debian-kernel}.log limit scratch began code took result note='' reason
  limit=$(limit_of "$name")
  ! on_debian_kernel || limit=$((limit * 5))
  scratch=$(mktemp -d "$SYSTEM_DIR/scenario.XXXXXX")
  began=$(milliseconds)
  SCENARIO_DIR=$scratch SCENARIO_ALL=$all timeout --kill-after=60 "$limit" "$system_here/scenarios/$name.sh" >"$log" 2>&1
  code=$?
  took=$(seconds_of $(($(milliseconds) - began)))
  rm -rf --one-file-system "$scratch"
  case $code in
    0) result=pass ;;
    77)
      result=skip note=$(sed -n 's/^skip: //p' "$log" | tail -1)
      reason=$(awk -v name="system_$name" '$1 == name { $1 = ""; print; exit }' "$top/docs/skips.txt")
      [ -n "$reason" ] || { result=FAIL; note="skipped, and docs/skips.txt does not say why it may be: $note"; } ;;
    124) result=FAIL note="longer than its limit; $log" ;;
    *) result=FAIL note="exit $code; $log" ;;
  esac
  [ $result != FAIL ] || { echo "$name: $note"; tail -n 60 "$log" | sed 's/^/   /'; } >"$results/$name.shown"
  printf '%-4s %-16s %8s  %s\n' "$result" "$name" "$took" "${note:-$(describe "$name")}" >"$results/$name"
  echo "$result $name ($took s)"
}

# Two at a time: each has its own disks and control groups, and much of their time is waiting.
jobs=$(($(nproc) < 2 ? 1 : 2)) running=0
for name in "${wanted[@]}"; do
  if [ "$running" -ge "$jobs" ]; then wait -n; running=$((running - 1)); fi
  run_scenario "$name" &
  running=$((running + 1))
done
wait

for name in "${wanted[@]}"; do cat "$results/$name.shown" 2>/dev/null; done
printf '\n%-4s %-16s %8s  %s\n' '' scenario seconds 'what it shows, or why not'
failed=0
for name in "${wanted[@]}"; do
  cat "$results/$name" || failed=1
  ! grep -q ^FAIL "$results/$name" || failed=1
done
rm -rf "$results"
echo "Took $((($(milliseconds) - started) / 1000)) s"
exit $failed
