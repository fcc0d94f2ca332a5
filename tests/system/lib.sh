# Shared by the scripts of this folder; to be sourced. A folder made by build-root.sh ($SYSTEM_DIR) holds
#
#   root/       the Debian tree, never changed after it was made        base.img    the same as an ext4 image
#   root.img    base.img with the product inside                        kernel, initrd.img   for the virtual machine
#
# Exit codes of every script here: the guest's script's own; 124 time limit; 125 the harness itself failed.
set -uo pipefail
export LC_ALL=C
system_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SYSTEM_DIR=${SYSTEM_DIR:-$(realpath -m "$system_here/../../build/system-root")}
export SYSTEM_DIR

harness_die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 125; }
say() { [ -n "${SYSTEM_QUIET:-}" ] || printf '%s: %s\n' "${0##*/}" "$*" >&2; }
milliseconds() { local now; now=$(date +%s%N); echo $((now / 1000000)); }

# need COMMAND PACKAGE [COMMAND PACKAGE]…: ends the script, naming every missing package
need() {
  local missing=()
  while [ $# -ge 2 ]; do
    command -v "$1" >/dev/null 2>&1 || missing+=("$2")
    shift 2
  done
  [ ${#missing[@]} -eq 0 ] || harness_die "missing Debian packages: ${missing[*]}"
}

need_image() { [ -f "$SYSTEM_DIR/root.img" ] || harness_die "no $SYSTEM_DIR/root.img: run build-root.sh first"; }

# copy_disk FROM TO: a private copy that keeps the holes
copy_disk() { cp --reflink=auto --sparse=always "$1" "$2"; }

# on_debian_kernel: whether this run is for Debian's kernel alone (run.sh --debian-kernel)
on_debian_kernel() { [ -n "${SYSTEM_DEBIAN_KERNEL:-}" ]; }

# run_inside [OPTION]… SCRIPT [FILE_OR_FOLDER…]: in a container (run-in-nspawn.sh), or on Debian's kernel in a virtual machine
# (run-in-vm.sh), where everything takes several times as long
run_inside() {
  if on_debian_kernel; then SYSTEM_PATIENCE=5 "$system_here/run-in-vm.sh" "$@"; else "$system_here/run-in-nspawn.sh" "$@"; fi
}

# --- the virtual machine ---------------------------------------------------------------------------------------------

# What the host offers: KVM where it works for a guest of ours, else software emulation, slower but the same.
accelerator() {
  if [ -z "${SYSTEM_ACCEL:-}" ]; then
    SYSTEM_ACCEL=tcg
    # The device node alone says nothing: it exists on machines whose processor offers no virtualisation.
    if [ -w /dev/kvm ] && grep -qE '^flags.* (vmx|svm)( |$)' /proc/cpuinfo; then SYSTEM_ACCEL=kvm; fi
    export SYSTEM_ACCEL
  fi
}

# job_tar TAR SCRIPT [FILE_OR_FOLDER…]: what the guest unpacks in /run/job; SCRIPT becomes its `job`
job_tar() {
  local tar=$1 script=$2 stage
  shift 2
  stage=$(mktemp -d "$SYSTEM_DIR/stage.XXXXXX") || exit 125
  install -m 755 "$script" "$stage/job" || harness_die "no script $script"
  install -m 644 "$system_here/guest/lib.sh" "$stage/lib.sh"
  [ $# -eq 0 ] || cp -a "$@" "$stage/" || harness_die "cannot copy $*"
  tar -C "$stage" -cf "$tar" .
  rm -rf "$stage"
  truncate -s %1M "$tar"  # a block device has whole sectors
}

# start_machine RUN DISK JOBTAR MODE: starts qemu in the background and sets $machine, its pid. RUN gets the files
# console, out (the job's output) and rc. MODE: systemd, or mini, where a small init runs the job alone.
# $SYSTEM_APPEND adds words to the kernel command line.
start_machine() {
  local run=$1 disk=$2 job=$3 mode=$4 accel=(-accel "tcg,thread=multi,tb-size=512" -cpu "max,la57=off")
  accelerator
  [ "$SYSTEM_ACCEL" != kvm ] || accel=(-accel kvm -cpu host)
  local append="console=ttyS0 quiet loglevel=4 mitigations=off net.ifnames=0 panic=-1 job.mode=$mode"
  append+=" systemd.journald.forward_to_console=0 apparmor=1 security=apparmor ${SYSTEM_APPEND:-}"
  : >"$run/console"; : >"$run/out"; : >"$run/rc"
  qemu-system-x86_64 -M q35 "${accel[@]}" -smp 2 -m "${SYSTEM_MEMORY:-1024}" -nodefaults -display none -no-reboot \
    -kernel "$SYSTEM_DIR/kernel" -initrd "$SYSTEM_DIR/initrd.img" -append "$append" \
    -serial "file:$run/console" -serial "file:$run/out" -serial "file:$run/rc" \
    -blockdev "driver=file,filename=$disk,node-name=rootfile,cache.direct=on" \
    -blockdev driver=raw,file=rootfile,node-name=root,cache.direct=on -device virtio-blk-pci,drive=root,serial=systemroot \
    -drive "if=none,id=job,format=raw,readonly=on,file=$job" -device virtio-blk-pci,drive=job,serial=systemjob \
    -device virtio-rng-pci -nic none >"$run/qemu.log" 2>&1 </dev/null &
  machine=$!
}

machine_runs() { kill -0 "$machine" 2>/dev/null; }

# The power cut: SIGKILL to our own qemu. What the guest had not sent to its disk is lost.
cut_power() {
  kill -KILL "$machine" 2>/dev/null
  wait "$machine" 2>/dev/null
  machine=
}

# wait_machine SECONDS: until it is off by itself; 124 when it is not
wait_machine() {
  local end=$(($(milliseconds) + $1 * 1000))
  while machine_runs; do
    [ "$(milliseconds)" -lt "$end" ] || return 124
    sleep 0.1
  done
  wait "$machine" 2>/dev/null
  machine=
}

# wait_line SECONDS FILE TEXT: until FILE holds TEXT; 1 when the machine ended before, 124 when time did
wait_line() {
  local end=$(($(milliseconds) + $1 * 1000))
  until grep -aqF -- "$3" "$2" 2>/dev/null; do
    machine_runs || return 1
    [ "$(milliseconds)" -lt "$end" ] || return 124
    sleep 0.02
  done
}

# The job's exit code as the guest wrote it, else nothing
job_code() { tr -d '\r' <"$1" | sed -n 's/^rc=\([0-9]\{1,3\}\)$/\1/p' | tail -1; }

# However this script ends, its virtual machine and its folder $run end with it
end_with_machine() {
  machine=
  trap 'code=$?; [ -z "$machine" ] || cut_power; rm -rf "$run"; exit "$code"' EXIT
  trap 'exit 130' INT TERM
}
