#!/bin/bash
source ./lib.sh
source ./device.sh
serve_repository
run "$interlude" install
sync
