#!/bin/bash
# interlude.off on the kernel command line, or the file that a rescue system can make: the bare baseline.
source ./lib.sh
source ./generations.sh
check "the bare baseline: $(grep -o 'interlude.off' /proc/cmdline || ls $state/off)"
shows baseline
[ -z "$($guard status | grep ^hierarchy)" ] || die "something of ours is mounted"
equal "$(readlink $state/active)" generations/a "what is on without the escape"
equal "$(systemctl is-system-running)" running
check "nothing puts it back in this boot, and the boot proves nothing"
was=$(cat $state/boot)
run $guard settle
run $guard come-back
run $guard boot-passed
shows baseline
equal "$(cat $state/boot)" "$was"
