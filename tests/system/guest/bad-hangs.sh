#!/bin/bash
source ./lib.sh
check "this boot hangs"
eventually 60 sh -c '[ "$(systemctl show -P ActiveState demo-early)" = activating ]'
grep -q sleep /usr/sbin/demo-early || die "the fix is not on"
