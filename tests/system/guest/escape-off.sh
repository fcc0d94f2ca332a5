#!/bin/bash
# interlude.off on the kernel command line, or the file that a rescue system can make: the bare baseline.
source ./lib.sh
source ./generations.sh
check "the bare baseline: $(grep -o 'interlude.off' /proc/cmdline || ls $state/off)"
shows baseline
[ -z "$($guard status | grep ^hierarchy)" ] || die "something of ours is mounted"
equal "$(readlink $state/active)" generations/a "what is on without the escape"
equal "$(systemctl is-system-running)" running
