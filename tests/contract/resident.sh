#!/usr/bin/env bash
# The resident agent starts a worker when an address appears on the machine, in a network namespace of the test's own.
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
