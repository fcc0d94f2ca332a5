#!/bin/bash
source ./lib.sh
source ./readers-device.sh
guard=/usr/libexec/interlude/interlude-guard

check "500 switches on $(uname -r)"
readers_device /
$guard arm
./readers $guard / 500 2
run $guard status
echo "$out"
