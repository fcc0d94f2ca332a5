#!/usr/bin/env bash
# Power cuts without a machine to cut: records every block that a command writes to a small file system (qemu's blklogwrites
# behind a FUSE export and a loop device), then makes the disk as it was after each write and each flush, mounts it as a boot
# after a power cut would, and runs a check on it.
#
#   crash-points.sh [-f ext4|xfs|btrfs] [-s SIZE] [-n MAX] [-l SEEDS] [-b SCRIPT] [-k] -c CHECK COMMAND [ARGUMENT…]
#     COMMAND   runs with the file system's mount point in $CRASH_MNT; it calls `$CRASH_ACK NAME` when it has told somebody that
#               step NAME is safe
#     -c CHECK  runs for each point with CRASH_MNT, and CRASH_ACKED, a file: the names acknowledged before that point, one a
#               line. Exit 0 is fine; else its last line is shown
#     -b SCRIPT fills the file system before the recording
#     -n MAX    at most MAX points, those after flushes first, spread over the log (200)
#     -l SEEDS  for each point so many disks more, on each a random half of the writes since the last flush is lost (1)
#     -k        keeps the run's folder
#
# Exit 0: no check failed; 1: some did; 125: the harness failed.
# In a mount namespace of its own: whoever starts one meanwhile, for a container say, would keep a disk mounted that is taken off here.
[ -n "${CRASH_POINTS_APART:-}" ] || CRASH_POINTS_APART=yes exec unshare --mount --propagation private "$0" "$@"
source "$(dirname "$0")/lib.sh"

kind=ext4 size='' most=200 seeds=1 check='' before='' keep=''
while getopts f:s:n:l:b:c:kh option; do
  case $option in
    f) kind=$OPTARG ;;
    s) size=$OPTARG ;;
    n) most=$OPTARG ;;
    l) seeds=$OPTARG ;;
    b) before=$OPTARG ;;
    c) check=$OPTARG ;;
    k) keep=yes ;;
    *) sed -n '2,18s/^# \{0,1\}//p' "$0" >&2; exit 125 ;;
  esac
done
shift $((OPTIND - 1))
[ -n "$check" ] && [ $# -ge 1 ] || harness_die "needs -c CHECK and a command (see -h)"
[ "$(id -u)" = 0 ] || harness_die "must be root (loop devices, mount)"
need qemu-storage-daemon qemu-utils losetup mount python3 python3-minimal
[ -c /dev/fuse ] || harness_die "no /dev/fuse on this machine"
options=loop
case $kind in
  ext4) need mke2fs e2fsprogs; make=(mke2fs -q -F -t ext4 -b 4096 -E lazy_itable_init=0,lazy_journal_init=0) ; : "${size:=64M}" ;;
  xfs) need mkfs.xfs xfsprogs; make=(mkfs.xfs -q -f); options=loop,nouuid; : "${size:=320M}" ;;
  btrfs) need mkfs.btrfs btrfs-progs; make=(mkfs.btrfs -q -f --mixed); : "${size:=128M}" ;;
  *) harness_die "unknown file system $kind" ;;
esac
# In memory where there is room: the disks are thrown away hundreds of times, and nothing here depends on the host's own syncs.
place=/dev/shm
[ "$(df --output=avail -k $place 2>/dev/null | tail -1)" -gt 3000000 ] 2>/dev/null || { place=$SYSTEM_DIR; mkdir -p "$place"; }
run=$(mktemp -d "$place/crash-points.XXXXXX") || exit 125
export CRASH_MNT=$run/mounted CRASH_ACKED=$run/acknowledged
mkdir "$CRASH_MNT"
daemon='' loop=''
at_exit() {
  local code=$?
  mountpoint -q "$CRASH_MNT" && umount "$CRASH_MNT"
  [ -z "$loop" ] || losetup -d "$loop" 2>/dev/null
  [ -z "$daemon" ] || { kill "$daemon" 2>/dev/null; wait "$daemon" 2>/dev/null; }
  if [ -n "$keep" ]; then say "kept: $run"; else rm -rf --one-file-system "$run"; fi
  exit "$code"
}
trap at_exit EXIT
trap 'exit 130' INT TERM

truncate -s "$size" "$run/base"
"${make[@]}" "$run/base" >"$run/make.log" 2>&1 || harness_die "cannot make a $kind"
if [ -n "$before" ]; then
  mount -o "$options" "$run/base" "$CRASH_MNT" || exit 125
  "$before" || harness_die "$before failed"
  umount "$CRASH_MNT"
fi
copy_disk "$run/base" "$run/disk"
: >"$run/export"; : >"$run/log"; : >"$run/acks"
qemu-storage-daemon \
  --blockdev "driver=file,filename=$run/disk,node-name=file" --blockdev driver=raw,file=file,node-name=disk \
  --blockdev "driver=file,filename=$run/log,node-name=log" \
  --blockdev driver=blklogwrites,file=disk,log=log,log-sector-size=512,node-name=recorder \
  --export "type=fuse,id=e,node-name=recorder,mountpoint=$run/export,writable=on" >"$run/daemon.log" 2>&1 &
daemon=$!
for ((i = 0; i < 100; i++)); do
  [ "$(stat -c %s "$run/export")" = 0 ] || break
  kill -0 "$daemon" 2>/dev/null || { cat "$run/daemon.log" >&2; harness_die "qemu-storage-daemon ended"; }
  sleep 0.1
done
# One request at a time: qemu's FUSE export (7.2) mixes up the data of requests that are under way together. Direct I/O on the loop
# device would allow that, and so would reading ahead.
echo 0 >"/sys/class/bdi/$(stat -c %Hd:%Ld "$run/export")/read_ahead_kb" || harness_die "cannot forbid reading ahead"
loop=$(losetup -f --show --direct-io=off "$run/export") || harness_die "no loop device"
mount "$loop" "$CRASH_MNT" || harness_die "cannot mount the recorded disk"
cat >"$run/ack" <<ACK
#!/bin/sh
echo "\$1 \$(python3 "$system_here/crash_log.py" count "$run/log")" >>"$run/acks"
ACK
chmod 755 "$run/ack"
CRASH_ACK=$run/ack "$@"
ended=$?
umount "$CRASH_MNT" || harness_die "the command left something open on the disk"
losetup -d "$loop"; loop=
kill "$daemon" && wait "$daemon" 2>/dev/null
daemon=
[ "$ended" -eq 0 ] || { say "the command ended with $ended"; exit 1; }

python3 "$system_here/crash_log.py" replay "$run" "$options" "$most" "$seeds" "$(realpath "$check")"
