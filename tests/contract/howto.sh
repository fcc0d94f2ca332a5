#!/usr/bin/env bash
# Every command in docs/howto that deals with keys is run as it stands, each page in a folder of its own.
source "$(dirname "$0")/lib.sh"
pages=$(realpath "$here/../../docs/howto")
mkdir bin; ln -s "$interlude" bin/interlude; export PATH=$work/bin:$PATH

for page in key-ceremony key-rotation recovery-after-compromise; do
  check "$page.md"
  sed -n '/^```sh$/,/^```$/{/^```/d;p}' "$pages/$page.md" >"$work/$page.sh"
  [ "$(wc -l <"$work/$page.sh")" -ge 5 ] || die "no commands found in $page.md"
  mkdir "$work/$page"
  (cd "$work/$page" && bash -euo pipefail "$work/$page.sh") >"$work/$page.out" 2>&1 ||
    die "$page.md: a command failed"$'\n'"$(tail -n 20 "$work/$page.out")"
  run "$interlude" repo verify "$work/$page/repo"
  run "$interlude" repo status "$work/$page/repo" --json
  equal "$(jq -r .staged <<<"$out")" null "$page.md leaves something staged"
done

check "what they end with"
equal "$(jq '[.roles[] | select(.name == "root")][0] | .version' <(interlude repo status key-ceremony/repo --json))" 1
[ ! -e key-ceremony/repo/keys/offline/root-1.pem ] || die "a root key's private half is on the publishing machine"
equal "$(jq -c '[.roles[] | select(.name == "root")][0] | [.threshold, (.keys | length)]' <(interlude repo status key-rotation/repo --json))" "[3,4]"
