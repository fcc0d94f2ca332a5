#!/usr/bin/env bash
# dpkg and apt on a patched system: they work as if nothing were there, however they end.
source "$(dirname "$0")/../lib.sh"
source "$system_here/fixtures.sh"
set -e
cd "$SCENARIO_DIR"
openssl_published
mapfile -t new < <(new_debs)
mapfile -t old < <(old_debs)
library_of() { dpkg-deb --fsys-tarfile "$(printf '%s\n' "$@" | grep /libssl3_)" | tar -xO --wildcards '*/libcrypto.so.3' | sha256sum | cut -c1-64; }
library_of "${new[@]}" >new-libcrypto
library_of "${old[@]}" >old-libcrypto
dpkg-deb -f "${new[0]}" Version >new-version-full
mkdir apt
cp "${new[@]}" apt/
(cd apt && dpkg-scanpackages -m . >Packages 2>/dev/null)

# small_package NAME PATH [POSTINST]
small_package() {
  mkdir -p "$1/DEBIAN" "$1/$(dirname "$2")"
  echo "of $1" >"$1/$2"
  printf 'Package: %s\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: test\n' "$1" >"$1/DEBIAN/control"
  if [ -n "${3:-}" ]; then printf '#!/bin/sh\n%s\n' "$3" >"$1/DEBIAN/postinst"; chmod 755 "$1/DEBIAN/postinst"; fi
  dpkg-deb --root-owner-group -b "$1" "$1_1.deb" >/dev/null
}
# in a directory that is covered, so that a dpkg which did not see the bare one would fail
small_package demo usr/lib/x86_64-linux-gnu/demo-of-the-test
small_package data usr/share/data-of-the-test
small_package killer usr/lib/x86_64-linux-gnu/killer-of-the-test '[ -e /run/let-it-live ] || kill -9 "$PPID"'
[ -z "$(ls "$SYSTEM_DIR"/packages/interlude-agent_*.deb 2>/dev/null)" ] || cp "$SYSTEM_DIR"/packages/interlude-agent_*.deb interlude-agent.deb
files=(repository publisher apt ./*.deb new-libcrypto old-libcrypto new-version-full "$system_here/guest/device.sh")
run_inside -t 300 "$system_here/guest/dpkg.sh" "${files[@]}"
run_inside -t 200 "$system_here/guest/dpkg-package.sh" "${files[@]}"

# the same file in two versions, on a file system that is read-only but while apt works
small_package app opt/app/file
for version in 1 2; do
  echo "version $version" >app/opt/app/file
  sed -i "s/^Version: .*/Version: $version/" app/DEBIAN/control
  dpkg-deb --root-owner-group -b app app_$version.deb >/dev/null
done
small_package guest opt/guest/file
improvement app a app live app_1.deb -- app_2.deb
repository readonly
publish readonly "$improvement"
mkdir second
mv readonly second/repository
run_inside -t 200 "$system_here/guest/dpkg-read-only.sh" second/repository publisher app_1.deb guest_1.deb "$system_here/guest/device.sh"
