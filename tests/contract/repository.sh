#!/usr/bin/env bash
# A publisher's repository through the command line: keys elsewhere, expiry, copies to carry, two publishers at once.
source "$(dirname "$0")/lib.sh"
old_and_new
run build 12.11 a a; run build 12.11 b b; run build 12.10 a other
run "$interlude" repo init repo
run "$interlude" publish repo a

check "publish without the platforms key stages, and nothing is public"
mkdir -m 700 safe; mv repo/keys/offline/platforms.pem safe; cp repo/keys/offline/platforms.toml safe
before=$(tree_hash repo/public)
run "$interlude" publish repo b; matches "$out" staged
equal "$(tree_hash repo/public)" "$before"
refuses 9 'waits for signatures' "$interlude" publish repo other
run "$interlude" repo status repo --json
equal "$(jq -r '.staged.files[0].role' <<<"$out")" "$platform-12.11"

check "the other machine sees what it signs, and is asked"
run "$interlude" repo sign --export repo to-sign.json
refuses 2 'nobody was asked' "$interlude" repo sign --with safe/platforms.toml to-sign.json </dev/null
refuses 2 'nothing here is to be signed' "$interlude" repo sign --with repo/keys/offline/targets.toml --yes to-sign.json
"$interlude" repo sign --with safe/platforms.toml --yes to-sign.json >/dev/null 2>seen || die "$(cat seen)"
grep -q '12.11/b/manifest.json.zst' seen || die "does not show what is signed: $(cat seen)"
grep -q 'which this key signed' seen || die "does not say whose the former version is"

check "a signature of something else is refused"
jq -c '.files[0].file.signed.rollout = "required"' to-sign.json >changed.json
refuses 9 'not what is staged' "$interlude" repo sign --import repo changed.json
jq -c ".files[0].file.signatures[-1].sig |= $other_first_digit" to-sign.json >broken.json
refuses 5 'does not verify' "$interlude" repo sign --import repo broken.json
equal "$(tree_hash repo/public)" "$before"

check "with the signature it is published"
run "$interlude" repo sign --import repo to-sign.json; matches "$out" announced
run "$interlude" repo verify repo; matches "$out" 'all as signed'
run "$interlude" publish repo b; matches "$out" 'already published'
mv safe/platforms.pem repo/keys/offline/

check "verify finds a changed payload"
cp -a repo bad; payload=$(find bad/public/targets -name '*.payload' | head -n 1); truncate -s -1 "$payload"; echo -n x >>"$payload"
refuses any payload "$interlude" repo verify bad

check "refresh does nothing while nothing is due, and status --check warns in time"
before=$(tree_hash repo/public)
run "$interlude" repo refresh repo; matches "$out" 'nothing is due'
equal "$(tree_hash repo/public)" "$before"
run "$interlude" repo status repo --check
refuses 5 'timestamp' faketime '+6 days +12 hours' "$interlude" repo status repo --check
run faketime '+6 days' "$interlude" repo refresh repo; matches "$out" 'signed anew'
run faketime '+150 days' "$interlude" repo refresh repo
run "$interlude" repo status repo --json
equal "$(jq -r '[.roles[] | select(.name == "'$platform-12.11'")][0].version' <<<"$out")" 3 "a list close to expiry is renewed"

check "export is all that a device of that platform needs"
rm -rf repo; run "$interlude" repo init repo; run "$interlude" publish repo a; run "$interlude" publish repo b; run "$interlude" publish repo other
run "$interlude" repo export repo usb --platform $platform --baseline 12.11
[ -z "$(find usb -path '*12.10*')" ] || die "another baseline's files are in it"
[ -z "$(find usb -path '*12.11/a/*')" ] || die "an older letter's files are in it"
provision device baseline 12.11 "file://$work/usb"
run "$interlude" install --root device
equal "$(field device letter)" b
run "$interlude" repo export repo usb --platform $platform --baseline 12.11
refuses 9 'neither empty' "$interlude" repo export repo baseline --platform $platform
refuses 3 'nothing is published' "$interlude" repo export repo usb2 --platform other

check "a copy without its timestamp is not trusted"
cp -a usb half; rm half/metadata/timestamp.json
provision half-device baseline 12.11 "file://$work/half"
refuses any 'timestamp' "$interlude" install --root half-device

check "two publishers at once: the second is told"
exec 9>>repo/lock; flock -n 9
refuses 9 'held' "$interlude" repo refresh repo --force
refuses 9 'held' "$interlude" repo rotate repo timestamp
exec 9>&-
