#!/bin/bash
source ./lib.sh
source ./device.sh
check "the start comes through"
has_started() { [ "$(systemctl is-system-running)" != starting ]; }
eventually 200 has_started
equal "$(systemctl is-system-running)" running
equal "$(systemctl --failed --no-legend --plain)" ""
check "the old fix or the new one, whole"
openssl version
find /usr -type f -print0 | sort -z | xargs -0 sha256sum >/root/now
differing=$(diff /root/baseline /root/now | grep -c '^[<>]' || true)
letter=$(status .letter)
case $letter in null) equal "$differing" 0 "files that differ from the baseline" ;; a) [ "$differing" -gt 0 ] || die "(a) is said to be on, and nothing differs" ;; esac
check "it goes on from there"
serve_repository
run "$interlude" agent --once
[ "$(status .letter)" = a ] || run "$interlude" install
run "$interlude" remove
find /usr -type f -print0 | sort -z | xargs -0 sha256sum >/root/now
run diff /root/baseline /root/now
