#!/usr/bin/env bash
# Cross builds for another architecture, runs the unit tests of the pure modules there through qemu, and makes the packages.
# Takes long, so no other command runs it.
#
#   packaging/cross-test.sh ARCH      ARCH: arm64
#
# Needs root: the build happens in the root that packaging/cross-root.sh makes.
set -euo pipefail
export LC_ALL=C
top=$(cd "$(dirname "$0")/.." && pwd)
arch=${1:?usage: cross-test.sh ARCH}
# What computes alone: bytes and values in, values out. The rest would test this machine's kernel through qemu.
tests=(base_test json_test crypto_test elf_test delta_apply_test delta_make_test delta_file_test tuf_test improvement_test rollout_test policy_test simulate_test)

inside() { "$top/packaging/cross-root.sh" "$arch" "$top" "$@"; }
cpu=$(inside dpkg-architecture -a "$arch" -q DEB_HOST_GNU_CPU 2>/dev/null)
triplet=$(inside dpkg-architecture -a "$arch" -q DEB_HOST_MULTIARCH 2>/dev/null)
build=build/$arch log=$top/build/$arch.log
if ! { inside cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR="$cpu" \
         -DCMAKE_CXX_COMPILER="$triplet-g++" -DPKG_CONFIG_EXECUTABLE="/usr/bin/$triplet-pkg-config" -DCMAKE_UNITY_BUILD=ON \
         -DCMAKE_UNITY_BUILD_BATCH_SIZE=20 -DINTERLUDE_TESTS=ON &&
       inside cmake --build "$build" --target "${tests[@]}"; } >"$log" 2>&1; then
  grep -E -A12 'error|FAILED' "$log" | head -n 60 >&2 || tail -n 30 "$log" >&2
  echo "cross-test.sh: the build failed; the whole log is $log" >&2
  exit 1
fi
for test in "${tests[@]}"; do
  echo "== $test on $arch"
  inside sh -c "exec qemu-$cpu-static \"\$(find $build -type f -name $test)\" --gtest_brief=1"
done
"$top/packaging/build-debs.sh" --arch "$arch"
