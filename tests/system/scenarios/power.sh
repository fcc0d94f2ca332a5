#!/usr/bin/env bash
# The power fails at every write: while a device with real mounts installs, steps up, is removed, cleans up and starts. After each
# cut the start arms the old state or the new one, whole, and removal restores every byte. On ext4 and btrfs; with --all at every
# prefix, on xfs too, and with a few machines that are really killed.
source "$(dirname "$0")/../lib.sh"
source "$system_here/fixtures.sh"
set -e
cd "$SCENARIO_DIR"
export interlude=$publisher guard=$GUARD work=$PWD
[ -n "$guard" ] || { echo "skip: the product has no guard"; exit 77; }

# A small component in two hierarchies: a library and a program, 60 files, so that a step is many writes but replays fast.
tree() { # FOLDER VERSION
  local i
  mkdir -p "$1/usr/lib/x86_64-linux-gnu/demo" "$1/usr/sbin"
  for ((i = 0; i < 30; i++)); do seq -f "$2 library $i %g" 200 >"$1/usr/lib/x86_64-linux-gnu/demo/$i"; done
  seq -f "$2 program %g" 100 >"$1/usr/sbin/demo"; chmod 755 "$1/usr/sbin/demo"
  for i in 0 1 2; do echo "$2" >"$1/usr/lib/x86_64-linux-gnu/demo/version-$i"; done
  echo "$2" >"$1/usr/sbin/demo-version"
}
tree baseline baseline; tree a a; tree b b
repository repository
baseline_version=1
for letter in a b; do
  improvement "power-$letter" $letter demo live baseline -- "$letter" -- --component 'demo=usr/**'
  publish repository "$improvement"
done
repo=$PWD/repository/public
root_file=$(ls "$repo"/metadata/1.root.json)
export repo root_file

cat >fill <<'FILL'
#!/bin/bash
set -e
cp -a "$work/baseline/." "$CRASH_MNT/"
mkdir -p "$CRASH_MNT/run"
unshare --mount --propagation private "$interlude" device init --system --root "$CRASH_MNT" --trusted-root "$root_file" --url "file://$repo" \
  --platform debian-12-x86_64 --baseline-version 1
"$interlude" settings --root "$CRASH_MNT" automatic off
unshare --mount --propagation private "$interlude" agent --once --root "$CRASH_MNT"
FILL
# tree_of PLACE: everything programs see, without what the device keeps for itself
cat >tree_of <<'HASH'
#!/bin/bash
cd "$1/usr" && { find . -printf '%p %y %m %l\n' | sort; find . -type f -print0 | sort -z | xargs -0r sha256sum; } | sha256sum | cut -c1-64
HASH
cat >life <<'LIFE'
#!/bin/bash
# what a device does in a year; the step before "ack" is what must not be lost
set -e
ack() { "$CRASH_ACK" "$1"; }
"$guard" arm --root "$CRASH_MNT"
"$guard" boot-passed --root "$CRASH_MNT" || true
"$interlude" install --root "$CRASH_MNT" --letter a --from "$repo"; ack a
"$interlude" install --root "$CRASH_MNT" --letter b --from "$repo"; ack b
"$guard" back --root "$CRASH_MNT"; ack a
"$interlude" install --root "$CRASH_MNT" --letter b --from "$repo"; ack b
"$guard" boot-passed --root "$CRASH_MNT"
"$interlude" remove --root "$CRASH_MNT"; ack baseline
"$interlude" install --root "$CRASH_MNT" --letter b --from "$repo"; ack b
"$guard" remove --root "$CRASH_MNT"; ack baseline
"$interlude" agent --once --root "$CRASH_MNT" || true
LIFE
cat >life-apart <<'APART'
#!/bin/bash
exec unshare --mount --propagation private "$work/life"
APART
cat >checker <<'CHECK'
#!/bin/bash
# after the cut: the next start, what it shows, and the way back
set -euo pipefail
rm -rf "$CRASH_MNT/run"; mkdir "$CRASH_MNT/run"
"$guard" arm --root "$CRASH_MNT" >"$work/armed" 2>&1 || { echo "arming failed: $(cat "$work/armed")"; exit 1; }
seen=$(cat "$CRASH_MNT"/usr/lib/x86_64-linux-gnu/demo/version-* "$CRASH_MNT/usr/sbin/demo-version" | sort -u)
[ "$(wc -l <<<"$seen")" = 1 ] || { echo "a mixture: $seen"; exit 1; }
[ "$("$work/tree_of" "$CRASH_MNT")" = "$("$work/tree_of" "$work/$seen")" ] || { echo "($seen) is not whole"; exit 1; }
# no acknowledged step is lost: it shows the last one acknowledged, or the one that was under way
order=(baseline a b a b baseline b baseline)
done=$(wc -l <"$CRASH_ACKED")
last=${order[$done]} next=${order[$((done + 1))]:-baseline}
[ "$seen" = "$last" ] || [ "$seen" = "$next" ] || { echo "($seen) is on after step $done, which led to ($last)"; exit 1; }
"$interlude" agent --once --root "$CRASH_MNT" >"$work/agent" 2>&1 || [ $? = 6 ] || { echo "the agent: $(tail -n 1 "$work/agent")"; exit 1; }
"$interlude" status --json --root "$CRASH_MNT" >"$work/status" 2>&1 || { echo "status: $(tail -n 1 "$work/status")"; exit 1; }
"$interlude" remove --root "$CRASH_MNT" >"$work/removed" 2>&1 || [ $? = 9 ] || { echo "removing: $(tail -n 1 "$work/removed")"; exit 1; }
[ "$("$work/tree_of" "$CRASH_MNT")" = "$("$work/tree_of" "$work/baseline")" ] || { echo "removal did not restore every byte"; exit 1; }
"$guard" step-aside --root "$CRASH_MNT"
[ "$("$work/tree_of" "$CRASH_MNT")" = "$("$work/tree_of" "$work/baseline")" ] || { echo "the baseline on the disk was written to"; exit 1; }
CHECK
cat >checker-apart <<'APART'
#!/bin/bash
exec unshare --mount --propagation private "$work/checker"
APART
chmod +x fill tree_of life life-apart checker checker-apart

points=60 kinds="ext4 btrfs"
[ -z "$SCENARIO_ALL" ] || { points=100000; kinds="ext4 btrfs xfs"; }
for kind in $kinds; do
  "$system_here/crash-points.sh" -f "$kind" -s "$([ "$kind" = xfs ] && echo 320M || echo 128M)" -n $points -b "$PWD/fill" -c "$PWD/checker-apart" "$PWD/life-apart"
done
