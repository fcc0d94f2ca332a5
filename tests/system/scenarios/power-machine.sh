#!/usr/bin/env bash
# A machine is killed while it installs and removes a fix of OpenSSL, cleans up, and starts, and is started again: at steps the agent
# names, while systemd starts what arms, and at a few moments.
source "$(dirname "$0")/../lib.sh"
source "$system_here/fixtures.sh"
set -e
cd "$SCENARIO_DIR"
openssl_published
export SYSTEM_MEMORY=1024
arming="switch on what was on"
# cut SCRIPT OPTION…
cut() {
  local script=$system_here/guest/$1
  shift
  "$system_here/power-cut.sh" -t 600 "$@" -c "$system_here/guest/power-check.sh" -s "$system_here/guest/power-setup.sh" "$script" \
    repository publisher "$system_here/guest/device.sh"
}
cut power-install.sh -T 4000,12000 -M "step activating" -M "step probation" -M "step removing"
cut power-install.sh -j 40 -M "step waiting"
for later in 0 60 200; do cut power-on.sh -j $later -B "$arming"; done
