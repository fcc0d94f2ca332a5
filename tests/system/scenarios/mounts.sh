#!/usr/bin/env bash
# Arming, switching, going back and the sandbox matrix, with the guard alone: on this machine's kernel and on Debian's.
source "$(dirname "$0")/../lib.sh"
[ -n "$GUARD" ] || { echo "skip: the product has no guard"; exit 77; }
on_debian_kernel || "$system_here/run-in-nspawn.sh" "$system_here/guest/mounts.sh" || exit
"$system_here/run-in-vm.sh" "$system_here/guest/mounts.sh"
