#!/usr/bin/env bash
# The command line as others script against it, on real packages: every command of the contract once, as written.
source "$(dirname "$0")/lib.sh"

build_library old "hello from the old code"
build_library mid "hello from the code between"
build_library new "hello from the fixed code"
package old libgreeting1 1.0-1 old.deb
package mid libgreeting1 1.0-2 mid.deb
package new libgreeting1 1.0-3 new.deb
write_advisory advisory.toml greeting
cp -a old baseline; baseline_before=$(tree_hash baseline)

check "repo init prints the trusted root, repo status has it"
run "$interlude" repo init repo
root_file=$(trusted_root repo)
[ -s "$root_file" ] || die "no file at trusted_root: $root_file"
matches "$out" "$(basename "$root_file")"
equal "$(stat -c %a repo/keys/offline/root-1.pem)" 600

check "build from two packages; inspect shows component and advisory"
run "$interlude" build --platform $platform --baseline-version 12.11 --letter a --baseline old.deb --patched mid.deb \
    --advisory advisory.toml --out a
run "$interlude" inspect a
matches "$out" CVE-2026-1000
run "$interlude" inspect a --json
equal "$(jq -r '.components[0].name' <<<"$out")" greeting
equal "$(jq -r '.id' <<<"$out")" "local/$platform/12.11/a"

check "build is deterministic"
run "$interlude" build --platform $platform --baseline-version 12.11 --letter a --baseline old.deb --patched mid.deb \
    --advisory advisory.toml --out a2
diff -r a a2 || die "two builds differ"

check "build from trees with named components"
write_advisory tree-advisory.toml library
run "$interlude" build --platform $platform --baseline-version 12.11 --letter a --baseline old --patched mid \
    --component 'library=usr/lib/**' --advisory tree-advisory.toml --out from-trees
equal "$(jq -r '.components[0].name' from-trees/manifest.json)" library

check "publish, serve with Range and If-None-Match"
run "$interlude" publish repo a
serve repo
etag=$(curl -sI "$url/metadata/timestamp.json" | tr -d '\r' | sed -n 's/^[Ee][Tt]ag: //p')
equal "$(curl -s -o /dev/null -w '%{http_code}' -H "If-None-Match: $etag" "$url/metadata/timestamp.json")" 304
equal "$(curl -s -H 'Range: bytes=0-3' "$url/metadata/timestamp.json" | wc -c)" 4
equal "$(curl -s -o /dev/null -w '%{http_code}' -H 'Range: bytes=0-3' "$url/metadata/timestamp.json")" 206
equal "$(curl -s -o /dev/null -w '%{http_code}' "$url/../keys/offline/root.pem" --path-as-is)" 404

check "device init, status on the baseline"
provision device baseline 12.11
equal "$(field device letter)" null
equal "$(field device baseline)" 12.11
equal "$(field device active_tree)" "$(realpath baseline)"
equal "$(greeting_of "$(field device active_tree)")" "hello from the old code"

check "two files and what the operating system says of itself are enough; nothing else need be prepared"
mkdir -p two-files/etc/interlude two-files/usr/lib/interlude
printf '[backend]\nkind = "tree"\ntree = "%s"\n' "$PWD/baseline" >two-files/usr/lib/interlude/agent.toml
printf '[source]\nurls = ["%s"]\n' "$url" >two-files/etc/interlude/agent.toml
cp "$(trusted_root repo)" two-files/etc/interlude/trusted-root.json
printf 'ID=debian\nVERSION_ID="12"\n' >two-files/etc/os-release
echo 12.11 >two-files/etc/debian_version
refuses 3 "has never run" "$interlude" status --root two-files
run "$interlude" agent --once --root two-files
equal "$(field two-files 'platform + " " + .baseline + .letter')" "debian-12-$(uname -m) 12.11a"
rm -rf again; mkdir -p again; cp -a two-files/usr two-files/etc again/
refuses 9 "is a device already" "$interlude" device init --root again --trusted-root "$(trusted_root repo)" --url "$url"
run "$interlude" device init --force --root again --trusted-root "$(trusted_root repo)" --url "$url"
equal "$(grep -c 'platform\|baseline\|tree' again/etc/interlude/agent.toml || true)" 0 "left to what says it"
equal "$(field again 'platform + " " + .baseline')" "debian-12-$(uname -m) 12.11"

check "check shows what is available and installs nothing"
run "$interlude" check --root device
matches "$out" '\(a\)'
equal "$(field device letter)" null

check "agent --once installs it; steps are printed with --verbose"
"$interlude" agent --once --verbose --root device >agent.out 2>agent.err || die "agent: $(cat agent.err)"
grep -q '^step ' agent.err || die "no step lines: $(cat agent.err)"
equal "$(field device letter)" a
for name in baseline letter state reason active_tree components bytes_received payload_bytes published_at active_at; do
  "$interlude" status --json --root device | jq -e "has(\"$name\")" >/dev/null || die "status --json has no $name"
done
equal "$(field device 'components[0].name')" greeting
equal "$(field device 'components[0].before')" 1.0-1
equal "$(field device 'components[0].after')" 1.0-2
[ "$(field device bytes_received)" -ge "$(field device payload_bytes)" ] || die "bytes_received below payload_bytes"
[ "$(field device payload_bytes)" -gt 0 ] || die "no payload bytes"
tree_a=$(field device active_tree)
equal "$(greeting_of "$tree_a")" "hello from the code between"
cmp "$tree_a/usr/lib/x86_64-linux-gnu/libgreeting.so.1.0" mid/usr/lib/x86_64-linux-gnu/libgreeting.so.1.0
equal "$(tree_hash "$tree_a")" "$(tree_hash mid)" "the active tree is the patched package's"
run "$interlude" status --root device
matches "$out" '12\.11 \(a\)'; matches "$out" CVE-2026-1000

check "a poll with nothing new changes nothing"
before=$(device_hash device baseline)
run "$interlude" agent --once --root device
equal "$(device_hash device baseline)" "$before"

check "remove restores the baseline and is remembered"
run "$interlude" remove --root device
equal "$(field device letter)" null
equal "$(tree_hash "$(field device active_tree)")" "$baseline_before"
run "$interlude" agent --once --root device
equal "$(field device letter)" null "the removed letter came back by itself"

check "install brings it back when asked"
run "$interlude" install --root device
equal "$(field device letter)" a

check "letter (b) contains (a), arrives as a patch from (a), and history tells"
run "$interlude" build --platform $platform --baseline-version 12.11 --letter b --baseline old.deb --patched new.deb \
    --from a --advisory advisory.toml --out b
run "$interlude" publish repo b
run "$interlude" agent --once --root device
equal "$(field device letter)" b
equal "$(greeting_of "$(field device active_tree)")" "hello from the fixed code"
run "$interlude" history --root device
matches "$out" '\(b\)'

check "step back to (a), by the administrator"
run "$interlude" install --letter a --root device
equal "$(field device letter)" a
equal "$(tree_hash "$(field device active_tree)")" "$(tree_hash mid)"

check "settings: automatic off shows what is available and installs nothing"
provision quiet baseline 12.11
run "$interlude" settings automatic off --root quiet
run "$interlude" agent --once --root quiet
equal "$(field quiet letter)" null
equal "$(field quiet available)" b
run "$interlude" settings automatic on --root quiet
run "$interlude" agent --once --root quiet
equal "$(field quiet letter)" b

check "a release of two baselines: all cells or none"
cat >release.toml <<TOML
advisory = "advisory.toml"
[[cell]]
platform = "$platform"
baseline_version = "13.0"
letter = "a"
baseline = ["old.deb"]
patched = ["new.deb"]
[[cell]]
platform = "$platform"
baseline_version = "13.1"
letter = "a"
baseline = ["mid.deb"]
patched = ["new.deb"]
TOML
run "$interlude" build --release release.toml --out release
sed 's/mid.deb/missing.deb/' release.toml >broken.toml
refuses any 'missing\.deb' "$interlude" build --release broken.toml --out broken
[ ! -e broken ] || die "a failed release left its folder"
run "$interlude" publish repo release
provision thirteen mid 13.1
run "$interlude" agent --once --root thirteen
equal "$(tree_hash "$(field thirteen active_tree)")" "$(tree_hash new)"

check "an unknown baseline says so and is no error of the agent"
provision stranger baseline 12.9
run "$interlude" agent --once --root stranger
matches "$(field stranger reason)" 'no improvement for this baseline'

check "the resident agent switches by itself and ends on SIGTERM"
provision resident baseline 12.11
"$interlude" agent --root resident >resident.log 2>&1 &
pids+=($!)
for i in $(seq 300); do [ "$(field resident letter)" = b ] && break; sleep 0.1; done
equal "$(field resident letter)" b
refuses 9 'already|held|runs' "$interlude" agent --root resident
kill "${pids[-1]}"; code=0; wait "${pids[-1]}" || code=$?; unset 'pids[-1]'
equal "$code" 0 "exit code of the agent after SIGTERM"

check "delta create and apply, files and folders"
cp old/usr/lib/x86_64-linux-gnu/libgreeting.so.1.0 one; cp new/usr/lib/x86_64-linux-gnu/libgreeting.so.1.0 two
run "$interlude" delta create one two patch
run "$interlude" delta apply one patch out-file
cmp two out-file
[ "$(stat -c %s patch)" -lt $(($(stat -c %s two) / 4)) ] || die "the patch is not small"
run "$interlude" delta create old new folder.patch
run "$interlude" delta apply old folder.patch rebuilt
equal "$(tree_hash rebuilt)" "$(tree_hash new)"
refuses any 'two|old file|expects|SHA' "$interlude" delta apply two patch wrong
[ ! -e wrong ] || die "a refused apply left a file"
refuses 3 'the folder of nowhere/patch' "$interlude" delta create one two nowhere/patch
if grep -q Making "$work/err"; then die "it worked before it looked where the patch goes"; fi
refuses 2 'no subcommand "frobnicate"' "$interlude" frobnicate
refuses 2 'no subcommand "frobnicate"' "$interlude" delta frobnicate
refuses 2 'A subcommand is required' "$interlude" delta

check "every command has --help with an example"
for command in "repo init" "repo status" "repo refresh" "repo add-key" "repo remove-key" "repo rotate" "repo sign" "repo verify" \
               "repo export" build inspect publish serve "device init" agent check install remove status \
               history settings "delta create" "delta apply"; do
  # shellcheck disable=SC2086
  run "$interlude" $command --help
  matches "$out" Example
done

equal "$(tree_hash baseline)" "$baseline_before" "the baseline folder was written"
echo "contract holds"
