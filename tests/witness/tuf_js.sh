#!/usr/bin/env bash
# npm's tuf-js follows repositories made by `interlude`, and refuses them where they were tampered with.
#
#   tuf_js.sh INTERLUDE_PROGRAM
source "$(dirname "$0")/lib.sh"

metadata() { ls "$1/public/metadata"; }
# The names of all targets in the newest list of a role.
names_in() { # REPO ROLE
  local newest
  newest=$(metadata "$1" | grep -E "^[0-9]+\.$2\.json$" | sort -n | tail -1)
  jq -r '.signed.targets | keys[]' "$1/public/metadata/$newest"
}
lists_of() { metadata "$1" | sed -nE 's/^[0-9]+\.(debian-.*)\.json$/\1/p' | sort -u; }
# client DIR: a new tuf-js client that trusts the first root
client() { mkdir -p "$1/metadata" "$1/files"; cp repo/public/metadata/1.root.json "$1/metadata/root.json"; }
# by_tuf_js DIR NAME…: that client downloads them
by_tuf_js() { local dir=$1; shift; node "$witness/tuf_js_client.js" "$url" "$dir/metadata" "$dir/files" "$@"; }
same_as_published() { # DIR NAME: the bytes are those that the signed list of ours names
  local file hash
  file=$1/files/$(jq -rn --arg name "$2" '$name | @uri'); hash=$(sha256sum "$file" | cut -c1-64)
  cmp "$file" "repo/public/targets/$(dirname "$2")/$hash.$(basename "$2")"
}
# tampered COMMAND: serves a copy of the repository on which COMMAND was run, in its public folder
tampered() {
  stop_server; rm -rf evil; cp -a repo evil
  (cd evil/public && eval "$1"); serve evil
}

make_baseline
run "$interlude" repo init repo
publish_letter repo a "what was fixed"
publish_letter repo a "what was fixed" 12.10
serve repo

check "tuf-js downloads every file of every improvement"
client honest
for list in $(lists_of repo); do
  mapfile -t names < <(names_in repo "$list")
  [ "${#names[@]}" -ge 2 ] || die "the list $list has ${#names[@]} targets"
  run by_tuf_js honest "${names[@]}"
  for name in "${names[@]}"; do same_as_published honest "$name"; done
done
equal "$(lists_of repo | wc -l)" 2
first=${names[0]}
cp -a honest old

check "it follows a second letter, and metadata that was signed again"
cp -a repo before
publish_letter repo b "what else was fixed"
mapfile -t names < <(names_in repo "$platform-12.11")
run by_tuf_js honest "${names[@]}"
for name in "${names[@]}"; do same_as_published honest "$name"; done
matches "${names[*]}" "/b/"
run "$interlude" repo refresh repo
run by_tuf_js honest
cmp honest/metadata/timestamp.json repo/public/metadata/timestamp.json

check "a name that is not there"
refuses 1 "not found" by_tuf_js honest "local/$platform/12.11/z/manifest.json.zst"

payload=$(printf '%s\n' "${names[@]}" | grep -v manifest | tail -1)
file=targets/$(dirname "$payload")/*.$(basename "$payload")
check "a changed payload"
tampered "for f in $file; do printf X | dd of=\"\$f\" bs=1 seek=20 conv=notrunc status=none; done"
refuses 1 "Expected hash" by_tuf_js honest "$payload"
check "a longer payload"
tampered "for f in $file; do echo more >>\"\$f\"; done"
refuses 1 "Max length reached" by_tuf_js honest "$payload"
check "a changed list"
client fresh
tampered "sed -i 's/\"length\":[0-9]/&0/' metadata/*.$platform-12.11.json"
refuses 1 "Unable to load targets" by_tuf_js fresh "$payload"
check "a timestamp signed by nobody who may"
client fresh2
tampered "sed -Ei 's/\"sig\":\"[0-9a-f]{8}/\"sig\":\"00000000/' metadata/timestamp.json"
refuses 1 "signed by 0/1 keys" by_tuf_js fresh2

check "older metadata than before"
stop_server; serve repo
run by_tuf_js old "$first"
stop_server; serve before
refuses 1 "timestamp version .* is less than" by_tuf_js old

check "an expired timestamp"
stop_server; serve repo
client late
refuses 1 "expired" env FAKETIME_DONT_FAKE_MONOTONIC=1 faketime -f '+8d' \
  node "$witness/tuf_js_client.js" "$url" late/metadata late/files
run by_tuf_js late "$payload"
stop_server

# keys_of ROLE: ids of those that the newest root names for it
newest_root() { metadata repo | grep -E '^[0-9]+\.root\.json$' | sort -n | tail -1; }
keys_of() { jq -r ".signed.roles.$1.keyids[]" "repo/public/metadata/$(newest_root)"; }
# follows CLIENT: to the newest root, timestamp and file
follows() {
  rm -rf "$1/files"; mkdir "$1/files"
  run by_tuf_js "$1" "$payload"
  same_as_published "$1" "$payload"
  cmp "$1/metadata/root.json" "repo/public/metadata/$(newest_root)"
  cmp "$1/metadata/timestamp.json" repo/public/metadata/timestamp.json
}

check "every key of the root replaced, one by one: who knows the first root follows to the newest, as who was there before"
first_keys=$(keys_of root)
for id in $first_keys; do run "$interlude" repo rotate repo root --out "$id"; done
equal "$(keys_of root | grep -cxF "$first_keys" || true)" 0 "keys of the first root in the newest"
equal "$(newest_root)" 4.root.json
serve repo
client from-first
follows from-first
follows honest

check "a timestamp key replaced"
former=$(keys_of timestamp); cp repo/public/metadata/timestamp.json former.json
run "$interlude" repo rotate repo timestamp
[ "$(keys_of timestamp)" != "$former" ] || die "the timestamp has the key that it had"
follows from-first
follows honest
client from-first2
follows from-first2

check "what the former timestamp key signed"
client fresh3
tampered "cp ../../former.json metadata/timestamp.json"
refuses 1 "signed by 0/1 keys" by_tuf_js fresh3
check "a root that the one before did not sign"
client fresh4
tampered "sed -Ei 's/\"sig\":\"[0-9a-f]{8}/\"sig\":\"00000000/g' metadata/2.root.json"
refuses 1 "signed by 0/2 keys" by_tuf_js fresh4
stop_server
