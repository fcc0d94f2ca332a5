#!/usr/bin/env bash
# Rollouts through the command line: what a publisher may do, what a device says, and what is refused.
source "$(dirname "$0")/lib.sh"
old_and_new >/dev/null
build 12.11 a a >/dev/null
build 12.11 b b >/dev/null
run "$interlude" repo init repo
say() { "$interlude" rollout status repo --json | jq -r ".improvements[] | select(.id | endswith(\"/$1\")) | .rollout.state // \"none\""; }
poll() { run "$interlude" agent --once --root "$1"; }
reason() { field "$1" reason_code; }

check "what is published with --hold waits for its start"
run "$interlude" publish repo a --rollout required --hold
serve repo
provision device baseline 12.11
poll device; equal "$(reason device)" rollout-data-missing
refuses 9 'has not begun' "$interlude" rollout pause repo a --reason x
run "$interlude" rollout start repo a; matches "$out" 'at most 0 % of devices'
refuses 9 'has begun' "$interlude" rollout start repo a

check "protection that goes blind is a warning, and an exit code"
run "$interlude" status --root device --check
refuses 6 'no verified answer from the repository since' faketime -f "+8d" "$interlude" status --root device --check
cp -a baseline blind-tree
provision blind blind-tree 12.11 http://127.0.0.1:1/
refuses 6 '' "$interlude" agent --once --root blind
refuses 6 'never given a verified answer' "$interlude" status --root blind --check

check "a device of a later wave waits, and says until when"
# One of a hundred is in the first wave: this one is made to be in none.
mkdir -p device/etc/interlude/policy.d
echo 'ceiling_percent = 0' >device/etc/interlude/policy.d/10.toml
poll device; equal "$(reason device)" ramp
run "$interlude" why --root device --json
equal "$(jq -r '.[0].reason_code' <<<"$out")" ramp
run "$interlude" why a --root device; matches "$out" '^\(a\): .* \[ramp\]'
refuses 3 'CVE-2026-1000.*may be in what waits' "$interlude" why CVE-2026-1000 --root device

check "a person who asks does not wait for the ramp, but for a pause"
run "$interlude" rollout pause repo 12.11/a --reason "greetings are missing"
equal "$(say a)" paused
refuses 6 'paused by its publisher: greetings are missing' "$interlude" install --root device
run "$interlude" rollout resume repo a
run "$interlude" install --root device
equal "$(field device letter)" a
run "$interlude" why CVE-2026-1000 --root device; matches "$out" 'fixed: greeting 1.0-2 is on'

check "--dry-run shows what it would do, and does nothing"
run "$interlude" withdraw repo a --revert --reason "nobody is greeted" --dry-run
matches "$out" 'nobody new gets it; devices that have it go back'
matches "$out" 'nothing was done'
equal "$(say a)" running

check "a withdrawal is refused without a reason, or without saying what devices do"
refuses 2 'reason' "$interlude" withdraw repo a --revert
refuses 2 'revert or --keep' "$interlude" withdraw repo a --reason x
refuses 3 'called z; the newest are .*/12.11/a' "$interlude" withdraw repo z --keep --reason x

check "withdrawn to be kept: it stays, and status says so"
run "$interlude" withdraw repo a --keep --reason "nobody is greeted"
poll device; equal "$(field device letter)" a; equal "$(reason device)" withdrawn
matches "$(field device reason)" 'nobody is greeted; it stays on'
refuses 9 'withdrawn already' "$interlude" withdraw repo a --keep --reason x

check "limits and haste"
run "$interlude" publish repo b --urgency urgent
run "$interlude" rollout limit repo b --percent 0.5
equal "$("$interlude" rollout status repo --json | jq '.improvements[1].rollout.ceiling_bp')" 50
run "$interlude" rollout expedite repo b; matches "$out" 'needs the key'
equal "$("$interlude" rollout status repo --json | jq '.improvements[1].rollout.ceiling_bp')" null
stop_server

check "taking back what is urgent is a recall, and needs the platform's key"
mv repo/keys/offline/platforms.pem elsewhere.pem
run "$interlude" withdraw repo b --revert --reason "the wrong file"
matches "$out" 'staged, not public'
equal "$(say b)" withdrawn "nobody new gets it, whoever has the key"
mv elsewhere.pem repo/keys/offline/platforms.pem
run "$interlude" repo refresh repo
matches "$("$interlude" rollout status repo)" '/b  recalled: the wrong file'

check "the pages for people say so"
run "$interlude" repo pages repo
grep -q 'the wrong file' repo/public/security/$platform/12.11/b.html || die "no reason on the page"

check "plan and simulation"
run "$interlude" rollout plan --noticed-after 5 --json; equal "$(jq '.exposure[0].at_most_bp' <<<"$out")" 500
run "$interlude" simulate --devices 2000 --withdraw-after 5 --revert --hours 8 --svg curve.svg --json
equal "$(jq '.points[-1].active' <<<"$out")" 0
grep -q '</svg>' curve.svg || die "no picture"
refuses 2 'needs --withdraw-after' "$interlude" simulate --revert
