#!/usr/bin/env bash
# Installs the Debian packages that the build, the demo or the tests need, and nothing else.
#
#   scripts/install-dependencies.sh build|demo|test|system|package|cross…
#
# Quick and silent where all are there already. Needs root or sudo only when something is missing.
set -euo pipefail
export LC_ALL=C

build=(g++ cmake ninja-build pkg-config libssl-dev libcurl4-openssl-dev libzstd-dev liblzma-dev libdivsufsort-dev
       nlohmann-json3-dev libcli11-dev libfmt-dev libtomlplusplus-dev libboost1.81-dev libarchive-dev
       libelf-dev libseccomp-dev libsystemd-dev)
demo=(jq ca-certificates dpkg-dev)
test=(libgtest-dev libgmock-dev jq dpkg-dev openssl curl faketime strace python3 softhsm2 opensc
      libengine-pkcs11-openssl libzydis-dev tidy iproute2 dbus-bin dbus-daemon polkitd man-db)
package=(debhelper dpkg-dev git)
cross=(mmdebstrap dpkg-dev git cpio)
# Debian's npm is 350 packages: only where there is no npm yet.
system=(mmdebstrap systemd-container qemu-system-x86 qemu-utils e2fsprogs xfsprogs btrfs-progs cpio util-linux procps
        patchelf dpkg-dev lintian)
command -v npm >/dev/null || system+=(nodejs npm)

wanted=()
for set in "$@"; do
  case $set in
    build) wanted+=("${build[@]}") ;;
    demo) wanted+=("${demo[@]}") ;;
    test) wanted+=("${test[@]}") ;;
    system) wanted+=("${system[@]}") ;;
    package) wanted+=("${package[@]}") ;;
    cross) wanted+=("${cross[@]}") ;;
    *) echo "install-dependencies.sh: unknown set \"$set\"; expected build, demo, test, system, package or cross" >&2; exit 2 ;;
  esac
done

missing=()
for package in "${wanted[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
[ "${#missing[@]}" -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "install-dependencies.sh: needs root or sudo to install: ${missing[*]}" >&2; exit 1; }
  as_root=(sudo)
fi
echo "Installing ${#missing[@]} Debian packages: ${missing[*]}"
log=$(mktemp); trap 'rm -f "$log"' EXIT
if ! { "${as_root[@]}" apt-get update -q &&
       "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
  tail -n 30 "$log" >&2
  echo "install-dependencies.sh: apt-get could not install the packages named above" >&2
  exit 1
fi
