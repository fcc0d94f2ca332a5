#!/usr/bin/env bash
# Boots the image of build-root.sh on Debian's own kernel under qemu (KVM where it works, else software emulation), runs one
# script inside as root, prints its output, ends with its exit code.
#
#   run-in-vm.sh [-t SECONDS] [-D DISK] [-a SCRIPT]… [-m] [-e] SCRIPT [FILE_OR_FOLDER…]
#     SCRIPT runs as /run/job/job, guest/lib.sh and the files lie beside it
#     -t   limit for each boot with its script (300)
#     -D   uses this disk and keeps it (made from root.img when missing)
#     -a   a script for a further boot of the same disk, after the first; the first that fails ends the run.
#          "WORDS:SCRIPT" adds WORDS to that boot's kernel command line; "hung:SCRIPT" is for a boot that does not come to an end:
#          the script starts with the other services, and when it has ended the power is cut
#     -m   mini: no systemd, a small init runs the script (fast boot)
#     -e   prints the console at the end
source "$(dirname "$0")/lib.sh"

limit=300 disk='' mode=systemd show_console='' again=()
while getopts t:D:a:meh option; do
  case $option in
    t) limit=$OPTARG ;;
    D) disk=$OPTARG ;;
    a) again+=("$OPTARG") ;;
    m) mode=mini ;;
    e) show_console=yes ;;
    *) sed -n '2,15s/^# \{0,1\}//p' "$0" >&2; exit 125 ;;
  esac
done
shift $((OPTIND - 1))
[ $# -ge 1 ] || harness_die "no script given (see -h)"
limit=$((limit * ${SYSTEM_PATIENCE:-1}))
need qemu-system-x86_64 qemu-system-x86 dumpe2fs e2fsprogs
need_image
run=$(mktemp -d "$SYSTEM_DIR/run.XXXXXX") || exit 125
end_with_machine

# boot_and_run SCRIPT [FILE…]
boot_and_run() {
  local began done_at tailer code waited=0 cut=''
  job_tar "$run/job.tar" "$@"
  began=$(milliseconds)
  start_machine "$run" "$disk" "$run/job.tar" "$mode"
  tail --pid="$machine" -n +1 -f -s 0.2 "$run/out" 2>/dev/null &
  tailer=$!
  wait_line "$limit" "$run/rc" rc=
  done_at=$(milliseconds)
  case $SYSTEM_APPEND in
    *job.hung*) cut=yes; cut_power ;;
    *) wait_machine 120 || { waited=$?; say "not off two minutes after its script"; } ;;
  esac
  if [ -n "$machine" ]; then cut_power; fi
  wait "$tailer" 2>/dev/null
  code=$(job_code "$run/rc")
  # What mounts of ours are left must not keep the root from being taken off in good order.
  if [ "$code" = 0 ] && [ -z "$cut" ] && dumpe2fs -h "$disk" 2>/dev/null | grep -q '^Filesystem features:.* needs_recovery'; then
    say "switched off without unmounting its root"
    code=1
  fi
  say "script done after $((done_at - began)) ms, machine off after $(($(milliseconds) - began)) ms ($SYSTEM_ACCEL), exit code ${code:-none}"
  [ -z "$show_console" ] || cat "$run/console" >&2
  if [ -z "$code" ]; then
    [ -n "$show_console" ] || tail -n 30 "$run/console" "$run/qemu.log" >&2
    [ "$waited" -eq 124 ] && return 124
    return 125
  fi
  return "$code"
}

[ -n "$disk" ] || disk=$run/disk
[ -f "$disk" ] || copy_disk "$SYSTEM_DIR/root.img" "$disk" || exit 125
script=$1 words=${SYSTEM_APPEND:-}
shift
SYSTEM_APPEND=$words
boot_and_run "$script" "$@"
code=$?
for further in "${again[@]}"; do
  [ "$code" -eq 0 ] || break
  SYSTEM_APPEND=$words
  case $further in
    hung:*) SYSTEM_APPEND="$words job.hung"; further=${further#*:} ;;
    *:*) SYSTEM_APPEND="$words ${further%%:*}"; further=${further#*:} ;;
  esac
  boot_and_run "$further" "$@"
  code=$?
done
exit "$code"
