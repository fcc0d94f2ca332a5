#!/bin/bash
# First boot: a generation is made and switched on.
source ./lib.sh
source ./generations.sh

check "nothing is provisioned: nothing is armed, the system runs"
equal "$(systemctl is-system-running)" running
equal "$(systemctl is-active interlude-arm.service)" inactive

check "a generation goes on"
make_generations a b
printf '[source]\nurls = ["http://127.0.0.1:1/"]\n' >/etc/interlude/agent.toml
echo '{}' >/etc/interlude/trusted-root.json
systemctl mask -q interlude-agent.service  # the guard alone: no agent reads generations that were made by hand
mkdir -p /etc/systemd/system/interlude-boot-check.service.d
printf '[Service]\nExecStart=\nExecStart=%s boot-passed\n' $guard >/etc/systemd/system/interlude-boot-check.service.d/guard.conf
turn_on a
shows a
printf 'generation=a\nprevious=baseline\ntries=0\nstate=good\n' >$state/boot
