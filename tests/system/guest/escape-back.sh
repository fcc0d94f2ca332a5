#!/bin/bash
source ./lib.sh
source ./generations.sh
check "after two such boots the generation before is on, by itself, and it is said why"
shows a
equal "$(systemctl is-system-running)" running
equal "$(readlink $state/active)" generations/a
matches "$(cat $state/boot)" 'boot-failed=b'
matches "$(cat $state/boot)" 'why=.*boot'
