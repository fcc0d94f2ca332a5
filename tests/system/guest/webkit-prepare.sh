#!/bin/bash
# A desktop on the old engine, on a device that is provisioned and has nothing on: from the next start on its directories are armed.
source ./lib.sh
source ./device.sh
export DEBIAN_FRONTEND=noninteractive
run dpkg -i webkit-*/*.deb
mv repository/public repository/later; cp -a repository-before/public repository/public
serve_repository
run provision
run "$interlude" agent --once
equal "$(status .letter)" null
