#!/bin/bash
# The next boot has it from the start, and nothing else is different.
source ./lib.sh
source ./generations.sh
check "what was on before the machine was off is on again, before anything that is patched starts"
equal "$(systemctl is-active interlude-arm.service)" active
shows a
equal "$(systemctl is-system-running)" running
equal "$(systemctl --failed --no-legend --plain)" ""
armed=$(systemctl show -P ExecMainExitTimestampMonotonic interlude-arm.service)
for unit in dbus ssh nginx; do
  [ "$(systemctl show -P ExecMainStartTimestampMonotonic $unit)" -gt "$armed" ] || die "$unit started before the directories were armed"
done
