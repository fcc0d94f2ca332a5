#!/usr/bin/env bash
# Tests Interlude on a real system: a Debian with systemd in containers (this machine's kernel) and in a virtual machine
# (Debian's own kernel), with power cuts. Builds the product and the system if need be, runs the scenarios one after the other
# and prints a table. docs: tests/system/README.md
#
#   tests/system/run.sh [--all] [--list] [--product DIR] [SCENARIO…]
#     (nothing)       the scenarios of ./test.sh --system: at most 20 minutes on two cores
#     --all           those, and what takes longer (see README.md)
#     --product DIR   a build folder to take the programs from, instead of building the Debian packages
#
# Needs root, systemd-nspawn, loop devices and qemu. Exit 0 only if every scenario passed; one may be skipped only if
# docs/skips.txt names it (as system_NAME) with its reason.
source "$(dirname "$0")/lib.sh"
source "$system_here/scenarios.sh"
top=$(realpath "$system_here/../..")

wanted=() all='' product=''
while [ $# -gt 0 ]; do
  case $1 in
    --all) all=yes; shift ;;
    --list) list_scenarios; exit 0 ;;
    --product) product=$(realpath "${2:?run.sh: --product needs a folder}"); shift 2 ;;
    -h | --help) sed -n '2,13s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) echo "run.sh: unknown argument \"$1\" (see --help)" >&2; exit 2 ;;
    *) known_scenario "$1" || { echo "run.sh: no scenario \"$1\"; there are: $(scenario_names all | tr '\n' ' ')" >&2; exit 2; }
       wanted+=("$1"); shift ;;
  esac
done
[ ${#wanted[@]} -gt 0 ] || mapfile -t wanted < <(scenario_names ${all:+all})

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

table=() failed=0
for name in "${wanted[@]}"; do
  log=$logs/$name.log
  scratch=$(mktemp -d "$SYSTEM_DIR/scenario.XXXXXX")
  began=$(milliseconds)
  echo "== $name"
  SCENARIO_DIR=$scratch SCENARIO_ALL=$all timeout --kill-after=60 "$(limit_of "$name")" "$system_here/scenarios/$name.sh" >"$log" 2>&1
  code=$?
  took=$(seconds_of $(($(milliseconds) - began)))
  rm -rf --one-file-system "$scratch"
  case $code in
    0) result=pass note='' ;;
    77)
      result=skip note=$(sed -n 's/^skip: //p' "$log" | tail -1)
      reason=$(awk -v name="system_$name" '$1 == name { $1 = ""; print; exit }' "$top/docs/skips.txt")
      [ -n "$reason" ] || { failed=1; note="$note; docs/skips.txt does not say why it may be"; } ;;
    124) result=FAIL note="longer than its limit; $log" failed=1 ;;
    *) result=FAIL note="exit $code; $log" failed=1 ;;
  esac
  [ $result != FAIL ] || tail -n 60 "$log" | sed 's/^/   /'
  table+=("$(printf '%-16s %-5s %8s  %s' "$name" "$result" "$took" "${note:-$(describe "$name")}")")
done

printf '\n%-16s %-5s %8s  %s\n' scenario '' seconds 'what it shows, or why not'
printf '%s\n' "${table[@]}"
echo "Took $((($(milliseconds) - started) / 1000)) s"
exit $failed
