#!/usr/bin/env bash
# The device on D-Bus: who may and who may not, on a bus of this test's own. Real are dbus-daemon with our policy file, polkitd with
# our actions, and the callers' user ids. Only logind is not there: logind.cpp tells polkitd who sits in front of the machine.
#
#   bus.sh INTERLUDE INTERLUDE_BUS LOGIND_LIBRARY STAND_IN       exits 77 where it may not make a mount namespace
if [ -z "${INTERLUDE_BUS_TEST-}" ]; then
  [ "$(id -u)" = 0 ] && unshare --mount true 2>/dev/null || exit 77
  export INTERLUDE_BUS_TEST=1
  exec unshare --mount --propagation private -- "$0" "$@"
fi
bus_program=$(realpath "$2")
logind=$(realpath "$3")
stand_in=$(realpath "$4")
# In memory: nothing here is about what a disk keeps.
mount -t tmpfs -o mode=1777 tmpfs /srv
export TMPDIR=/srv
source "$(dirname "$0")/../contract/lib.sh" "$1"
source_dir=$(realpath "$here/../..")

# Four people. polkitd knows the first two by their sessions, the last by the rule below.
active=daemon inactive=bin somebody=nobody administrator=sys
chmod 711 "$work"
mkdir actions rules services
mount --bind "$(dirname "$interlude")" /media  # wherever the programs were built, everybody reaches them here
interlude_there=/media/$(basename "$interlude")
cp "$source_dir/packaging/polkit/org.interlude.Agent1.policy" actions/
echo 'polkit.addRule(function(action, subject) { if (subject.user == "sys") return polkit.Result.YES; });' >rules/10-test.rules
chmod -R a+rX actions rules
mount --bind actions /usr/share/polkit-1/actions
mount --bind rules /etc/polkit-1/rules.d

# The worker, which waits where the test wants it to.
mkfifo begun go
cat >worker <<SH
#!/bin/sh
if [ -e $work/hold ]; then rm $work/hold; echo >$work/begun; read -r line <$work/go; fi
exec $interlude_there "\$@"
SH
chmod 755 worker
# service SECONDS: how long without a call until it ends
service() {
  cat >services/org.interlude.Agent1.service <<INI
[D-BUS Service]
Name=org.interlude.Agent1
Exec=/media/$(basename "$bus_program") --root=$work/device --worker=$work/worker --idle=$1
INI
}
service 2
cat >bus.conf <<XML
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=$work/bus</listen>
  <servicedir>$work/services</servicedir>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus"/>
  </policy>
  <policy user="root">
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus.Monitoring"/>
    <allow own="org.freedesktop.NetworkManager"/>
    <allow own="org.freedesktop.PolicyKit1"/>
    <allow send_destination="org.freedesktop.NetworkManager"/>
  </policy>
  <include>/usr/share/dbus-1/system.d/org.freedesktop.PolicyKit1.conf</include>
  <include>$source_dir/packaging/dbus/org.interlude.Agent1.conf</include>
</busconfig>
XML
export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$work/bus

# until_seen REGEX FILE [COUNT]: waits until so many lines match
until_seen() {
  local i
  for i in $(seq 600); do [ "$(grep -cE -- "$1" "$2" 2>/dev/null)" -ge "${3-1}" ] && return; sleep 0.05; done
  die "never seen in $2: $1"$'\n'"$(tail -n 30 "$2")"
}
as() { local user=$1; shift; setpriv --reuid="$user" --regid=nogroup --clear-groups "$@"; }
# message USER INTERFACE.MEMBER [ARGUMENT…]
message() {
  local user=$1 member=$2; shift 2
  as "$user" dbus-send --system --print-reply=literal --reply-timeout=120000 --dest=org.interlude.Agent1 /org/interlude/Agent1 "$member" "$@"
}
# goes_away PID: ends the program behind a `message … &`, whose own process is a shell
goes_away() { pkill -P "$1"; wait "$1" || true; }
may() { local user=$1 method=$2; shift 2; run message "$user" "org.interlude.Agent1.$method" "$@"; }
# may_not USER ERROR REGEX METHOD [ARGUMENT…]
may_not() {
  local user=$1 error=$2 regex=$3 method=$4; shift 4
  refuses 1 "^Error org\.$error: .*$regex" message "$user" "org.interlude.Agent1.$method" "$@"
}
property() { message nobody org.freedesktop.DBus.Properties.Get string:org.interlude.Agent1 "string:$1" | sed -E 's/^ *(variant)? *(string "|boolean |uint64 )?//; s/"$//; s/ *$//'; }
bus_call() { dbus-send --system --print-reply=literal --dest=org.freedesktop.DBus /org/freedesktop/DBus "org.freedesktop.DBus.$1" "${@:2}"; }
policy() { printf '%s\n' "$@" >device/etc/interlude/policy.d/10.toml; }
letter_is() { equal "$(field device letter)" "$1"; }
administrators='administrator must authenticate'

dbus-daemon --config-file=bus.conf --nofork 2>dbus.log & pids+=($!)
for _ in $(seq 200); do [ -S bus ] && break; sleep 0.05; done
LD_PRELOAD=$logind /usr/lib/polkit-1/polkitd >polkit.log 2>&1 & pids+=($!); polkit=$!
until_seen 'Acquired the name' polkit.log
dbus-monitor --system "interface='org.interlude.Agent1'" "path='/org/interlude/Agent1',interface='org.freedesktop.DBus.Properties'" >>signals 2>&1 &
pids+=($!)
until_seen NameLost signals

old_and_new
run "$interlude" repo init repo
run build 12.11 a a; run "$interlude" publish repo a
serve repo
provision device baseline 12.11
mkdir -p device/etc/interlude/policy.d

check "everybody sees the status, and nobody else's interface is offered"
may $somebody GetStatus
equal "$(jq -r .baseline <<<"$out")" 12.11
equal "$(property Baseline)" 12.11
equal "$(property Automatic)" true
equal "$(property Letter)" ""
may $somebody GetHistory
matches "$out" '\[\]'
may $somebody Why string:
jq -e . >/dev/null <<<"$out" || die "no JSON: $out"
run message $somebody org.freedesktop.DBus.Properties.GetAll string:org.interlude.Agent1
run message $somebody org.freedesktop.DBus.Introspectable.Introspect
ours() { sed -n '/<interface name="org.interlude.Agent1">/,/<\/interface>/p' "$1"; }
echo "$out" >live.xml
diff <(ours live.xml) <(ours "$source_dir/packaging/dbus/org.interlude.Agent1.xml") || die "packaging/dbus/org.interlude.Agent1.xml is not what the program offers"
for member in $(sed -nE 's/.*<(method|property|signal) name="([A-Za-z]+)".*/\2/p' <(ours live.xml)); do
  grep -q "\`$member" "$source_dir/docs/dbus.md" || die "docs/dbus.md does not have $member"
done

check "a name that is not UTF-8 does not end the service"
mkdir -p device/etc/interlude/agent.d
echo 'unknown = 1' >"$(printf 'device/etc/interlude/agent.d/\xff.toml')"
may_not $somebody interlude.Error.Invalid 'unknown key' GetStatus
may_not $somebody interlude.Error.Invalid 'unknown key' Why string:
rm -r device/etc/interlude/agent.d
may $somebody GetStatus

check "the active user may look, the inactive one and others may not"
may $active Check
equal "$(property Available)" a
may_not $inactive interlude.Error.Denied "$administrators" Check
may_not $inactive interlude.Error.Denied "$administrators" Poll
may_not $somebody interlude.Error.Denied "$administrators" Poll
letter_is null

check "automatic on is the active user's, off the administrator's"
may_not $active interlude.Error.Denied "$administrators" SetAutomatic boolean:false
may $active SetAutomatic boolean:true
may $administrator SetAutomatic boolean:false
equal "$(property Automatic)" false
may_not $somebody interlude.Error.Denied "$administrators" SetAutomatic boolean:true
may $active SetAutomatic boolean:true

check "the active user installs everything newest; progress arrives, then Done, and the properties have changed"
: >signals
may $active Install string: array:string:
letter_is a
until_seen 'member=Done' signals
matches "$(grep -A4 member=Done signals)" '"install"'
until_seen '^ +double ' signals
until_seen 'string "Letter"' signals
[ "$(grep -nm1 member=Progress signals | cut -d: -f1)" -lt "$(grep -nm1 member=Done signals | cut -d: -f1)" ] || die "Done came first"

check "malformed arguments"
may_not $active freedesktop.DBus.Error.InvalidArgs '' Install string:a
may_not $active interlude.Error.Invalid 'letter' Install string:A array:string:
may_not $active interlude.Error.Invalid 'component' Install string: 'array:string:--root=/'
may_not $active interlude.Error.Invalid 'component' Install string: 'array:string:../x'
may_not $active interlude.Error.Invalid '200 bytes' Why "string:$(printf '%0201d' 0)"
may_not $active freedesktop.DBus.Error.UnknownMethod '' Explode
may_not $administrator interlude.Error.NotFound 'letter|published' Install string:z array:string:
letter_is a

check "what takes fixes away is the administrator's: removal, an older letter, a part"
run build 12.11 b b; run "$interlude" publish repo b
may $active Poll
letter_is b
may_not $active interlude.Error.Denied "$administrators" Remove
may_not $active interlude.Error.Denied "$administrators" Install string:a array:string:
may_not $active interlude.Error.Denied "$administrators" Install string: array:string:greeting
letter_is b
may $administrator Install string:a array:string:
letter_is a
may $active Check
may $active Install string:b array:string:
letter_is b
may $administrator Remove
letter_is null
may_not $active interlude.Error.Denied "$administrators" Install string:a array:string:

check "what was newest when the caller was allowed may not be any more"
run "$interlude" check --root device
run build 12.11 c c; run "$interlude" publish repo c
may_not $active interlude.Error.Denied '\(c\) is the newest by now' Install string:b array:string:
letter_is null
may $active Install string:c array:string:
letter_is c

check "policy forbids before polkit is asked, and names its file; root is not asked"
policy 'allow_removal = false' 'automatic = "always-on"'
may root Install string: array:string:
letter_is c
may_not $administrator interlude.Error.Denied 'allow_removal, .*10\.toml:1' Remove
may_not $administrator interlude.Error.Denied 'automatic, .*10\.toml:2' SetAutomatic boolean:false
may root Remove
letter_is null
policy 'allow_install = false'
may_not $administrator interlude.Error.Denied 'allow_install, .*10\.toml:1' Install string: array:string:
policy 'local_users = "status-only"'
for method in Poll Check Remove; do may_not $administrator interlude.Error.Denied 'local_users' $method; done
may $somebody GetStatus
policy 'alow_removal = false'
may_not $administrator interlude.Error.Denied '10\.toml:1: alow_removal: unknown key' Remove
may root Remove
rm device/etc/interlude/policy.d/10.toml

check "two callers at once: the second is told, and the first goes on"
touch hold; : >signals
message $active org.interlude.Agent1.Install string: array:string: >first 2>&1 & first=$!
read -r _ <begun
equal "$(property Working)" install
may_not $active interlude.Error.Conflict '"install" is under way' Check
may_not root interlude.Error.Conflict '"install" is under way' Remove
echo >go
wait $first || die "the first caller: $(cat first)"
letter_is c
equal "$(property Working)" ""

check "a caller that goes away takes nothing along"
may $administrator Remove
touch hold; : >signals
message $active org.interlude.Agent1.Install string: array:string: >/dev/null 2>&1 & caller=$!
read -r _ <begun
goes_away $caller
echo >go
until_seen 'member=Done' signals
letter_is c

check "the command line of people who are not root goes over the bus, with its exit codes"
client() { as "$1" env HOME=/ "$interlude_there" "${@:2}"; }
refuses 8 'polkit does not allow|authenticat' client $active remove
run client $administrator remove
letter_is null
run client $active install
matches "$out" 'debian-12-x86_64 12\.11 \(c\)'
matches "$(cat err)" '…'
run client $active install --json
equal "$(jq -r .letter <<<"$out")" c
run client $active agent --once
refuses 8 'authenticat' client $active settings automatic off
run client $active settings automatic on
refuses 3 'published|letter' client $administrator install --letter z
refuses 8 'only for root' client $active install --from repo
refuses 8 'cannot be asked' env DBUS_SYSTEM_BUS_ADDRESS=unix:path=$work/none setpriv --reuid=$active --regid=nogroup --clear-groups "$interlude_there" remove
letter_is c

check "it ends when nobody calls, and answers again when somebody does"
may $somebody GetStatus
pid=$(bus_call GetConnectionUnixProcessID string:org.interlude.Agent1 | grep -oE '[0-9]+$')
timeout 60 tail --pid="$pid" -f /dev/null || die "process $pid does not end"
matches "$(bus_call NameHasOwner string:org.interlude.Agent1)" false
may $somebody GetStatus

check "ended as soon as nobody calls, it still answers what was on its way, and stays for its work"
service_ends() {
  local i
  for i in $(seq 600); do bus_call NameHasOwner string:org.interlude.Agent1 | grep -q false && return; sleep 0.05; done
  die "the service does not end"
}
service_ends
service 0
bus_call ReloadConfig
for _ in 1 2 3 4 5; do may $somebody GetStatus; done
may $administrator Remove
letter_is null
touch hold
message root org.interlude.Agent1.Install string: array:string: >first 2>&1 & first=$!
read -r _ <begun
equal "$(property Working)" install
echo >go
wait $first || die "the call under way: $(cat first)"
letter_is c
service_ends
service 2
bus_call ReloadConfig

check "a metered connection holds back what the device would install by itself, and only that"
stand_in() { : >stand_in.log; "$stand_in" "$@" >>stand_in.log 2>&1 & pids+=($!); other=$!; until_seen ready stand_in.log; }
leaves() { kill "$1"; wait "$1" || true; }
run build 12.11 d d; run "$interlude" publish repo d
for metered in 1 3; do
  stand_in network $metered
  run "$interlude" agent --once --root device
  equal "$(field device reason_code)" metered
  leaves $other
done
letter_is c
run "$interlude" why d --root device --json
equal "$(jq -r '.[0].until' <<<"$out")" "$(field device next_poll)"
stand_in network 2
run "$interlude" agent --once --root device
letter_is d
leaves $other

if grep -A20 Sanitizer dbus.log; then die "the service ended with a sanitizer's report"; fi
check "without polkit only root changes anything"
kill $polkit; wait $polkit || true
may $somebody GetStatus
may_not $active interlude.Error.Denied 'only root' Check
may root Check

check "nobody is asked any longer to authenticate for a caller that is gone"
stand_in polkit
message $active org.interlude.Agent1.Check >/dev/null 2>&1 & caller=$!
until_seen 'asked interlude-[0-9]+' stand_in.log
goes_away $caller
until_seen "cancelled $(sed -n 's/^asked //p' stand_in.log)\$" stand_in.log
may $somebody GetStatus
leaves $other

check "nobody but root takes the name"
matches "$(as $somebody dbus-send --system --print-reply=literal --dest=org.freedesktop.DBus /org/freedesktop/DBus \
    org.freedesktop.DBus.RequestName string:org.interlude.Agent1 uint32:0 2>&1)" 'not allowed to own'
