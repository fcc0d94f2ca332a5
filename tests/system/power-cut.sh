#!/usr/bin/env bash
# Cuts the power of a virtual machine in the middle of a script, boots the same disk again and runs a check. The cut is SIGKILL
# to our own qemu, which writes past the host's page cache: what the guest had not sent to its disk is lost.
#
#   power-cut.sh (-T MS[,MS…] | -M LINE | -B LINE) [-j MS] [-s SETUP] [-t SECONDS] [-m] -c CHECK SCRIPT [FILE_OR_FOLDER…]
#     -T MS,…    cuts so many ms after the script's start, one cycle each
#     -M LINE    cuts as soon as LINE is on the console (echo LINE >/dev/console); may be given several times, one cycle each
#     -B LINE    lets the script come to its end, and cuts the boot after it as soon as LINE is on the console, where systemd says what it
#                starts; may be given several times
#     -j MS      with -M and -B: so many ms later
#     -s SETUP   script that runs first, in a boot of its own, once
#     -c CHECK   script that runs after the next boot; its exit code is the verdict
#     -t SECONDS limit for each boot (300)
#     -m         mini: no systemd in the boot that is cut and in the one that checks
#
# Exit 0: every check passed; 1: some did not; 124: time limit; 125: the harness failed.
source "$(dirname "$0")/lib.sh"

cuts=() jitter=0 check='' setup='' limit=300 mode=systemd
while getopts T:M:B:j:c:s:t:mh option; do
  case $option in
    T) for ms in ${OPTARG//,/ }; do cuts+=("after:$ms"); done ;;
    M) cuts+=("line:$OPTARG") ;;
    B) cuts+=("boot:$OPTARG") ;;
    j) jitter=$OPTARG ;;
    c) check=$OPTARG ;;
    s) setup=$OPTARG ;;
    t) limit=$OPTARG ;;
    m) mode=mini ;;
    *) sed -n '2,18s/^# \{0,1\}//p' "$0" >&2; exit 125 ;;
  esac
done
shift $((OPTIND - 1))
[ $# -ge 1 ] && [ -n "$check" ] && [ ${#cuts[@]} -gt 0 ] || harness_die "needs -T, -M or -B, -c CHECK and a script (see -h)"
need qemu-system-x86_64 qemu-system-x86 e2fsck e2fsprogs
need_image
script=$1
shift
run=$(mktemp -d "$SYSTEM_DIR/cut.XXXXXX") || exit 125
end_with_machine

# boot NAME DISK SCRIPT [FILE…]: to the end; the exit code of the script
boot() {
  local folder=$run/$1 on=$2 code
  shift 2
  mkdir -p "$folder"
  job_tar "$folder/job.tar" "$@"
  start_machine "$folder" "$on" "$folder/job.tar" "$mode"
  wait_machine "$limit" || { cut_power; tail -n 20 "$folder/console" >&2; return 124; }
  cat "$folder/out"
  code=$(job_code "$folder/rc")
  [ -n "$code" ] || { tail -n 20 "$folder/console" >&2; return 125; }
  return "$code"
}

base=$SYSTEM_DIR/root.img
if [ -n "$setup" ]; then
  copy_disk "$base" "$run/base"
  base=$run/base
  boot setup "$base" "$setup" "$@" || harness_die "the setup script failed: $?"
fi
# tells the host that the script starts now
printf '#!/bin/sh\necho script-starts >/dev/console\nexec ./script\n' >"$run/starter"
install -m 755 "$script" "$run/script"

cycle=0 bad=0
for cut in "${cuts[@]}"; do
  cycle=$((cycle + 1))
  folder=$run/cycle$cycle disk=$run/disk
  mkdir -p "$folder"
  copy_disk "$base" "$disk"
  began=$(milliseconds)
  case $cut in
    boot:*)
      boot "before$cycle" "$disk" "$script" "$@" || harness_die "the script failed: $?"
      job_tar "$folder/job.tar" "$(type -P true)"
      SYSTEM_APPEND=systemd.show_status=yes start_machine "$folder" "$disk" "$folder/job.tar" "$mode" ;;
    *)
      job_tar "$folder/job.tar" "$run/starter" "$run/script" "$@"
      start_machine "$folder" "$disk" "$folder/job.tar" "$mode"
      wait_line "$limit" "$folder/console" script-starts || harness_die "the script did not start: $(tail -n 3 "$folder/console")" ;;
  esac
  delay=${cut#after:}
  if [ "$delay" = "$cut" ]; then
    wait_line "$limit" "$folder/console" "${cut#*:}" || { cat "$folder/out" >&2; harness_die "no line '${cut#*:}' on the console"; }
    delay=$jitter
  fi
  sleep "$((delay / 1000)).$(printf %03d $((delay % 1000)))"
  ended=$(job_code "$folder/rc")
  cut_power
  # what a file system check says, on a copy
  copy_disk "$disk" "$disk.fsck"
  e2fsck -fp "$disk.fsck" >"$folder/fsck" 2>&1
  fsck=$?
  rm -f "$disk.fsck"
  boot "check$cycle" "$disk" "$check" "$@"
  code=$?
  [ "$code" -eq 0 ] && [ "$fsck" -le 1 ] || bad=$((bad + 1))
  printf 'cycle %d: cut %s%s, fsck %d, check %d (%d ms)\n' "$cycle" "$cut" "${ended:+ (the script had ended: $ended)}" \
    "$fsck" "$code" $(($(milliseconds) - began))
done
printf '%d cycles, %d failed\n' "$cycle" "$bad"
[ "$bad" -eq 0 ]
