#!/usr/bin/env bash
# The conformance client as the public suite calls it, against a repository of ours: what each command leaves, its exit
# status, and that the time it sees can be given from outside.
#
#   smoke.sh INTERLUDE_PROGRAM CONFORMANCE_CLIENT
source "$(dirname "$0")/../contract/lib.sh" "$@"
client=$tests_bin

check "a repository"
run "$interlude" repo init repo
serve repo
metadata=${url%/}/metadata/
targets=${url%/}/targets/
mkdir trusted files
follow() { "$client" --metadata-url "$metadata" --metadata-dir trusted "$@"; }

check "init stores the root without a request"
run "$client" --metadata-dir trusted init repo/public/metadata/1.root.json
equal "$(ls trusted)" root.json
cmp trusted/root.json repo/public/metadata/1.root.json

check "refresh keeps the four roles byte for byte"
run follow refresh
cmp trusted/timestamp.json repo/public/metadata/timestamp.json
cmp trusted/targets.json repo/public/metadata/1.targets.json

check "download of a name that no list has is exit status 1"
refuses 1 "has no target" follow --target-name absent --target-dir files --target-base-url "$targets" download
equal "$(ls -A files)" ""

check "wrong arguments are exit status 1"
refuses 1 "metadata-dir" "$client" refresh

check "a time of day given from outside counts"
refuses 1 "expired" faketime '2040-01-01 00:00:00' "$client" --metadata-url "$metadata" --metadata-dir trusted refresh

check "a trusted root that is broken fails before any request"
printf '{' >trusted/root.json
refuses 1 "root.json" "$client" --metadata-url http://127.0.0.1:1/ --metadata-dir trusted refresh
