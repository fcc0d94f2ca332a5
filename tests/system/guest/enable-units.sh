#!/bin/sh
# What the package's scripts would do, where the programs came without a package.
set -e
systemd-sysusers interlude-agent.conf || true
for unit in interlude-arm interlude-boot-check interlude-agent; do
  [ ! -e "/usr/lib/systemd/system/$unit.service" ] || systemctl enable -q "$unit.service"
done
