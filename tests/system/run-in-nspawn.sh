#!/usr/bin/env bash
# Boots the image of build-root.sh with its real systemd in a container (systemd-nspawn, this machine's kernel), runs one
# script inside as root, prints its output, ends with its exit code. The root is a plain ext4 of the run's own, not an overlay:
# the kernel stacks two overlays at most, and what a process maps has other device and inode numbers on one.
#
#   run-in-nspawn.sh [-t SECONDS] [-D DISK] [-a SCRIPT]… [-K MILLISECONDS] SCRIPT [FILE_OR_FOLDER…]
#     SCRIPT runs as /run/job/job, guest/lib.sh and the files lie beside it
#     -t   limit for boots and scripts together (120)
#     -D   uses this disk and keeps it (made from root.img when missing)
#     -a   a script for a further boot of the same disk, after the first; the first that fails ends the run. "hung:SCRIPT" is for a
#          boot that does not come to an end: the script starts as soon as systemd answers, and then the container is killed
#     -K   SIGKILL to the container's first process so long after the script's start: everything inside ends at once, what
#          was written stays (page cache, too: this finds missing recovery, not missing syncs); exit code 137
source "$(dirname "$0")/lib.sh"

limit=120 disk='' kill_after='' again=()
while getopts t:D:a:K:h option; do
  case $option in
    t) limit=$OPTARG ;;
    D) disk=$OPTARG ;;
    a) again+=("$OPTARG") ;;
    K) kill_after=$OPTARG ;;
    *) sed -n '2,14s/^# \{0,1\}//p' "$0" >&2; exit 125 ;;
  esac
done
shift $((OPTIND - 1))
[ $# -ge 1 ] || harness_die "no script given (see -h)"
[ "$(id -u)" = 0 ] || harness_die "must be root"
need systemd-nspawn systemd-container nsenter util-linux pgrep procps
need_image
run=$(mktemp -d "$SYSTEM_DIR/nspawn.XXXXXX") || exit 125
nspawn='' leader='' groups=()

# Whatever is left in this run's own control groups: a killed nspawn leaves its container running.
end_container() {
  local group try
  [ -z "$leader" ] || kill -KILL "$leader" 2>/dev/null
  if [ -n "$nspawn" ]; then kill -KILL "$nspawn" 2>/dev/null; wait "$nspawn" 2>/dev/null; fi
  leader='' nspawn=''
  for group in "${groups[@]}"; do
    [ ! -w "$group/cgroup.kill" ] || echo 1 >"$group/cgroup.kill"
    for ((try = 0; try < 50; try++)); do
      find "$group" -depth -type d -exec rmdir {} + 2>/dev/null
      [ -d "$group" ] || break
      sleep 0.1
    done
  done
  groups=()
}
at_exit() {
  local code=$?
  end_container
  for ((try = 0; try < 50; try++)); do
    mountpoint -q "$run/root" || break
    umount "$run/root" 2>/dev/null || sleep 0.1
  done
  rm -rf --one-file-system "$run"
  exit "$code"
}
trap at_exit EXIT
trap 'exit 130' INT TERM

inside() { nsenter -t "$leader" -m -u -i -n -p -C -- "$@"; }

# boot_and_run SCRIPT [FILE…]: one boot of the mounted disk
boot_and_run() {
  local began booted state='' hierarchy group code try hung='' script=$1
  shift
  case $script in hung:*) hung=yes; script=${script#hung:} ;; esac
  began=$(milliseconds)
  rm -rf "$run/job"; mkdir -p "$run/job"
  install -m 755 "$script" "$run/job/job" || return 125
  install -m 644 "$system_here/guest/lib.sh" "$run/job/lib.sh"
  [ $# -eq 0 ] || cp -a "$@" "$run/job/" || return 125
  # Control groups of the run's own: nspawn makes its group below the caller's, and two containers in one group would stop
  # each other's services. --register=no, --keep-unit: there may be no systemd outside to ask.
  for hierarchy in /sys/fs/cgroup/unified /sys/fs/cgroup/systemd /sys/fs/cgroup; do
    [ -w "$hierarchy/cgroup.procs" ] || continue
    group=$hierarchy/system-test-$$
    mkdir -p "$group" && groups+=("$group")
  done
  (
    for group in "${groups[@]}"; do echo "$BASHPID" >"$group/cgroup.procs"; done
    SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 exec systemd-nspawn -q -D "$run/root" --machine="system-test-$$" --register=no \
      --keep-unit --boot --console=pipe --capability=CAP_NET_ADMIN --private-network --bind="$run/job:/run/job-files" \
      </dev/null >"$run/console" 2>&1
  ) &
  nspawn=$!
  while :; do
    kill -0 "$nspawn" 2>/dev/null || { cat "$run/console" >&2; say "the container did not start"; return 125; }
    [ "$(milliseconds)" -lt "$end" ] || { say "no boot in $limit s (state: ${state:-none})"; tail -20 "$run/console" >&2; return 124; }
    # the child of nspawn that has become systemd is the container's first process
    leader=$(pgrep -P "$nspawn" | head -1)
    [ -z "$leader" ] || [ "$(cat "/proc/$leader/comm" 2>/dev/null)" = systemd ] || leader=
    if [ -n "$leader" ]; then
      state=$(inside systemctl is-system-running 2>/dev/null)
      case $state${hung:+ hung} in running* | degraded* | "starting hung") break ;; esac
    fi
    sleep 0.1
  done
  booted=$(milliseconds)
  local start='mkdir -p /run/job; cp -a /run/job-files/. /run/job/; cd /run/job && HOME=/root exec ./job'
  if [ -n "$kill_after" ]; then
    inside sh -c "$start" </dev/null &
    sleep "$((kill_after / 1000)).$(printf %03d $((kill_after % 1000)))"
    end_container
    say "boot $((booted - began)) ms, killed $kill_after ms after the script's start"
    return 137
  fi
  timeout "$(((end - booted) / 1000 + 1))" nsenter -t "$leader" -m -u -i -n -p -C -- sh -c "$start" </dev/null
  code=$?
  local ran; ran=$(milliseconds)
  [ -z "$hung" ] || end_container
  [ -n "$hung" ] || kill -s RTMIN+4 "$leader" 2>/dev/null  # the container's systemd takes this as poweroff
  for ((try = 0; try < 300; try++)); do
    [ -n "$nspawn" ] && kill -0 "$nspawn" 2>/dev/null || break
    sleep 0.1
  done
  [ "$try" -lt 300 ] || say "the container did not stop in 30 s"
  [ "$code" -eq 0 ] || [ -z "${SYSTEM_CONSOLE:-}" ] || cat "$run/console" >&2
  end_container
  say "boot $((booted - began)) ms ($state), script $((ran - booted)) ms, stop $(($(milliseconds) - ran)) ms, exit code $code"
  return "$code"
}

[ -n "$disk" ] || disk=$run/disk
[ -f "$disk" ] || copy_disk "$SYSTEM_DIR/root.img" "$disk" || exit 125
mkdir -p "$run/root"
mount -o loop "$disk" "$run/root" || harness_die "cannot mount $disk (loop devices?)"
end=$(($(milliseconds) + limit * 1000))
script=$1
shift
boot_and_run "$script" "$@"
code=$?
for further in "${again[@]}"; do
  [ "$code" -eq 0 ] || break
  boot_and_run "$further" "$@"
  code=$?
done
exit "$code"
