#!/bin/bash
# The package manager works on a patched system as if nothing were there, however it ends.
source ./lib.sh
source ./device.sh
libcrypto=/usr/lib/x86_64-linux-gnu/libcrypto.so.3
hash_of() { sha256sum <"$1" | cut -c1-64; }
is_on() { [ "$(hash_of $libcrypto)" = "$new" ]; }
dpkg_is_well() {
  equal "$(dpkg --audit)" "" "dpkg --audit"
  equal "$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' | grep -v '^ii' | grep -v '^rc' || true)" ""
}
new=$(cat new-libcrypto)
before=$(tree_hash /usr)

serve_repository
run provision
quick 0
run "$interlude" agent --once
equal "$(status .letter)" a
is_on || die "the fix is not on"
# what dpkg finds when it starts: written down by a hook of the test's own, which runs after ours
echo "pre-invoke=sha256sum $libcrypto | cut -c1-64 >/run/seen" >/etc/dpkg/dpkg.cfg.d/zz-test

check "another package is installed: dpkg sees the bare files, and what was on comes back"
run dpkg -i demo_1.deb
equal "$(cat /run/seen)" "$(cat old-libcrypto)"
eventually 60 is_on
dpkg_is_well
equal "$(status .letter)" a

check "dpkg dies early: a file that is not there"
fails dpkg -i /nowhere.deb
eventually 60 is_on

check "dpkg dies early: the lock is held; what was on comes back when the other is done"
python3 -c 'import fcntl, time, os
f = open("/var/lib/dpkg/lock-frontend", "w"); fcntl.lockf(f, fcntl.LOCK_EX); open("/run/locked", "w").close()
while not os.path.exists("/run/unlock"): time.sleep(0.05)' &
holder=$!
eventually 10 test -e /run/locked
fails dpkg -i demo_1.deb
touch /run/unlock; wait $holder
eventually 60 is_on

check "dpkg is killed in the middle, and carries on later"
fails dpkg -i killer_1.deb
eventually 60 is_on
touch /run/let-it-live
run dpkg --configure -a
eventually 60 is_on
dpkg_is_well

check "a package manager in a service, whose processes end with it: the agent comes back"
sed -i 's/^interval_minutes.*/interval_minutes = 600/' /etc/interlude/agent.d/test.toml  # it is no poll that looks
systemctl restart interlude-agent
run systemd-run -q --wait -p KillMode=control-group dpkg -i "$PWD/demo_1.deb"
eventually 90 is_on

check "another system's files are none of our business"
mkdir -p /tmp/other/var/lib/dpkg/{info,updates}; touch /tmp/other/var/lib/dpkg/{status,available}
rm -f /run/seen
run dpkg --root=/tmp/other --force-depends -i data_1.deb
equal "$(cat /run/seen)" "$new" "dpkg --root: nothing stepped aside"
is_on || die "it went off"

check "two at once: apt calls dpkg several times, and something else calls it meanwhile"
for ((i = 0; i < 3; i++)); do dpkg -i demo_1.deb >/dev/null 2>&1 || true; done
eventually 60 is_on
dpkg_is_well

check "a hook that cannot run, fails or is gone never blocks dpkg"
run dpkg -i data_1.deb
mv $guard $guard.away
run dpkg -r data
printf '#!/bin/sh\nexit 1\n' >$guard; chmod 755 $guard
run dpkg -i data_1.deb
chmod 644 $guard
run dpkg -r data
mv $guard.away $guard
eventually 60 is_on
run dpkg -r demo killer
eventually 60 is_on
dpkg_is_well

check "changed by hand: interlude unlock lets a command write to the bare files"
run $guard unlock -- touch /usr/lib/x86_64-linux-gnu/by-hand
eventually 60 is_on
[ -e /usr/lib/x86_64-linux-gnu/by-hand ] || die "what was written is not there"
run $guard unlock -- rm /usr/lib/x86_64-linux-gnu/by-hand
eventually 60 is_on

check "apt-get upgrade of the patched package itself: the operating system has caught up"
echo "deb [trusted=yes] file:$PWD/apt ./" >/etc/apt/sources.list.d/test.list
run apt-get -q update
run env DEBIAN_FRONTEND=noninteractive apt-get -q -y upgrade
equal "$(dpkg-query -W -f '${Version}' libssl3)" "$(cat new-version-full)"
equal "$(hash_of $libcrypto)" "$new"
dpkg_is_well
equal "$(verify_packages libssl3 openssl)" ""
run "$interlude" agent --once
"$interlude" status
equal "$(status '.components | map(select(.state == "on")) | length')" 0 "components that are on"
equal "$($guard status | awk '$1 == "hierarchy" && $3 != "baseline"')" ""
