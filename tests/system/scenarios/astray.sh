#!/usr/bin/env bash
# Removal and going back work when nothing else does: without network, with expired metadata, in 1970 and in 2040, on a full disk,
# with a store that cannot be written.
source "$(dirname "$0")/../lib.sh"
source "$system_here/fixtures.sh"
set -e
cd "$SCENARIO_DIR"
openssl_published
mapfile -t new < <(new_debs)
dpkg-deb --fsys-tarfile "$(printf '%s\n' "${new[@]}" | grep /libssl3_)" | tar -xO --wildcards '*/libcrypto.so.3' | sha256sum | cut -c1-64 >new-libcrypto
run_inside -t 400 "$system_here/guest/astray.sh" repository publisher new-libcrypto "$system_here/guest/device.sh"
