#!/usr/bin/env bash
# A machine is killed while it installs a fix of OpenSSL, and started again: at steps the agent names, and at a few moments.
source "$(dirname "$0")/../lib.sh"
source "$system_here/fixtures.sh"
set -e
cd "$SCENARIO_DIR"
openssl_published
export SYSTEM_MEMORY=1024
"$system_here/power-cut.sh" -t 600 -T 4000,12000 -M "step activating" -M "step probation" -M "step removing" -c "$system_here/guest/power-check.sh" \
  -s "$system_here/guest/power-setup.sh" "$system_here/guest/power-install.sh" repository publisher "$system_here/guest/device.sh"
