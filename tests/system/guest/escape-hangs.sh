#!/bin/bash
source ./lib.sh
source ./generations.sh
check "this boot hangs"
eventually 60 systemctl is-active -q interlude-arm.service
shows b
eventually 60 sh -c 'systemctl show -P ActiveState hangs | grep -q activating'
grep -E 'tries|state' $state/boot | tr '\n' ' '; sync
