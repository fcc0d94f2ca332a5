#!/usr/bin/env bash
# Makes the Debian system that the scenarios boot: a tree with a real systemd, the same as an ext4 image, Debian's own
# kernel and a small initramfs for the virtual machine. The tree is kept and made anew only when this file or the versions
# apt offers change; what is put in with -i, -f and -x goes into a fresh copy of the image each time.
#
#   build-root.sh [-f DEB]… [-i SOURCE:DESTINATION]… [-x SCRIPT]
#     -f DEB   installs a package with apt-get inside        -i SOURCE:DESTINATION   copies a file or folder (destination absolute)
#     -x SCRIPT   runs SCRIPT inside the finished root
source "$(dirname "$0")/lib.sh"
set -e
source "$system_here/../../scripts/demo-packages.sh"

debs=() copies=() script=
while getopts f:i:x:h option; do
  case $option in
    f) debs+=("$(realpath "$OPTARG")") ;;
    i) copies+=("$OPTARG") ;;
    x) script=$OPTARG ;;
    *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 125 ;;
  esac
done
[ "$(id -u)" = 0 ] || harness_die "must be root (chroot, device nodes, loop devices)"
need mmdebstrap mmdebstrap mke2fs e2fsprogs cpio cpio losetup mount
mkdir -p "$SYSTEM_DIR"
began=$(milliseconds)

# What a device has: the base of a Debian, a web server with TLS, an sshd, and the libraries the agent's package names.
# libssl3 and openssl are the newest but one: the newest is what the scenarios publish. (sshd wants 3.0.19 at least.)
mapfile -t offered < <(offered_versions libssl3 openssl)
[ "${#offered[@]}" -ge 2 ] || harness_die "apt offers libssl3 in one version only: nothing older to start from"
old_openssl=${offered[-2]} new_openssl=${offered[-1]}
packages=(systemd systemd-sysv dbus udev libpam-systemd e2fsprogs kmod procps iproute2 busybox-static
          nginx-light openssh-server "libssl3=$old_openssl" "openssl=$old_openssl" curl ca-certificates apparmor strace faketime
          polkitd unattended-upgrades python3-minimal jq
          libarchive13 libelf1 libfmt9 libseccomp2 libzstd1 libdivsufsort3)

apt_sources() {
  apt-get indextargets --format 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(REPO_URI) $(RELEASE) $(COMPONENT)' \
    'Created-By: Packages' 'Origin: Debian' | sort -u
}

# The harness's own side inside: a unit that runs the job which the machine's second disk carries, and what takes its place as
# the first process where no systemd is wanted.
install_job_runner() {
  local root=$1
  install -d "$root/usr/lib/system-tests"
  cat >"$root/usr/lib/system-tests/run" <<'RUN'
#!/bin/sh
# Runs the job on the disk with serial systemjob, if there is one. Its output goes to the second serial line, its exit code to
# the third; what it writes to /dev/console is on the first, where the host looks for markers.
device=
for serial in /sys/block/*/serial; do
  [ "$(cat "$serial" 2>/dev/null)" = systemjob ] || continue
  device=${serial%/serial}; device=/dev/${device##*/}
done
[ -b "$device" ] || exit 0
mkdir -p /run/job && tar -C /run/job -xf "$device" || exit 1
for line in ttyS1 ttyS2; do stty -F /dev/$line raw -echo; done
cd /run/job || exit 1
sh -c 'exec ./job' </dev/null >/dev/ttyS1 2>&1
code=$?
echo "rc=$code" >/dev/ttyS2
case " $(cat /proc/cmdline) " in *" job.hung "*) exit 0 ;; esac  # the power is cut
sync
if [ "$1" = mini ]; then
  echo 1 >/proc/sys/kernel/sysrq; mount -o remount,ro /; echo o >/proc/sysrq-trigger; sleep 60
fi
systemctl --no-block poweroff || { echo 1 >/proc/sys/kernel/sysrq; echo o >/proc/sysrq-trigger; }
RUN
  cat >"$root/usr/lib/system-tests/mini-init" <<'INIT'
#!/bin/sh
# The first process of the mini mode: no systemd, only the job
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t tmpfs run /run
[ -c /dev/ttyS1 ] || mount -t devtmpfs dev /dev
/usr/lib/system-tests/run mini
INIT
  chmod 755 "$root/usr/lib/system-tests/run" "$root/usr/lib/system-tests/mini-init"
  cat >"$root/etc/systemd/system/system-job.service" <<'UNIT'
[Unit]
Description=Job of the system tests
# What it starts may run old code when a fix comes: it is not to be restarted for that.
RefuseManualStop=yes
ConditionVirtualization=vm
ConditionKernelCommandLine=!job.hung
After=multi-user.target
[Service]
Type=exec
ExecStart=/usr/lib/system-tests/run
Environment=HOME=/root
KillMode=process
UNIT
  sed -e '/^After=/d' -e 's/=!job.hung/=job.hung/' "$root/etc/systemd/system/system-job.service" >"$root/etc/systemd/system/system-job-hung.service"
  # After multi-user.target, so that the job finds a system that has finished starting; wanted by the default target above it.
  # In a boot that is to hang, without waiting for anything.
  install -d "$root/etc/systemd/system/graphical.target.wants"
  ln -sf ../system-job.service "$root/etc/systemd/system/graphical.target.wants/system-job.service"
  ln -sf ../system-job-hung.service "$root/etc/systemd/system/graphical.target.wants/system-job-hung.service"
}

make_tree() {
  local root=$SYSTEM_DIR/root cache=$SYSTEM_DIR/apt-cache hooks
  rm -rf "$root" "$SYSTEM_DIR/key"
  mkdir -p "$cache"
  hooks=$(mktemp -d "$SYSTEM_DIR/hooks.XXXXXX")
  cat >"$hooks/before" <<HOOK
#!/bin/sh
mkdir -p "\$1/var/cache/apt/archives"
cp -n "$cache"/*.deb "\$1/var/cache/apt/archives/" 2>/dev/null || :
HOOK
  # The kernel is only unpacked: its maintainer scripts would build a large initramfs that nothing here needs.
  cat >"$hooks/after" <<HOOK
#!/bin/sh
set -e
cp -n "\$1"/var/cache/apt/archives/*.deb "$cache/" 2>/dev/null || :
name=\$(chroot "\$1" apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-[^ ]*\)/\1/p' | head -1)
version=\$(chroot "\$1" apt-cache policy "\$name" | sed -n 's/ *Candidate: //p')
deb="$cache/\${name}_\$(echo "\$version" | sed s/:/%3a/)_amd64.deb"
if [ ! -f "\$deb" ]; then
  chroot "\$1" sh -c "cd /tmp && apt-get -q -o APT::Sandbox::User=root download \$name"
  mv "\$1"/tmp/*.deb "$cache/"
fi
dpkg-deb --fsys-tarfile "\$deb" | tar -C "\$1" --keep-directory-symlink -xf - ./boot ./lib/modules
chroot "\$1" depmod "\${name#linux-image-}"
HOOK
  chmod 755 "$hooks"/*
  apt_sources >"$SYSTEM_DIR/sources.list"
  mmdebstrap --mode=root --variant=minbase --include="$(IFS=,; echo "${packages[*]}")" \
    --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --skip=download/empty --skip=essential/unlink --skip=cleanup/apt \
    --setup-hook="$hooks/before" --customize-hook="$hooks/after" \
    --format=directory bookworm "$root" "$SYSTEM_DIR/sources.list" >"$SYSTEM_DIR/build.log" 2>&1 ||
    { tail -20 "$SYSTEM_DIR/build.log" >&2; harness_die "mmdebstrap failed (whole log: $SYSTEM_DIR/build.log)"; }
  rm -rf "$hooks" "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*_*
  # Nothing inside may reach out: where a scenario needs apt, it brings its own packages.
  rm -f "$root/etc/apt/sources.list" "$root"/etc/apt/sources.list.d/*

  echo device >"$root/etc/hostname"
  printf '127.0.0.1 localhost device\n' >"$root/etc/hosts"
  echo '/dev/disk/by-label/systemroot / ext4 defaults 0 1' >"$root/etc/fstab"
  : >"$root/etc/machine-id"
  chroot "$root" passwd -q -d root
  chroot "$root" useradd -m -s /bin/bash person
  # No units that only cost time at boot, nothing that runs at an hour of its own.
  local unit
  for unit in apt-daily.timer apt-daily-upgrade.timer fstrim.timer e2scrub_all.timer e2scrub_reap.service \
              dpkg-db-backup.timer systemd-networkd-wait-online.service getty@tty1.service systemd-pstore.service \
              systemd-firstboot.service systemd-timesyncd.service; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
  done
  install_job_runner "$root"
}

make_initramfs() {
  local root=$SYSTEM_DIR/root kernel version ird module
  kernel=$(find "$root/boot" -maxdepth 1 -name 'vmlinuz-*' | sort -V | tail -1)
  version=${kernel##*/vmlinuz-}
  cp "$kernel" "$SYSTEM_DIR/kernel"
  ird=$(mktemp -d "$SYSTEM_DIR/ird.XXXXXX")
  mkdir -p "$ird"/{bin,dev,proc,sys,newroot,mod}
  cp "$root/bin/busybox" "$ird/bin/busybox"
  for module in virtio_pci virtio_blk virtio_rng; do
    chroot "$root" modprobe -S "$version" --show-depends "$module" | sed -n 's/^insmod //p'
  done | awk '!seen[$1]++ {print $1}' | while read -r module; do
    cp "$root$module" "$ird/mod/" && echo "${module##*/}" >>"$ird/mod/order"
  done
  cat >"$ird/init" <<'INIT'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t devtmpfs dev /dev; $b mount -t proc proc /proc; $b mount -t sysfs sys /sys
while read -r m; do $b insmod /mod/$m; done </mod/order
n=0 device=
while [ -z "$device" ] && [ $n -lt 3000 ]; do
  for s in /sys/block/*/serial; do
    [ "$($b cat $s 2>/dev/null)" = systemroot ] && device=${s%/serial} && device=/dev/${device##*/}
  done
  [ -n "$device" ] || { $b usleep 10000; n=$((n + 1)); }
done
$b mount -t ext4 "$device" /newroot || { echo "cannot mount the root disk"; $b poweroff -f; }
init=/lib/systemd/systemd
case " $($b cat /proc/cmdline) " in *" job.mode=mini "*) init=/usr/lib/system-tests/mini-init ;; esac
$b umount /sys; $b umount /proc; $b mount --move /dev /newroot/dev
exec $b switch_root /newroot $init
INIT
  chmod 755 "$ird/init"
  (cd "$ird" && find . | cpio -o -H newc --quiet) >"$SYSTEM_DIR/initrd.img"
  rm -rf "$ird"
}

key=$(cat "$0" <(printf '%s\n' "${packages[@]}") | sha256sum | cut -c1-64)
if [ "$(cat "$SYSTEM_DIR/key" 2>/dev/null)" != "$key" ]; then
  make_tree
  make_initramfs
  rm -f "$SYSTEM_DIR/base.img"
  truncate -s 3G "$SYSTEM_DIR/base.img"
  mke2fs -q -F -t ext4 -b 4096 -L systemroot -d "$SYSTEM_DIR/root" "$SYSTEM_DIR/base.img"
  # The packages of the fix are the scenarios' matter, the choice of versions is this script's.
  mkdir -p "$SYSTEM_DIR/debs"
  download_debs "$SYSTEM_DIR/debs" "$old_openssl" libssl3 openssl >"$SYSTEM_DIR/old-debs"
  download_debs "$SYSTEM_DIR/debs" "$new_openssl" libssl3 openssl >"$SYSTEM_DIR/new-debs"
  echo "$key" >"$SYSTEM_DIR/key"
fi

copy_disk "$SYSTEM_DIR/base.img" "$SYSTEM_DIR/root.img.partial"
if [ $((${#debs[@]} + ${#copies[@]})) -gt 0 ] || [ -n "$script" ]; then
  mounted=$(mktemp -d "$SYSTEM_DIR/mounted.XXXXXX")
  mount -o loop "$SYSTEM_DIR/root.img.partial" "$mounted" || harness_die "cannot mount the image"
  trap 'umount "$mounted/proc" 2>/dev/null; umount "$mounted"; rmdir "$mounted"' EXIT
  for copy in "${copies[@]}"; do
    source=${copy%%:*} destination=$mounted${copy#*:}
    mkdir -p "$(dirname "$destination")"
    if [ -d "$source" ]; then mkdir -p "$destination" && cp -a "$source/." "$destination/"; else cp -a "$source" "$destination"; fi ||
      harness_die "cannot copy $source"
  done
  mount -t proc proc "$mounted/proc"
  if [ "${#debs[@]}" -gt 0 ]; then
    cp "${debs[@]}" "$mounted/tmp/"
    # Without a policy-rc.d nothing could start in a chroot anyhow: there is no systemd to talk to.
    (cd "$mounted/tmp" && chroot "$mounted" sh -c 'cd /tmp && dpkg --force-unsafe-io -i ./*.deb') >"$SYSTEM_DIR/inject.log" 2>&1 ||
      { tail -20 "$SYSTEM_DIR/inject.log" >&2; harness_die "dpkg -i failed in the root"; }
    rm -f "$mounted"/tmp/*.deb
  fi
  if [ -n "$script" ]; then
    install -m 755 "$script" "$mounted/tmp/script"
    chroot "$mounted" /tmp/script || harness_die "$script failed inside the root"
    rm -f "$mounted/tmp/script"
  fi
fi
[ -z "${mounted:-}" ] || { umount "$mounted/proc"; umount "$mounted"; rmdir "$mounted"; trap - EXIT; }
mv "$SYSTEM_DIR/root.img.partial" "$SYSTEM_DIR/root.img"
say "$SYSTEM_DIR/root.img in $(($(milliseconds) - began)) ms (libssl3 $old_openssl, to be fixed by $new_openssl)"
