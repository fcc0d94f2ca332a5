#!/usr/bin/env bash
# Makes a Debian root in which packages for another architecture are built, beside this one's, and in which its programs run
# through qemu: nothing is installed on this machine but what makes it.
#
#   packaging/cross-root.sh ARCH                      makes build/cross-ARCH, once: two minutes and 1.8 GB. ARCH: arm64
#   packaging/cross-root.sh ARCH FOLDER COMMAND…      and runs COMMAND inside, in FOLDER, which is /work there
#
# Needs root. What apt on this machine is set up to use is used; $SOURCE_DATE_EPOCH and $DEB_BUILD_OPTIONS are handed on.
set -euo pipefail
export LC_ALL=C
top=$(cd "$(dirname "$0")/.." && pwd)
arch=${1:?usage: cross-root.sh ARCH [FOLDER COMMAND…]}
shift
root=$top/build/cross-$arch

make_root() {
  local build library sources
  "$top/scripts/install-dependencies.sh" cross
  build=(build-essential crossbuild-essential-"$arch" cmake ninja-build pkg-config debhelper qemu-user-static qemu-system-arm git nlohmann-json3-dev libcli11-dev)
  for library in pkgconf libc6-dev libstdc++6 libssl-dev libcurl4-openssl-dev libzstd-dev liblzma-dev libdivsufsort-dev libfmt-dev libtomlplusplus-dev \
                 libboost1.81-dev libarchive-dev libelf-dev libseccomp-dev libsystemd-dev libgtest-dev libgmock-dev libzydis-dev; do
    build+=("$library:$arch")
  done
  sources=$(mktemp)
  # shellcheck disable=SC2016  # apt replaces these
  apt-get indextargets --format 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(REPO_URI) $(RELEASE) $(COMPONENT)' \
    'Created-By: Packages' 'Origin: Debian' | sort -u >"$sources"
  rm -rf --one-file-system "$root"
  mkdir -p "$(dirname "$root")"
  mmdebstrap --mode=root --variant=minbase --architectures="$(dpkg --print-architecture),$arch" --include="$(IFS=,; echo "${build[*]}")" \
    --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --format=directory bookworm "$root" "$sources"
  rm -f "$sources"
  mkdir -p "$root/work"
  touch "$root/.complete"
}
[ -e "$root/.complete" ] || make_root
[ $# -ge 2 ] || exit 0

folder=$(realpath "$1")
shift
# Mounts of this command's own: whatever ends it, nothing is left mounted.
# shellcheck disable=SC2016
exec unshare --mount --propagation private sh -ec 'root=$1 folder=$2; shift 2
  mount --bind "$folder" "$root/work"
  mount -t proc proc "$root/proc"
  mount --bind /dev "$root/dev"
  exec chroot "$root" env -i -C /work PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C \
    ${SOURCE_DATE_EPOCH:+"SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH"} ${DEB_BUILD_OPTIONS:+"DEB_BUILD_OPTIONS=$DEB_BUILD_OPTIONS"} "$@"' sh "$root" "$folder" "$@"
