#!/usr/bin/env bash
# The publisher's gate, through the command line, on real packages: what passes without a word, what is refused, and
# what can be allowed.
source "$(dirname "$0")/lib.sh"
library=usr/lib/x86_64-linux-gnu/libgreeting.so.1.0

old_and_new
judge() { "$interlude" build --platform $platform --baseline-version 12.11 --letter a --advisory advisory.toml "$@"; }
packages=(--baseline old.deb --patched new.deb)

check "a fix that changes nothing else passes without a flag; what is proposed is used"
run judge "${packages[@]}" --check-only --json
equal "$(jq -c '[.gate.blockers, .gate.warnings, .gate.allowed]' <<<"$out")" '[[],[],[]]'
equal "$(jq -c '.gate.apply | map([.component, .proposed, .used])' <<<"$out")" '[["greeting","live-with-restart","live-with-restart"]]'
run judge "${packages[@]}" --out a --json
equal "$(jq -r '.gate.apply[0].reason | test("libgreeting.so.1.0")' <<<"$out")" true
equal "$(jq -c '[.allowances, .components[0].apply]' a/manifest.json)" '[null,null]'

check "--check-only writes nothing and needs no --out"
before=$(ls)
run judge "${packages[@]}" --check-only
matches "$out" 'the gate passes it, 0 allowed, 0 warning'
equal "$(ls)" "$before"
refuses 2 'out is missing' judge "${packages[@]}"

check "everything that is wrong is said at once, and nothing is left"
cp -a new broken
build_library broken "hello from the fixed code" 'extern "C" int another() { return 1; }'
g++ -O1 -shared -fPIC -Wl,-soname,libgreeting.so.2,-rpath,/opt/lib -o broken/$library -x c++ - <<<'extern "C" const char* greeting() { return ""; }'
chmod 4755 broken/usr/bin/greet
package broken libgreeting1 1.0-2 broken.deb
refuses 8 'setuid' judge --baseline old.deb --patched broken.deb --out refused
for said in 'blockers, docs/gate.md' 'nothing allows it' 'its soname changes \[was: libgreeting.so.1; is: libgreeting.so.2\]' \
            'exported symbol disappears: count' 'is: RUNPATH /opt/lib' "--allow \"symbol:$library=REASON\""; do
  grep -qE -e "$said" err || die "not said: $said"$'\n'"$(cat err)"
done
[ ! -e refused ] || die "a refused build left its folder"
refuses 8 'setuid' judge --baseline old.deb --patched broken.deb --check-only

check "--json of a refusal has every blocker with what was, what is and what would allow it"
code=0; judge --baseline old.deb --patched broken.deb --check-only --json >refusal.json 2>/dev/null || code=$?
equal "$code" 8
equal "$(jq -r .error.kind refusal.json)" denied
equal "$(jq -c '[.gate.blockers[].rule] | unique' refusal.json)" '["search-path","setuid","soname","symbol"]'
equal "$(jq -c '.gate.blockers[] | select(.rule == "setuid") | .allow' refusal.json)" null
equal "$(jq -r '.gate.blockers[] | select(.rule == "soname") | [.path, .before, .after, .component, .allow] | join(" ")' refusal.json)" \
      "$library libgreeting.so.1 libgreeting.so.2 greeting soname:$library=REASON"

check "what is allowed, with its reason, is built and kept in the manifest; a setuid bit never is"
allowed=(--allow "soname:usr/lib/*=nobody else links it" --allow "symbol=count was never used" --allow "search-path=ours")
refuses 8 '1 blocker' judge --baseline old.deb --patched broken.deb "${allowed[@]}" --out refused
chmod 0755 broken/usr/bin/greet; package broken libgreeting1 1.0-2 broken.deb
run judge --baseline old.deb --patched broken.deb "${allowed[@]}" --allow "needed=never needed" --out allowed
grep -q 'needed: was not needed' err || die "an allowance too many is not named: $(cat err)"
equal "$(jq -c '.allowances' allowed/manifest.json)" \
  '[{"reason":"nobody else links it","rule":"soname:usr/lib/*"},{"reason":"count was never used","rule":"symbol"},{"reason":"ours","rule":"search-path"}]'
run judge --baseline old.deb --patched broken.deb "${allowed[@]}" --out again
equal "$(tree_hash again)" "$(tree_hash allowed)"
refuses 2 'no such rule; those that can be allowed: capability, .*triggers' judge "${packages[@]}" --allow setuid=please --check-only
refuses 2 'expected RULE=REASON' judge "${packages[@]}" --allow symbol --check-only

check "a maintainer script that changes is refused, one that names its own version is not"
script() { # VERSION TEXT OUT.deb
  rm -rf scripted; cp -a "$([ "$1" = 1.0-1 ] && echo old || echo new)" scripted; mkdir -p scripted/DEBIAN
  printf '#!/bin/sh\n[ "$2" != "%s" ] || exit 0\n%s\n' "$1" "$2" >scripted/DEBIAN/postinst; chmod 755 scripted/DEBIAN/postinst
  package scripted libgreeting1 "$1" "$3"
}
script 1.0-1 ldconfig one.deb; script 1.0-2 ldconfig two.deb; script 1.0-2 'ldconfig -v' three.deb
run judge --baseline one.deb --patched two.deb --check-only
refuses 8 'libgreeting1/postinst .*is: line 3: ldconfig -v' judge --baseline one.deb --patched three.deb --check-only

check "an apply that is earlier than proposed is a warning, and is used"
mkdir -p helper-old/usr/libexec helper-new/usr/libexec
cp old/usr/bin/greet helper-old/usr/libexec/greet; cp helper-old/usr/libexec/greet helper-new/usr/libexec/greet
printf x >>helper-new/usr/libexec/greet
helpers=(--baseline helper-old --patched helper-new --component 'greeting=usr/libexec/*')
run judge "${helpers[@]}" --out proposed
equal "$(jq -r '.components[0].apply' proposed/manifest.json)" when-not-running
run judge "${helpers[@]}" --apply live --out earlier
grep -q 'warning: greeting: switches earlier than proposed.*usr/libexec/greet' err || die "no warning: $(cat err)"
equal "$(jq -r '.components[0].apply' earlier/manifest.json)" live

check "of a release every cell is judged"
cell() { printf '[[cell]]\nplatform = "%s"\nbaseline_version = "%s"\nletter = "a"\nbaseline = ["%s"]\npatched = ["%s"]\n' $platform "$@"; }
{ echo 'advisory = "advisory.toml"'; cell 1 old.deb broken.deb; cell 2 old.deb new.deb; cell 3 one.deb three.deb; } >release.toml
refuses 8 "$platform/1/a: the gate refuses" "$interlude" build --release release.toml --out release
grep -q "$platform/3/a: the gate refuses" err || die "the third cell is not named: $(cat err)"
[ ! -e release ] || die "a refused release left its folder"
code=0; "$interlude" build --release release.toml --check-only --json >release.json 2>/dev/null || code=$?
equal "$code" 8
equal "$(jq -c '[.improvements[] | .gate.blockers | length > 0]' release.json)" '[true,false,true]'

echo "the gate holds"
