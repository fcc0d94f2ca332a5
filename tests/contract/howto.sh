#!/usr/bin/env bash
# Every command in docs/howto that deals with keys is run as it stands, each page in a folder of its own.
source "$(dirname "$0")/lib.sh"
pages=$(realpath "$here/../../docs/howto")
mkdir bin; ln -s "$interlude" bin/interlude; export PATH=$work/bin:$PATH

check "rolling-out.md and fifty-laptops.md"
(old_and_new && build 12.11 a a && build 12.11 b b) >/dev/null
for page in rolling-out fifty-laptops; do
  sed -n '/^```sh$/,/^```$/{/^```/d;p}' "$pages/$page.md" >"$work/$page.sh"
  mkdir "$work/$page"; cp -a a b old.deb new.deb baseline "$work/$page"; [ $page = rolling-out ] || rm -r "$work/$page/a"
  # What a page starts in the background ends with it.
  (cd "$work/$page" && bash -euo pipefail -c ". '$work/$page.sh'; jobs -p | xargs -r kill") >"$work/$page.out" 2>&1 ||
    die "$page.md: a command failed"$'\n'"$(tail -n 20 "$work/$page.out")"
done
equal "$(grep -c '^interlude ' fifty-laptops.sh)" 8 "commands of fifty-laptops.md"
equal "$(interlude status --root fifty-laptops/laptop --json | jq -r .letter)" a
matches "$(cat fifty-laptops/curve.svg rolling-out/curve.svg 2>/dev/null)" '<svg'
equal "$(interlude rollout status rolling-out/repo --json | jq -c '[.improvements[].rollout.state]')" '["withdrawn","running"]'

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
