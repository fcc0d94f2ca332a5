#!/usr/bin/env bash
# Each step of a switch on the real kernel fails, and is where the guard, and the agent, is killed.
source "$(dirname "$0")/../lib.sh"
source "$system_here/fixtures.sh"
set -e
cd "$SCENARIO_DIR"
place=usr/lib/x86_64-linux-gnu/interlude-test
mkdir -p "old/$place" "new/$place"
seq 2000 >"old/$place/file"; seq 2001 >"new/$place/file"
improvement steps a steps live-with-restart old -- new -- --component "steps=$place/*"
repository repository
publish repository "$improvement"
cp "old/$place/file" baseline-file; cp "new/$place/file" new-file; cp "$publisher" publisher
run_inside -t 480 "$system_here/guest/steps.sh" "$system_here/guest/generations.sh"
run_inside -t 480 "$system_here/guest/steps-agent.sh" repository publisher baseline-file new-file "$system_here/guest/device.sh"
