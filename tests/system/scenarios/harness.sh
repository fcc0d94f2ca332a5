#!/usr/bin/env bash
# The harness must tell a writer that syncs from one that does not; else a green power scenario would say nothing.
source "$(dirname "$0")/../lib.sh"
cd "$SCENARIO_DIR" || exit 125

cat >writer <<'WRITER'
#!/usr/bin/env python3
"""Replaces a file five times; argument: which of the two syncs to leave out"""
import os, subprocess, sys
place, left_out = os.environ["CRASH_MNT"], sys.argv[1]
for number in range(1, 6):
    with open(f"{place}/new", "w") as file:
        file.write(f"{number}\n" * 5000)
        file.flush()
        if left_out != "file": os.fsync(file.fileno())
    os.rename(f"{place}/new", f"{place}/current")
    folder = os.open(place, os.O_RDONLY)
    if left_out not in ("folder", "file"): os.fsync(folder)
    os.close(folder)
    subprocess.run([os.environ["CRASH_ACK"], str(number)], check=True)
WRITER
cat >checker <<'CHECKER'
#!/bin/bash
# what was acknowledged last, or something newer, is there and whole
least=$(tail -n 1 "$CRASH_ACKED")
[ -n "$least" ] || [ -e "$CRASH_MNT/current" ] || exit 0
[ "$(sort -u "$CRASH_MNT/current" | wc -l)" = 1 ] && [ "$(wc -l <"$CRASH_MNT/current")" = 5000 ] || { echo "torn or empty"; exit 1; }
[ "$(head -n 1 "$CRASH_MNT/current")" -ge "${least:-0}" ] || { echo "an acknowledged step is lost"; exit 1; }
CHECKER
chmod +x writer checker

for kind in ext4 btrfs; do
  "$system_here/crash-points.sh" -f $kind -n 20 -c ./checker ./writer nothing || { echo "a good writer failed on $kind"; exit 1; }
  "$system_here/crash-points.sh" -f $kind -n 12 -c ./checker ./writer folder
  [ $? -eq 1 ] || { echo "on $kind nobody noticed that the folder was not synced"; exit 1; }
done
