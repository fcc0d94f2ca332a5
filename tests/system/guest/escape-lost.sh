#!/bin/bash
# A store that cannot be reached is no reason not to start.
source ./lib.sh
source ./generations.sh
check "the store is gone: the baseline, an alarm, and a system that runs otherwise"
shows baseline
systemctl is-system-running || true
matches "$(systemctl is-active interlude-arm.service)" 'failed|active'
for unit in nginx ssh dbus; do equal "$(systemctl is-active $unit)" active $unit; done
journalctl -b -u interlude-arm.service --no-pager -o cat | tail -n 4
