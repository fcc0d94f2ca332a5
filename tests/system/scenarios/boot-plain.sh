#!/usr/bin/env bash
# Real systemd, twice: with the product installed and nothing provisioned, a system starts as it did without.
source "$(dirname "$0")/../lib.sh"
"$system_here/run-in-nspawn.sh" "$system_here/guest/boot-plain.sh" &&
  "$system_here/run-in-vm.sh" "$system_here/guest/boot-plain.sh"
