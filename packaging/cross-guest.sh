#!/bin/bash
# The first program of the machine that packaging/cross-boot.sh boots: runs tests, then the packages' programs as publisher
# and device, and says "all passed" where they did.
#
#   cross-guest.sh ARCH TEST…
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C
arch=$1 failed=()
shift

mount -t tmpfs tmpfs /run
mount -t securityfs securityfs /sys/kernel/security
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
busybox ip link set lo up
depmod
modprobe -a overlay ext4 loop
truncate -s 1G /disk && mkfs.ext4 -q /disk && mount -o loop /disk /tmp && chmod 1777 /tmp
echo "Linux $(uname -r) on $(uname -m), security modules $(cat /sys/kernel/security/lsm)"

cd /work || exit 1
for test in "$@"; do
  echo "== ${test##*/} ($SECONDS s)"
  "$test" --gtest_brief=1 --gtest_color=no 2>&1 || failed+=("${test##*/}")
done

# A library before and after a fix: built, signed, published, fetched and verified in the sandbox, on, and off again.
trip() {
  local samples=/work/build/$arch/tests/sample platform=debian-12-$arch
  mkdir /tmp/trip && cd /tmp/trip && mkdir -p old/usr/lib new/usr/lib || return
  cp "$samples/old/libsample.so" old/usr/lib && cp "$samples/new/libsample.so" new/usr/lib || return
  cp -a old baseline
  printf '[[advisory]]\nid = "%s"\ncomponent = "sample"\nimpact = "%s"\ndescription = "%s"\n' \
    SAMPLE-1 'A text could be read behind its end.' 'Lengths are checked.' >advisory.toml
  interlude repo init repo >init.log &&
    interlude build --platform "$platform" --baseline-version 12.11 --letter a --component 'sample=*' \
      --baseline old --patched new --advisory advisory.toml --out a --json >build.json &&
    interlude publish repo a || return
  interlude serve repo --port 8080 >serve.log 2>&1 &
  until grep -q listening serve.log; do kill -0 $! || return; sleep 0.2; done
  interlude device init --root device --tree baseline --trusted-root repo/public/metadata/1.root.json --url http://127.0.0.1:8080/ \
    --platform "$platform" --baseline-version 12.11 && interlude install --root device --json >install.json || return
  cmp device/var/lib/interlude/active/tree/usr/lib/libsample.so new/usr/lib/libsample.so && interlude remove --root device || return
  diff -r old baseline
}
echo "== packages ($SECONDS s)"
trip 2>/trip.log || { cat /trip.log; failed+=(packages); }
[ "${#failed[@]}" -gt 0 ] && echo "failed: ${failed[*]}" || echo 'all passed'
busybox poweroff -f
