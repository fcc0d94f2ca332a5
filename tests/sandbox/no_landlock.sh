#!/usr/bin/env bash
# A kernel without Landlock: the device says so, and installs all the same.
#
#   no_landlock.sh INTERLUDE_PROGRAM FOLDER_OF_WITHOUT_LANDLOCK
source "$(dirname "$0")/../contract/lib.sh"
without=$tests_bin/without_landlock

old_and_new
run "$interlude" repo init repo
run build 12.11 a a
run "$interlude" publish repo a
serve repo
provision device baseline 12.11

check "reported"
equal "$("$without" "$interlude" status --root device --json | jq .sandbox.landlock)" 0
"$without" "$interlude" status --root device | grep -q 'no Landlock' || die "status does not say so"

check "installs all the same"
run "$without" "$interlude" install --root device
equal "$(field device letter)" a
