#!/usr/bin/env bash
# 10,000 switches on this machine's kernel, and 500 on Debian's, while programs read what is switched: no file is ever missing,
# and through one descriptor of a directory nobody sees two generations.
source "$(dirname "$0")/../lib.sh"
set -e
cd "$SCENARIO_DIR"
guard=$GUARD
[ -n "$guard" ] || { echo "skip: the product has no guard"; exit 77; }
g++ -std=c++23 -O2 -Wall -Wextra -Werror -static -o readers "$system_here/readers.cpp"

if ! on_debian_kernel; then
  echo "on this machine's kernel, $(uname -r)"
  mkdir device
  unshare --mount --propagation private bash -euo pipefail -c '
    source "$1/guest/readers-device.sh"
    mount -t tmpfs readers device
    readers_device "$PWD/device"
    "$2" arm --root "$PWD/device"
    ./readers "$2" "$PWD/device" 10000 3
    "$2" status --root "$PWD/device"' - "$system_here" "$guard"
fi
cp "$guard" interlude-guard
"$system_here/run-in-vm.sh" -t 600 "$system_here/guest/readers.sh" readers "$system_here/guest/readers-device.sh"
