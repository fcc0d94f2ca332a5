#!/usr/bin/env bash
# Real systemd, on both kernels: with the product installed and nothing provisioned, a system starts as it did without.
source "$(dirname "$0")/../lib.sh"
on_debian_kernel || "$system_here/run-in-nspawn.sh" "$system_here/guest/boot-plain.sh" || exit
"$system_here/run-in-vm.sh" "$system_here/guest/boot-plain.sh"
