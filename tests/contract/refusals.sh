#!/usr/bin/env bash
# What must be refused, through the command line, each with its own message and exit code, while everything the device
# could run stays exactly as it was. The publisher here is at times an attacker who holds valid keys: `raw_publish`
# signs whatever it is given.
source "$(dirname "$0")/lib.sh"
raw_publish=$tests_bin/raw_publish

old_and_new
run "$interlude" repo init repo
run build 12.11 a a
cp -a repo empty-repo
run "$interlude" publish repo a
cp -a repo good-repo
serve repo
unchanged() { equal "$(device_hash "${1:-device}" baseline)" "$before" "the device changed"; }
fresh_repo() { rm -rf repo; cp -a good-repo repo; fresh_device; }
fresh_device() { rm -rf device; provision device baseline 12.11; before=$(device_hash device baseline); }
target_file() { find repo/public/targets -name "*$1*" | head -n 1; }
# publish_raw DIR: signs what lies there as improvement (a), unchecked, in a repository without any; for a new device
publish_raw() { rm -rf repo; cp -a empty-repo repo; run "$raw_publish" repo "$1"; fresh_device; }
# edited JQ_PROGRAM: a copy of improvement (a) whose manifest is edited
edited() { rm -rf evil; cp -a a evil; jq -c "$1" a/manifest.json >evil/manifest.json; }

check "wrong platform and wrong baseline: nothing for this device, install says so"
for wrong in "debian-12-aarch64 12.11" "$platform 12.9"; do
  read -r p v <<<"$wrong"
  rm -rf other
  run "$interlude" device init --root other --tree baseline --trusted-root "$(trusted_root repo)" --url "$url" --platform "$p" --baseline-version "$v"
  refuses 3 "no improvement for this baseline" "$interlude" install --root other
  equal "$(field other letter)" null
done

check "an improvement for another platform or baseline, signed as this one's"
for edit in '.id |= sub("x86_64"; "aarch64")' '.id |= sub("12.11"; "12.9")'; do
  edited "$edit"; publish_raw evil
  refuses 4 'calls itself' "$interlude" install --root device; unchanged
done

check "metadata signed by another key"
run "$interlude" repo init other-repo; run "$interlude" publish other-repo a
rm -rf repo/public/metadata; cp -a other-repo/public/metadata repo/public/metadata
refuses 5 'sign|threshold|key' "$interlude" install --root device; unchanged

check "a role signed by another key"
fresh_repo
role=$(ls repo/public/metadata/*."$platform"-12.11.json)
printf %s "$(jq -c ".signatures[0].sig |= $other_first_digit" "$role")" >role.json
cp role.json "$role"
refuses any 'sign|threshold|sha256' "$interlude" install --root device; unchanged

check "expired metadata"
fresh_repo
cp -a empty-repo old-repo
rm -rf repo; run faketime '2020-01-01' "$interlude" repo init repo; run faketime '2020-01-01' "$interlude" publish repo a
provision expired baseline 12.11
refuses 5 'expired' "$interlude" install --root expired; unchanged expired

check "metadata of a lower version"
fresh_repo
run "$interlude" check --root device
cp -a repo newer; run "$interlude" repo refresh newer --force
rm -rf repo; cp -a newer repo
run "$interlude" check --root device
rm -rf repo; cp -a good-repo repo
refuses 5 'version|rollback|older' "$interlude" install --root device; unchanged

check "metadata longer than announced or than any may be"
fresh_repo
head -c 3000000 /dev/zero | tr '\0' ' ' >>"$(ls -v repo/public/metadata/*.snapshot.json | tail -n 1)"
refuses any 'longer|large|limit|length' "$interlude" install --root device; unchanged
fresh_repo
head -c 100000 /dev/zero | tr '\0' ' ' >>repo/public/metadata/timestamp.json
refuses any 'longer|large|limit|length' "$interlude" install --root device; unchanged

check "garbage instead of metadata"
fresh_repo
head -c 500 /dev/urandom >repo/public/metadata/timestamp.json
refuses any 'timestamp' "$interlude" install --root device; unchanged

check "payloads with one flipped bit, cut short, a hundred times too long"
for damage in flip cut long; do
  fresh_repo
  for file in $(find repo/public/targets -name '*.payload'); do
    case $damage in
      flip) printf "$(printf '\\x%02x' $((0x$(od -An -tx1 -j50 -N1 "$file" | tr -d ' ') ^ 4)))" | dd of="$file" bs=1 seek=50 conv=notrunc status=none ;;
      cut) truncate -s -20 "$file" ;;
      long) size=$(stat -c %s "$file"); for _ in $(seq 99); do head -c "$size" /dev/zero; done >>"$file" ;;
    esac
  done
  refuses any 'payload' "$interlude" install --root device; unchanged
  sed 's/^/   /' err
done

check "one good payload left: it is used"
fresh_repo
file=$(target_file from-baseline); [ -n "$file" ] || die "no payload from the baseline was published"
head -c "$(stat -c %s "$file")" /dev/urandom >garbage; cp garbage "$file"
run "$interlude" install --root device
equal "$(field device letter)" a
equal "$(tree_hash "$(field device active_tree)")" "$(tree_hash new)"

check "manifests that would leave the root or bring what may not be brought"
fresh_device
first='.components[0].files[0]'
sorted='.components[0].files |= sort_by(.path)'
while IFS='|' read -r name message edit; do
  echo "   $name"
  edited "$edit | $sorted"
  refuses 4 "manifest\.json: .*$message" "$interlude" publish good-repo evil
  publish_raw evil
  refuses 4 "manifest\.json: .*$message" "$interlude" install --root device; unchanged
done <<EDITS
dot-dot|"\.\."|$first.path = "../outside"
inner dot-dot|"\.\."|$first.path = "usr/../../outside"
absolute|absolute|$first.path = "/etc/outside"
device node|kind|$first.after.kind = "device"
below a link|not a directory|.components[0].files += [{"path":"usr/lib/zz","after":{"kind":"link","target":"/tmp"}},{"path":"usr/lib/zz/file","after":{"size":1,"sha256":"$(printf x | sha256sum | cut -c1-64)"}}]
new setuid|setuid|$first.after.mode = "4755"
unknown format|format|.format = 99
EDITS

check "a path through a symbolic link of the device"
fresh_device
edited '.components[0].files += [{"path":"usr/alias/file","after":{"kind":"directory"}}] | .components[0].files |= sort_by(.path)'
publish_raw evil
mkdir outside; ln -s "$work/outside" baseline/usr/alias; before=$(device_hash device baseline)
refuses any 'link' "$interlude" install --root device; unchanged
[ -z "$(ls outside)" ] || die "written through a link"
rm baseline/usr/alias

check "a patch that asks for more output than the manifest says"
edited '(.components[0].files[] | select(.after.sha256) | .after.size) = 100'
publish_raw evil
refuses 4 'at most 100 fit' "$interlude" install --root device; unchanged

check "a known id with other bytes"
fresh_repo
build_library third "hello from somewhere else"; package third libgreeting1 1.0-3 third.deb
run "$interlude" build --platform $platform --baseline-version 12.11 --letter a --baseline old.deb --patched third.deb --advisory advisory.toml --out a-other
repo_before=$(tree_hash repo)
refuses 9 'other bytes|already published' "$interlude" publish repo a-other
equal "$(tree_hash repo)" "$repo_before" "a refused publish wrote to the repository"
run "$interlude" publish repo a
run "$interlude" install --root device
rm -rf repo; cp -a empty-repo repo; run "$raw_publish" repo a-other; run "$raw_publish" repo a-other
refuses any 'other bytes|known' "$interlude" install --letter a --root device
equal "$(greeting_of "$(field device active_tree)")" "hello from the fixed code"

check "unknown letter, platform, file, flag"
fresh_repo
refuses 3 'no improvement .q.' "$interlude" install --letter q --root device; unchanged
refuses 2 'letter' "$interlude" install --letter 7 --root device; unchanged
refuses 2 'platform' "$interlude" build --platform 'not/one' --baseline-version 1 --letter a --baseline old.deb --patched new.deb --advisory advisory.toml --out x
refuses any 'nowhere\.deb' "$interlude" build --platform $platform --baseline-version 1 --letter a --baseline nowhere.deb --patched new.deb --advisory advisory.toml --out x
refuses any 'nowhere\.toml' "$interlude" build --platform $platform --baseline-version 1 --letter a --baseline old.deb --patched new.deb --advisory nowhere.toml --out x
refuses 2 'frobnicate' "$interlude" status --frobnicate --root device
refuses 2 '' "$interlude" frobnicate
refuses any 'nowhere' "$interlude" publish nowhere a
refuses any 'nowhere' "$interlude" status --root nowhere
[ ! -e x ] || die "a refused build left a folder"

check "what is said goes to a full disk: the work is done, and the exit code says that nobody heard of it"
code=0; "$interlude" status --root nowhere >/dev/full 2>&1 || code=$?
equal "$code" 3
code=0; "$interlude" install --root device >/dev/full 2>said || code=$?
equal "$code" 7; matches "$(cat said)" 'standard output'; equal "$(field device letter)" a
code=0; "$interlude" remove --root device >/dev/full 2>&1 || code=$?
equal "$code" 7; unchanged; fresh_device
for command in "status --json" status; do
  code=0; "$interlude" $command --root device >/dev/full 2>said || code=$?
  equal "$code" 7 "$command"; matches "$(cat said)" 'standard output'
done
code=0; "$interlude" install --root device 2>/dev/full >/dev/null || code=$?
equal "$code" 0 "only what is beside the result is lost"; run "$interlude" remove --root device; fresh_device
"$interlude" history --json --root device | true

check "what is a person's own is not taken for something unfinished, nor a device for a file"
mkdir z.partial; echo precious >z.partial/thesis
run "$interlude" build --platform $platform --baseline-version 12.11 --letter a --baseline old --patched new --component 'greeting=usr/lib/x86_64-linux-gnu/**' \
    --advisory advisory.toml --out z
equal "$(cat z.partial/thesis)" precious
[ -z "$(find . -maxdepth 1 -name '.*.interlude-partial')" ] || die "something unfinished is left"
ln -s nowhere link; seq 9 >nine
refuses 2 'no regular file' "$interlude" delta create nine nine link
refuses 2 'empty' "$interlude" status --root ''
code=0; "$interlude" doctor --json --root nowhere >doctor.json 2>/dev/null || code=$?
equal "$code" 9; equal "$(jq -s 'length' doctor.json)" 1; jq -e '.checks | length > 0' doctor.json >/dev/null

check "arguments that are refused are refused in JSON, too; a policy check names every file"
code=0; "$interlude" status --json --nonsense >refused.json 2>/dev/null || code=$?
equal "$code" 2; equal "$(jq -r .error.kind refused.json)" invalid; matches "$(jq -r .error.message refused.json)" nonsense
echo 'ring = "x"' >one.toml; echo 'nonsense = 1' >two-bad.toml
refuses 2 'one\.toml.*' "$interlude" policy check one.toml two-bad.toml
matches "$("$interlude" policy check one.toml two-bad.toml 2>&1 || true)" 'two-bad\.toml'
refuses 3 'there is no nowhere' "$interlude" policy show --root nowhere
equal "$("$interlude" policy check --json one.toml two-bad.toml 2>/dev/null | jq '[.files[] | select(.problem != null)] | length')" \
    "$("$interlude" policy check one.toml two-bad.toml 2>&1 | grep -c '\.toml:')"

check "what cannot be, or would be ignored, is said before anything is done"
try_init() { "$interlude" device init --root unusable --tree baseline --trusted-root "$(trusted_root repo)" --platform $platform --baseline-version 1 "$@"; }
refuses 2 'url.*ftp://example' try_init --url ftp://example.org
refuses 2 'proxy.*HOST' try_init --url "$url" --proxy 'http://'
refuses 2 'ca-file.*absolute' try_init --url "$url" --ca-file ca.pem
[ ! -e unusable ] || die "something is there"
refuses 2 'excludes --release' "$interlude" build --release release.toml --letter b --out x
refuses 2 'lies in' "$interlude" build --platform $platform --baseline-version 1 --letter a --baseline old --patched new --advisory advisory.toml --out new/usr/x
[ ! -e new/usr/x ] || die "something is there"
refuses 2 'root-keys' "$interlude" repo init many --root-keys 100000
equal "$("$interlude" repo sign repo)" "nothing is staged"

check "what is on already would not be installed; unlocking a folder's device is running the command"
run "$interlude" install --root device
matches "$("$interlude" install --dry-run --root device 2>/dev/null)" 'nothing would be installed'
code=0; "$interlude" unlock --root device -- sh -c 'exit 42' || code=$?
equal "$code" 42; [ ! -e device/run/interlude/baseline ] || die "something was mounted"
fresh_device

check "two at once"
exec 9>device/run/interlude/agent.lock 2>/dev/null || { mkdir -p device/run/interlude; exec 9>device/run/interlude/agent.lock; }
flock -n 9
refuses 9 'held|already|runs' "$interlude" agent --root device; unchanged
exec 9>&-

check "a dead server: status says so, and a later poll waits"
stop_server
refuses 6 '127\.0\.0\.1' "$interlude" install --root device; unchanged
"$interlude" agent --once --root device >/dev/null 2>&1 && die "a failed poll exits 0"
matches "$(field device last_error)" '127\.0\.0\.1'
[ "$(field device next_poll)" != null ] || die "no next poll"

check "a foreign file: its component is named with both hashes and left alone, others go on"
serve repo
mkdir -p two-old two-new; cp -a old/. two-old; cp -a new/. two-new
mkdir -p two-old/usr/lib/other two-new/usr/lib/other two-old/usr/lib/gone two-new/usr/lib/gone
seq 3000 >two-old/usr/lib/other/table; seq 3001 >two-new/usr/lib/other/table
echo old >two-old/usr/lib/gone/file; echo new >two-new/usr/lib/gone/file
cat advisory.toml >two.toml; write_advisory more.toml other; cat more.toml >>two.toml
run "$interlude" build --platform $platform --baseline-version 14 --letter a --baseline two-old --patched two-new \
    --component 'greeting=usr/lib/x86_64-linux-gnu/**' --component 'other=usr/lib/other/*' --component 'gone=usr/lib/gone/*' --advisory two.toml --out two
run "$interlude" publish repo two
cp -a two-old two-device; echo "local change" >>two-device/usr/lib/other/table; rm two-device/usr/lib/gone/file
provision two-state two-device 14
run "$interlude" agent --once --root two-state
equal "$(field two-state letter)" a
equal "$(field two-state 'components[] | select(.name == "other") | .state')" foreign
equal "$(field two-state 'components[] | select(.name == "gone") | .state')" absent
run "$interlude" status --root two-state
matches "$out" "$(sha256sum <two-device/usr/lib/other/table | cut -c1-64)"
matches "$out" "$(sha256sum <two-old/usr/lib/other/table | cut -c1-64)"
tree=$(field two-state active_tree)
equal "$(greeting_of "$tree")" "hello from the fixed code"
cmp "$tree/usr/lib/other/table" two-device/usr/lib/other/table
refuses 9 'other' "$interlude" install other --root two-state
cp -a two-new fixed-device; provision fixed-state fixed-device 14
run "$interlude" agent --once --root fixed-state
equal "$(field fixed-state 'components[0].state')" already-fixed
equal "$(field fixed-state letter)" null

echo "all refused"
