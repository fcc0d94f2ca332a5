#!/usr/bin/env bash
# Boots Debian's kernel for another architecture in a machine that qemu computes, and runs there what asks more of a kernel
# than qemu knows by itself: the tests of files, mounts, processes and the sandbox; then the packages, from a repository
# to a device and back.
#
#   packaging/cross-boot.sh ARCH      ARCH: arm64. After packaging/cross-test.sh ARCH, which calls it
#
# Needs root. The machine's disk is memory: nothing of it is left.
set -euo pipefail
export LC_ALL=C
top=$(cd "$(dirname "$0")/.." && pwd)
arch=${1:?usage: cross-boot.sh ARCH}
tests=(sys_posix_test sys_sim_test overlay_test device_test running_test units_test sandbox_test)
inside() { "$top/packaging/cross-root.sh" "$arch" "$top" "$@"; }
build=build/$arch boot=build/$arch-boot root=$top/build/$arch-boot/root

inside cmake --build "$build" --parallel "$(nproc)" --target "${tests[@]}" sample_old sample_new >"$top/$boot.log" 2>&1 ||
  { tail -n 30 "$top/$boot.log" >&2; echo "cross-boot.sh: the build failed" >&2; exit 1; }

# Unpacked only: their scripts would have to run on that processor.
rm -rf --one-file-system "${top:?}/$boot"
mkdir -p "$top/$boot"
packages=(dash bash coreutils util-linux mount sed grep findutils diffutils procps kmod e2fsprogs busybox-static dpkg base-files base-passwd
          libc-bin libstdc++6 libssl3 libcurl4 libfmt9 libzstd1 liblzma5 libdivsufsort3 libarchive13 libelf1 libseccomp2 libsystemd0
          openssl "linux-image-cloud-$arch")
mmdebstrap --quiet --mode=root --variant=extract --architectures="$arch" --include="$(IFS=,; echo "${packages[*]}")" \
  --aptopt='APT::Install-Recommends "false"' --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
  --format=directory bookworm "$root" "$top/build/cross-$arch"/etc/apt/sources.list.d/*.list
cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
for package in "$top"/build/packages/interlude-*_"$arch".deb; do
  dpkg-deb --fsys-tarfile "$package" | tar -C "$root" --keep-directory-symlink -x
done
# The tests find their files where they were built.
programs=()
for test in "${tests[@]}"; do programs+=("/work/$(cd "$top" && find "$build" -type f -name "$test")"); done
mkdir "$root/work"
git -C "$top" ls-files -z src tests | tar -C "$top" --null -T - -c | tar -C "$root/work" -x
(cd "$top" && find "$build" -type f \( -name '*.so' -o -name interlude-probe-load -o -name '*_test' \) -print0) |
  tar -C "$top" --null -T - -c | tar -C "$root/work" -x
cp "$top/packaging/cross-guest.sh" "$root/work/guest"
# Nothing can be mounted beneath the first file system, nor another take its place.
cat >"$root/init" <<GUEST
#!/bin/busybox sh
busybox mkdir -p /mnt
busybox mount -t tmpfs -o mode=755,size=90% tmpfs /mnt
busybox cp -a /bin /sbin /lib /etc /usr /var /root /work /mnt
busybox mkdir -m 1777 /mnt/tmp
for each in proc:proc sysfs:sys devtmpfs:dev; do busybox mkdir /mnt/\${each#*:}; busybox mount -t \${each%:*} none /mnt/\${each#*:}; done
busybox mkdir /mnt/run
exec busybox switch_root /mnt /work/guest $arch ${programs[*]}
GUEST
chmod +x "$root/init"
mv "$root"/boot/vmlinuz-* "$top/$boot/vmlinuz"
(cd "$root" && find . -print0 | cpio -0 -o -H newc --quiet) >"$top/$boot/initrd"
rm -rf "$root"

cpu=$(inside dpkg-architecture -a "$arch" -q DEB_HOST_GNU_CPU 2>/dev/null)
inside timeout 1800 "qemu-system-$cpu" -M virt -cpu cortex-a57 -smp "$(nproc)" -m 4096 -nographic -no-reboot -nic none \
  -kernel "$boot/vmlinuz" -initrd "$boot/initrd" -append 'console=ttyAMA0 quiet panic=-1' </dev/null | tee "$top/$boot.log"
grep -q '^all passed' "$top/$boot.log"
