#!/bin/bash
source ./lib.sh
source ./device.sh
systemctl disable -q --now interlude-agent
run provision
find /usr -type f -print0 | sort -z | xargs -0 sha256sum >/root/baseline
sync
