#!/bin/bash
# The packages on a real system: whoever installs, provisions, upgrades, removes and purges them finds what he expects, and dpkg
# works whatever state they are in. The device follows a folder (backend "tree"), so that nothing else is needed.
source ./lib.sh
agent=$(ls "$PWD"/packages/interlude-agent_*.deb) publisher=$(ls "$PWD"/packages/interlude-publisher_*.deb)
guard=/usr/libexec/interlude/interlude-guard
hook=/etc/dpkg/dpkg.cfg.d/interlude
apt() { run env -u DEBIAN_FRONTEND apt-get -q -y --no-install-recommends "$@" </dev/null; }
nothing_failed() { equal "$(systemctl --failed --no-legend --plain)" "" "failed units"; }
field() { interlude status --json | jq -r ".$1"; }

# The harness has put the product there already
if dpkg -s interlude-agent >/dev/null 2>&1; then run dpkg --purge interlude-agent; fi

# A package of nobody's, in two versions, to see whether dpkg works
mkdir -p other/DEBIAN
other() {
  printf 'Package: other\nVersion: %s\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: other\n' "$1" >other/DEBIAN/control
  dpkg-deb --root-owner-group -b other "other_$1.deb" >/dev/null
}
other 1; other 2
dpkg_works() {
  run dpkg -i "other_$((1 + RANDOM % 2)).deb"
  run dpkg -r other
  equal "$(dpkg --audit)" ""
}

check "the agent alone is installed by apt, and does nothing: nobody has provisioned the device"
apt install "$agent"
nothing_failed
for unit in interlude-agent interlude-arm interlude-boot-check; do
  equal "$(systemctl is-enabled $unit)" enabled $unit
  run systemctl start $unit
  equal "$(systemctl is-active $unit || true)" inactive $unit
done
nothing_failed
units=$(systemd-analyze verify --man=no interlude-{agent,arm,boot-check,bus}.service 2>&1 | grep interlude || true)
equal "$units" "" "what systemd finds in the units"
getent passwd _interlude >/dev/null || die "no account _interlude"
equal "$(stat -c %a:%U /run/interlude)" 755:root
dpkg_works

check "what publishers do comes with their package, and the program of devices has none of it"
code=0; interlude publish repo a 2>said || code=$?
equal $code 3; matches "$(cat said)" interlude-publisher
apt install "$publisher"
run interlude publish --help
matches "$out" 'Add an improvement'
! ldd /usr/bin/interlude | grep -q divsufsort || die "the devices' program makes patches"

check "a root file and the repository's address make it a device; the service does the rest"
mkdir -p old/usr/share new/usr/share /srv
seq 5000 >old/usr/share/data; (seq 2500; echo fixed; seq 2501 5000) >new/usr/share/data
cp -a old /srv/app
baseline=$(tree_hash /srv/app)
printf '[[advisory]]\nid = "TEST-1"\ncomponent = "data"\nimpact = "i"\ndescription = "d"\n' >advisory.toml
run interlude repo init repo
run interlude build --platform "debian-12-$(uname -m)" --baseline-version "$(cat /etc/debian_version)" --letter a --baseline old --patched new \
  --component 'data=usr/share/*' --advisory advisory.toml --out a
run interlude publish repo a
systemd-run -q --unit test-repository -p WorkingDirectory="$PWD" interlude serve repo --port 8001
eventually 60 bash -c 'echo >/dev/tcp/127.0.0.1/8001'
printf '[source]\nurls = ["http://127.0.0.1:8001/"]\n[backend]\nkind = "tree"\ntree = "/srv/app"\n' >/etc/interlude/agent.toml
cp repo/public/metadata/1.root.json /etc/interlude/trusted-root.json
run systemctl start interlude-agent
is_on() { [ "$(field letter)" = a ]; }
eventually 60 is_on
grep -q fixed "$(field active_tree)/usr/share/data"
equal "$(field platform) $(field baseline)" "debian-12-$(uname -m) $(cat /etc/debian_version)"
equal "$(field sandbox.user)" "$(id -u _interlude)" "who downloads"

check "the service is locked in without a mount namespace of its own"
pid=$(systemctl show -P MainPID interlude-agent)
equal "$(readlink "/proc/$pid/ns/mnt")" "$(readlink /proc/1/ns/mnt)" "mount namespace"
matches "$(cat "/proc/$pid/status")" 'NoNewPrivs:[[:space:]]1'
matches "$(cat "/proc/$pid/status")" 'Seccomp:[[:space:]]2'
matches "$(chrt -p "$pid")" SCHED_IDLE
# It may be an ordinary process while mounts change. (A container may not be allowed to let it.)
equal "$(systemctl show -P LimitNICE interlude-agent)" 20
! in_virtual_machine || matches "$(prlimit --noheadings --nice --output SOFT --pid "$pid")" 20
echo "   $(systemd-analyze security --no-pager interlude-agent.service | tail -n 1)"

check "D-Bus starts the service of the device for whoever asks"
equal "$(runuser -u person -- busctl get-property org.interlude.Agent1 /org/interlude/Agent1 org.interlude.Agent1 Letter)" 's "a"'
equal "$(systemctl is-active interlude-bus)" active
bus=$(systemctl show -P MainPID interlude-bus)
equal "$(readlink "/proc/$bus/ns/mnt")" "$(readlink /proc/1/ns/mnt)" "mount namespace"
dpkg_works

check "an upgrade of the package leaves on what is on"
repack() { # VERSION: the same package, as if newer
  rm -rf newer; dpkg-deb -R "$agent" newer
  sed -i "s/^Version: .*/Version: $1/" newer/DEBIAN/control
  dpkg-deb --root-owner-group -b newer "interlude-agent_$1.deb" >/dev/null
}
repack 9.0
run dpkg --force-depends -i interlude-agent_9.0.deb  # the publisher's is for the version before
equal "$(field letter)" a
equal "$(systemctl is-active interlude-agent)" active
[ "$(systemctl show -P MainPID interlude-agent)" != "$pid" ] || die "the old program still runs"
grep -q fixed "$(field active_tree)/usr/share/data"
run dpkg -r interlude-publisher
equal "$(dpkg -V interlude-agent | grep -v ' /usr/share/' || true)" "" "dpkg -V, without the pages that this root leaves out"
nothing_failed

check "half-installed, with a guard that fails or is none: dpkg works"
repack 9.1
run dpkg --unpack interlude-agent_9.1.deb
other 3; run dpkg -i other_3.deb; run dpkg -r other
run dpkg --configure -a
mv $guard guard.aside
dpkg_works
printf '#!/bin/sh\nexit 1\n' >$guard; chmod 755 $guard; dpkg_works
printf 'no program\n' >$guard; dpkg_works
rm $guard
mv guard.aside $guard

check "removal ends on the baseline"
apt remove interlude-agent
equal "$(readlink /var/lib/interlude/active)" generations/baseline
equal "$(tree_hash /srv/app)" "$baseline"
[ ! -e $hook ] || die "the hook outlives its package"
! pgrep -f interlude-agent >/dev/null || die "the agent still runs"
[ ! -e /usr/bin/interlude ] || die "its program is there"
systemctl daemon-reload; nothing_failed
dpkg_works

check "installed again it is the device it was, protected without being asked, and dpkg calls the hook"
apt install "$agent"
eventually 60 systemctl is-active interlude-agent
has_letter() { [ "$(field letter)" = a ]; }
eventually 120 has_letter
[ -e $hook ] || die "no hook"
dpkg_works
nothing_failed

check "purging asks nothing and leaves nothing but what an administrator wrote"
echo >/etc/interlude/agent.d/mine.toml
apt purge interlude-agent
[ ! -e /var/lib/interlude ] || die "state is left: $(find /var/lib/interlude | head)"
equal "$(find /etc/interlude /etc/dpkg/dpkg.cfg.d /etc/apt/apt.conf.d -type f \( -name '*interlude*' -o -path '/etc/interlude/*' \))" /etc/interlude/agent.d/mine.toml
equal "$(tree_hash /srv/app)" "$baseline"
dpkg_works
