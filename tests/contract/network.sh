#!/usr/bin/env bash
# Getting the bytes: several mirrors in order, file://, downloads that continue where they broke, a proxy that is dead,
# and servers that misbehave.
source "$(dirname "$0")/lib.sh"

old_and_new
head -c 300000 /dev/urandom >new/usr/share/greeting/noise
package new libgreeting1 1.0-2 new.deb
run "$interlude" repo init repo
run build 12.11 a a
run "$interlude" publish repo a
cp -a repo whole-repo
serve repo

use_urls() { # STATE URL…
  local state=$1; shift
  mkdir -p "$state/etc/interlude/agent.d"
  printf '[source]\nurls = [%s]\n' "$(printf '"%s", ' "$@")" >"$state/etc/interlude/agent.d/10-urls.toml"
}

check "a dead mirror is passed over"
provision mirrored baseline 12.11
use_urls mirrored http://127.0.0.1:1 "$url"
run "$interlude" install --root mirrored
equal "$(tree_hash "$(field mirrored active_tree)")" "$(tree_hash new)"

check "a mirror with garbage is passed over"
mkdir -p garbage/metadata; head -c 300 /dev/urandom >garbage/metadata/timestamp.json
provision garbled baseline 12.11
use_urls garbled "file://$work/garbage" "$url"
run "$interlude" install --root garbled
equal "$(field garbled letter)" a

check "file://: a folder is a repository"
provision local baseline 12.11 "file://$work/repo/public"
run "$interlude" agent --once --root local
equal "$(field local letter)" a

check "a download that broke off continues where it broke"
provision resumed baseline 12.11
for file in $(find repo/public/targets -name '*.payload'); do truncate -s -1000 "$file"; done
refuses 6 'bytes came' "$interlude" install --root resumed
partial=$(find resumed/var/lib/interlude/incoming -name '*.partial' -size +100k | head -n 1)
[ -n "$partial" ] || die "nothing was kept of the broken download"
rm -rf repo; cp -a whole-repo repo
run "$interlude" install --root resumed
requests=$(grep -c 'payload.* 206 ' "$log") || die "no request asked for the rest: $(cat "$log")"
equal "$requests" 1
equal "$(tree_hash "$(field resumed active_tree)")" "$(tree_hash new)"

check "a proxy that does not answer is named"
provision proxied baseline 12.11
mkdir -p proxied/etc/interlude/agent.d
printf '[source]\nproxy = "http://127.0.0.1:1"\n' >proxied/etc/interlude/agent.d/20-proxy.toml
refuses 6 '127\.0\.0\.1' "$interlude" install --root proxied
equal "$(field proxied letter)" null

check "a wrong drop-in is refused with its file and line"
echo 'frequency = 3' >proxied/etc/interlude/agent.d/30-wrong.toml
refuses 2 '30-wrong\.toml.*(line 1|:1)' "$interlude" status --root proxied

check "failed polls back off"
provision lonely baseline 12.11 http://127.0.0.1:1
for _ in 1 2 3; do "$interlude" agent --once --root lonely >/dev/null 2>&1 && die "a failed poll exits 0"; done
next=$(date -d "$(field lonely next_poll)" +%s); now=$(date +%s)
[ $((next - now)) -ge $((45 * 60)) ] || die "after three failures the next poll is in $((next - now)) s"
matches "$(field lonely last_error)" '127\.0\.0\.1'

check "no space: nothing changes, and there is a way back up"
fill=$work/small; mkdir -p "$fill"
if mount -t tmpfs -o size=4m tmpfs "$fill" 2>/dev/null; then
  mounts+=("$fill")
  for left in 20 200 700 1500; do
    rm -rf "$fill/device" "$fill/filler"
    provision "$fill/device" baseline 12.11
    free=$(df --output=avail -k "$fill" | tail -n 1)
    [ "$free" -gt "$left" ] && head -c $(((free - left) * 1024)) /dev/zero >"$fill/filler"
    state=$(device_hash "$fill/device" baseline)
    refuses 7 'needs [0-9]+ bytes free|No space left' "$interlude" install --root "$fill/device"
    equal "$(device_hash "$fill/device" baseline)" "$state" "with ${left} KiB left"
  done
  rm "$fill/filler"
  mount -o remount,size=20m "$fill"
  run "$interlude" install --root "$fill/device"
  equal "$(tree_hash "$(field "$fill/device" active_tree)")" "$(tree_hash new)"
  head -c 30000000 /dev/zero >"$fill/filler" 2>/dev/null || true
  run "$interlude" remove --root "$fill/device"
  equal "$(tree_hash "$(field "$fill/device" active_tree)")" "$(tree_hash old)" "removal on a full disk"
else
  echo "   (not run: mounting a tmpfs needs root)"
fi
echo "every byte accounted for"
