#!/usr/bin/env bash
# The ways out that need nothing of ours to work: the kernel command line, the marker file, boots that do not come through.
source "$(dirname "$0")/../lib.sh"
cd "$system_here/guest" || exit 125
[ -n "$GUARD" ] || { echo "skip: the product has no guard"; exit 77; }
run_inside -t 240 -a escape-on.sh -a escape-marker.sh -a escape-off.sh -a escape-hang.sh \
  -a hung:escape-hangs.sh -a hung:escape-hangs.sh -a escape-back.sh -a escape-lose.sh -a escape-lost.sh \
  escape-1.sh generations.sh &&
  "$system_here/run-in-vm.sh" -a escape-on.sh -a interlude.off:escape-off.sh escape-1.sh generations.sh
