#!/usr/bin/env bash
# A fix of OpenSSL reaches a running system within one poll, and goes off again: in a container, and on Debian's kernel with a
# daemon that AppArmor confines.
source "$(dirname "$0")/../lib.sh"
source "$system_here/fixtures.sh"
set -e
cd "$SCENARIO_DIR"
openssl_improvement a
repository repository
cp -a repository repository-before
publish repository "$improvement"
cp "$publisher" publisher
mapfile -t new < <(new_debs)
dpkg-deb --fsys-tarfile "$(printf '%s\n' "${new[@]}" | grep /libssl3_)" | tar -xO --wildcards '*/libcrypto.so.3' | sha256sum | cut -c1-64 >new-libcrypto
dpkg-deb -f "${new[0]}" Version | sed 's/-.*//' >new-version
mapfile -t old < <(old_debs)
dpkg-deb -f "${old[0]}" Version >old-version
files=(repository repository-before publisher new-libcrypto new-version old-version "$system_here/guest/device.sh")
# In the container the directories were armed when the services started, in the virtual machine they were not: what a process maps
# looks different to the kernel in each.
on_debian_kernel || "$system_here/run-in-nspawn.sh" -t 500 -a "$system_here/guest/openssl-live.sh" "$system_here/guest/openssl-prepare.sh" "${files[@]}"
"$system_here/run-in-vm.sh" -t 900 "$system_here/guest/openssl-live.sh" "${files[@]}"
