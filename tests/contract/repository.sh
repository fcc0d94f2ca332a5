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
grep -qF '12.11 (b)' repo/public/security/index.html || die "the pages do not show what was announced"
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

check "pages for people: served, valid, and whatever the publisher wrote is text"
cat >advisory.toml <<'TOML'
[[advisory]]
id = "CVE-2026-2000"
impact = "</style><script>alert(1)</script>"
description = "\"><img src=x onerror=alert(1)> & more"
references = ["https://example.org/?a=1&b=2", "javascript:alert(1)"]
TOML
run build 12.11 c c; run "$interlude" publish repo c
serve repo
head_of() { curl -sSfI "$url/security/$1" | tr -d '\r'; }
matches "$(head_of '')" '^Content-Type: text/html; charset=utf-8$'
matches "$(head_of feed.atom)" '^Content-Type: application/atom\+xml$'
run curl -sSf "$url/security/"
equal "$(grep -oE 'href="[a-z0-9_./-]+html"' <<<"$out" | sort | xargs)" \
      "$(for id in 12.10/a 12.11/a 12.11/b 12.11/c; do echo "href=$platform/$id.html"; done | xargs)"
run curl -sSf "$url/security/$platform/12.11/c.html"
matches "$out" '&lt;script&gt;alert'; matches "$out" "default-src 'none'"; matches "$out" '1.0-1 → 1.0-2'
! grep -qE '<script|<img|href="javascript' <<<"$out" || die "a text of the advisory became part of the page"
matches "$(curl -sSf "$url/security/$platform/12.11/a.html")" '12.11 \(c\) is newer'
stop_server
find repo/public/security -name '*.html' -print0 | xargs -0 -n 1 tidy -quiet -errors || die "not valid HTML"

check "the feed is Atom"
cat >atom.py <<'PYTHON'
import datetime, re, sys, urllib.parse, xml.etree.ElementTree as tree
atom = "{http://www.w3.org/2005/Atom}"
feed = tree.parse(sys.argv[1]).getroot()
entries = feed.findall(atom + "entry")
assert feed.tag == atom + "feed" and len(entries) == int(sys.argv[2]), len(entries)
ids, times = set(), []
for one in [feed] + entries:  # RFC 4287, 4.1.1 and 4.1.2: each of these exactly once
    title, identity, updated = (one.findall(atom + name) for name in ("title", "id", "updated"))
    assert len(title) == len(identity) == len(updated) == 1 and title[0].text
    assert re.fullmatch(r"tag:[a-z]+,\d{4}-\d\d-\d\d:\d{6}/[\w./-]+", identity[0].text), identity[0].text
    ids.add(identity[0].text)
    times.append(datetime.datetime.strptime(updated[0].text, "%Y-%m-%dT%H:%M:%SZ"))
    links = [link for link in one.findall(atom + "link") if link.get("rel") == "alternate"]
    assert len(links) == 1 and links[0].get("type") == "text/html"
    print(urllib.parse.urljoin("https://base.example/security/feed.atom", links[0].get("href")))
assert len(ids) == len(entries) + 1 and feed.findtext(atom + "author/" + atom + "name")
assert times[1:] == sorted(times[1:], reverse=True) and times[0] == times[1]
PYTHON
run python3 atom.py repo/public/security/feed.atom 4
equal "$(head -n 1 <<<"$out")" https://base.example/security/index.html
matches "$out" "https://base.example/security/$platform/12.11/c.html"

check "pages are made again, the same, from what is signed"
before=$(tree_hash repo/public)
run "$interlude" repo pages repo --json; equal "$(jq -c '[.pages, .changed]' <<<"$out")" '[6,0]'
rm -r repo/public/security
run "$interlude" repo pages repo; matches "$out" '6 pages, 6 changed'
equal "$(tree_hash repo/public)" "$before"
refuses 2 'base-url' "$interlude" repo pages repo --base-url 'ftp://example.org'
printf '\n[pages]\nbase_url = "https://example.org/x"\n' >>repo/repository.toml
run "$interlude" repo pages repo; matches "$out" '6 changed'
run python3 atom.py repo/public/security/feed.atom 4; equal "$(head -n 1 <<<"$out")" https://example.org/x/security/index.html
echo changed >repo/public/security/index.html; run "$interlude" repo verify repo; matches "$out" 'all as signed'

check "publishing does not fail for want of pages"
rm -r repo/public/security; touch repo/public/security
run build 12.10 b other-b; run "$interlude" publish repo other-b --json
matches "$(jq -r '.warnings[0]' <<<"$out")" 'repo pages repo` writes them'
equal "$(jq -r '.published[0]' <<<"$out")" "local/$platform/12.10/b"
rm repo/public/security; run "$interlude" repo pages repo; matches "$out" '7 changed'
