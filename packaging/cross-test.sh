#!/usr/bin/env bash
# Cross builds for another architecture, runs unit tests there through qemu, makes the packages, starts the programs in them,
# and boots a machine with them (packaging/cross-boot.sh). Takes half an hour with two processors, so no other command runs it.
#
#   packaging/cross-test.sh ARCH      ARCH: arm64
#
# Needs root: the build happens in the root that packaging/cross-root.sh makes.
set -euo pipefail
export LC_ALL=C
top=$(cd "$(dirname "$0")/.." && pwd)
arch=${1:?usage: cross-test.sh ARCH}
# What computes, and what asks a kernel for common things only.
tests=(base_test json_test document_test crypto_test crypto_sign_test crypto_pkcs11_test keys_test elf_test delta_apply_test delta_make_test
       delta_file_test tuf_test improvement_test rollout_test policy_test simulate_test advisory_test probes_test dpkg_test publish_test
       repository_test pages_test serve_test device_test overlay_test running_test sys_test sys_sim_test sys_curl_test)
# qemu knows no openat2() (IntakeOf, *OpensBeneath*) and shows other processes as its own (Detector); the rest looks at mounts.
filter='-IntakeOf.*:*OpensBeneath*:Detector.*:MountTable.ReadsThisProcessesOwn:*KernelMountsTest*'

"$top/packaging/cross-root.sh" "$arch"
inside() { "$top/packaging/cross-root.sh" "$arch" "$top" "$@"; }
cpu=$(inside dpkg-architecture -a "$arch" -q DEB_HOST_GNU_CPU 2>/dev/null)
triplet=$(inside dpkg-architecture -a "$arch" -q DEB_HOST_MULTIARCH 2>/dev/null)
build=build/$arch log=$top/build/$arch.log
if ! { inside cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR="$cpu" \
         -DCMAKE_CXX_COMPILER="$triplet-g++" -DPKG_CONFIG_EXECUTABLE="/usr/bin/$triplet-pkg-config" -DCMAKE_UNITY_BUILD=ON \
         -DCMAKE_UNITY_BUILD_BATCH_SIZE=20 -DINTERLUDE_TESTS=ON &&
       inside cmake --build "$build" --parallel "$(nproc)" --target "${tests[@]}"; } >"$log" 2>&1; then
  grep -E -A12 'error|FAILED' "$log" | head -n 60 >&2 || tail -n 30 "$log" >&2
  echo "cross-test.sh: the build failed; the whole log is $log" >&2
  exit 1
fi
results=$top/build/$arch-tests.log failed=()
: >"$results"
for test in "${tests[@]}"; do
  echo "== $test on $arch"
  inside sh -c "exec qemu-$cpu-static \"\$(find $build -type f -name $test)\" --gtest_brief=1 '--gtest_filter=$filter'" 2>&1 |
    tee -a "$results" || failed+=("$test")
done
[ "${#failed[@]}" -eq 0 ] || { echo "cross-test.sh: failed on $arch: ${failed[*]}" >&2; exit 1; }
awk -v arch="$arch" '/  PASSED  / {all += $(NF - 1)} END {print all " tests passed on " arch}' "$results"

"$top/packaging/build-debs.sh" --arch "$arch"
installed=$build/installed programs=$build/installed/usr/libexec/interlude
rm -rf "${top:?}/$installed"
for package in "$top"/build/packages/interlude-*_"$arch".deb; do dpkg-deb -x "$package" "$top/$installed"; done
for program in "$installed/usr/bin/interlude" "$programs/interlude-publisher"; do
  inside "qemu-$cpu-static" "$program" --version
done
inside "qemu-$cpu-static" "$programs/interlude-probe-load" "/usr/lib/$triplet/libcrypto.so.3"
# It must need nothing: outside of the root there is no library for it.
"$top/build/cross-$arch/usr/bin/qemu-$cpu-static" "$top/$programs/interlude-guard" --version

"$top/packaging/cross-boot.sh" "$arch"
