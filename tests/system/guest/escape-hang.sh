#!/bin/bash
# A generation goes on that hangs the next boot.
source ./lib.sh
source ./generations.sh
check "after the marker is gone it comes back with the next boot, or when asked for"
shows baseline
rm $state/off
$guard settle
shows a
check "a generation is on that hangs every boot"
turn_on b
printf 'generation=b\nprevious=a\ntries=0\nstate=trying\n' >$state/boot
cat >/etc/systemd/system/hangs.service <<'UNIT'
[Unit]
Before=multi-user.target
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'while grep -qx b /usr/sbin/interlude-test; do sleep 1; done'
TimeoutStartSec=infinity
[Install]
WantedBy=multi-user.target
UNIT
systemctl enable -q hangs
