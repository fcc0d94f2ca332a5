#!/usr/bin/env bash
# A good guest: what stays in memory between polls, and how often it wakes up. Printed for docs/MEASUREMENTS.md; the bound of 10 MiB is
# asserted.
source "$(dirname "$0")/../lib.sh"
source "$system_here/fixtures.sh"
set -e
cd "$SCENARIO_DIR"
openssl_published
[ -z "$SCENARIO_ALL" ] || touch ten-minutes
run_inside -t 1200 "$system_here/guest/guest.sh" repository publisher "$system_here/guest/device.sh" ${SCENARIO_ALL:+ten-minutes}
