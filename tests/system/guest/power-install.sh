#!/bin/bash
source ./lib.sh
source ./device.sh
serve_repository
"$interlude" install --verbose >/dev/console 2>&1
sync
"$interlude" remove --verbose >/dev/console 2>&1
