#!/usr/bin/env bash
# The locks of the three processes that meet the network, on Debian's own kernel (its Landlock knows files only), and there without
# Landlock, too. The programs are built without sanitizers, which the virtual machine is too slow for.
source "$(dirname "$0")/../lib.sh"
set -e
top=$(realpath "$system_here/../..")
build=$top/build/system/tests
{ cmake --preset dev -S "$top" -B "$build" && cmake --build "$build" --parallel "$(nproc)" --target sandbox_test without_landlock; } >"$SCENARIO_DIR/build.log" 2>&1 ||
  { tail -n 30 "$SCENARIO_DIR/build.log"; exit 1; }
"$system_here/run-in-vm.sh" -m "$system_here/guest/sandbox.sh" "$build/src/sandbox/sandbox_test" "$build/tests/sandbox/without_landlock"
