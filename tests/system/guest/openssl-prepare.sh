#!/bin/bash
# A device that is provisioned and has nothing on: from the next start on its directories are armed.
source ./lib.sh
source ./device.sh
rm -r repository/public; cp -a repository-before/public repository/public
serve_repository
run provision
run "$interlude" agent --once
equal "$(status .letter)" null
