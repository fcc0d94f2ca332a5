#!/bin/bash
source ./lib.sh
source ./device.sh
check "the third boot comes through, without it"
equal "$(systemctl is-system-running)" running
equal "$(grep -c sleep /usr/sbin/demo-early || true)" 0
equal "$(status .letter)" null
cd /srv; serve_repository
run "$interlude" agent --once
run "$interlude" agent --once
"$interlude" status
equal "$(status .letter)" null "quarantined"
[ ! -e /var/lib/interlude/pending ] || die "it waits for the next boot again"
