#!/usr/bin/env bash
# The resident agent starts a worker when an address appears on the machine, in a network namespace of the test's own; what a worker
# says to it when nothing can be stored.
source "$(dirname "$0")/lib.sh"
agent=$(dirname "$interlude")/interlude-agent
cat >worker <<'SH'
#!/bin/sh
echo "$@" >>started
echo "next 3600"
echo >signal
SH
chmod +x worker
mkfifo signal
cat >inside <<'SH'
set -eu
ip link set lo up
"$1" "$PWD/worker" "$PWD/root" & agent=$!
read -r _ <signal

ip address add 192.0.2.7/24 dev lo
read -r _ <signal
kill $agent; wait $agent
SH
check "a worker at the start, and one for the new address"
timeout 60 unshare -n bash inside "$agent" || die "no worker came"
equal "$(grep -c . started)" 2
matches "$(sed -n 1p started)" '--starting'
matches "$(sed -n 2p started)" '--new-network'

check "a worker that is due, and cannot store what it did, is not started again at once"
run "$interlude" repo init repo
mkdir tree
provision device tree 12 "file://$PWD/repo/public"
run "$interlude" agent --once --root device
state=device/var/lib/interlude/state.json
jq -cS '.polls.next = .polls.last' $state >due
cat due >$state
# A file that something is mounted on is not replaced by another.
unshare -m bash -c 'mount --bind "$1" "$1" && "$2" agent --once --if-due --root device' - $state "$interlude" >said 2>/dev/null && die "it cannot have been stored"
equal "$(cat said)" "next 15"
