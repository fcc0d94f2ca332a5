#!/usr/bin/env bash
# OpenSSL's command line verifies what `interlude` signs, over bytes that jq wrote.
#
#   openssl.sh INTERLUDE_PROGRAM
#
# The signed bytes are the canonical form of "signed". jq's sorted compact form is the same where no text holds a control
# character, as in all that `interlude` signs with Ed25519 keys; that is checked, too.
source "$(dirname "$0")/../contract/lib.sh"

# verify MESSAGE KEY_HEX SIGNATURE_HEX: exit status of openssl
verify() {
  { printf '302a300506032b6570032100%s' "$2" | tr -d '\n' | hex_to_bytes; } >key.der
  printf '%s' "$3" | hex_to_bytes >signature
  openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in "$1" -sigfile signature >openssl.log 2>&1
}
hex_to_bytes() { local hex; hex=$(cat); printf '%b' "$(sed 's/../\\x&/g' <<<"$hex")"; }

mkdir -p baseline/usr/share/greeting patched/usr/share/greeting
seq 3000 >baseline/usr/share/greeting/text
{ seq 3000; echo "ä \"quoted\" \\"; } >patched/usr/share/greeting/text
write_advisory advisory.toml greeting
run "$interlude" repo init repo
run "$interlude" build --platform "$platform" --baseline-version 12.11 --letter a --baseline baseline --patched patched \
    --component 'greeting=**' --advisory advisory.toml --out a
run "$interlude" publish repo a

# All keys that any list names, as "ID HEX".
jq -r '(.signed.keys // .signed.delegations.keys // {}) | to_entries[] | "\(.key) \(.value.keyval.public)"' \
   repo/public/metadata/*.json | sort -u >keys
verified=0
for file in repo/public/metadata/*.json; do
  check "$(basename "$file")"
  jq -cSj .signed "$file" >message
  [ "$(LC_ALL=C tr -d '\000-\037' <message | wc -c)" = "$(wc -c <message)" ] && ! grep -q '\\u00' message ||
    die "a control character: jq's form is not the canonical one"
  case $file in *.root.json) signatures=2 ;; *) signatures=1 ;; esac
  equal "$(jq '.signatures | length' "$file")" "$signatures"
  { cat message; echo; } >longer
  while read -r id signature; do
    key=$(awk -v id="$id" '$1 == id { print $2 }' keys)
    [ -n "$key" ] || die "no list names the key $id"
    verify message "$key" "$signature" || die "openssl refuses the signature: $(cat openssl.log)"
    if verify longer "$key" "$signature"; then die "openssl accepts other bytes"; fi
    verified=$((verified + 1))
  done < <(jq -r '.signatures[] | "\(.keyid) \(.sig)"' "$file")
done
[ "$verified" -ge 8 ] || die "only $verified signatures were verified"

check "key ids are hashes of the keys"
jq -cS '(.signed.keys // .signed.delegations.keys // {}) | to_entries[]' repo/public/metadata/*.json | while read -r entry; do
  equal "$(jq -cSj .value <<<"$entry" | sha256sum | cut -c1-64)" "$(jq -r .key <<<"$entry")"
done
