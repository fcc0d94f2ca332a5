#!/usr/bin/env bash
# Makes the Debian packages interlude-agent and interlude-publisher out of what is committed here.
#
#   packaging/build-debs.sh [--arch ARCH] [--out DIR] [--work-tree] [--no-install]
#     --arch ARCH    for another architecture, arm64 say: cross built in the root that packaging/cross-root.sh makes; needs root
#     --out DIR      where they go; build/packages where not given
#     --work-tree    out of the files as they are, committed or not
#     --no-install   what is needed is there: do not ask apt
#
# The same commit gives the same bytes: times in the packages are the commit's, paths do not depend on the folder.
set -euo pipefail
export LC_ALL=C
top=$(cd "$(dirname "$0")/.." && pwd)

arch='' out=$top/build/packages work_tree='' install=yes
while [ $# -gt 0 ]; do
  case $1 in
    --arch) arch=${2:?build-debs.sh: --arch needs an architecture}; shift 2 ;;
    --out) out=${2:?build-debs.sh: --out needs a folder}; shift 2 ;;
    --work-tree) work_tree=yes; shift ;;
    --no-install) install=''; shift ;;
    -h | --help) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "build-debs.sh: unknown argument \"$1\" (see --help)" >&2; exit 2 ;;
  esac
done
[ "$arch" != "$(dpkg --print-architecture)" ] || arch=''
[ -z "$install" ] || [ -n "$arch" ] || "$top/scripts/install-dependencies.sh" build package
mkdir -p "$out"
out=$(cd "$out" && pwd)

stage=$out/stage${arch:+-$arch}  # always the same name, so that a compiler cache helps
trap 'rm -rf "$stage"' EXIT
source=$stage/interlude
rm -rf "$stage"
mkdir -p "$source"
if [ -n "$work_tree" ]; then
  git -C "$top" ls-files -z --cached --others --exclude-standard | (cd "$top" && xargs -0 sh -c 'for f; do [ ! -e "$f" ] || printf "%s\0" "$f"; done' sh) |
    tar -C "$top" --null -T - -c | tar -C "$source" -x
else
  git -C "$top" archive HEAD | tar -C "$source" -x
fi
cp -a "$source/packaging/debian" "$source/debian"
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$top" log -1 --format=%ct)}
export SOURCE_DATE_EPOCH

# debhelper gives the build a home of its own; a compiler cache of the caller's stays where it is.
if [ "${CMAKE_CXX_COMPILER_LAUNCHER:-}" = ccache ]; then
  CCACHE_DIR=$(ccache --get-config cache_dir)
  export CCACHE_DIR CCACHE_BASEDIR=$stage
fi
export DEB_BUILD_OPTIONS=${DEB_BUILD_OPTIONS:-noautodbgsym parallel=$(nproc)}
log=$out/build${arch:+-$arch}.log
build=(dpkg-buildpackage -b -us -uc)
[ -z "$arch" ] || build=("$top/packaging/cross-root.sh" "$arch" "$stage" sh -c "cd interlude && exec dpkg-buildpackage -b -us -uc --host-arch $arch -Pcross,nocheck")
if ! (cd "$source" && "${build[@]}") >"$log" 2>&1; then
  grep -E -A12 'error|FAILED|Unmet' "$log" | head -n 60 >&2 || tail -n 30 "$log" >&2
  echo "build-debs.sh: the build failed; the whole log is $log" >&2
  exit 1
fi
mv "$stage"/*.deb "$stage"/*.buildinfo "$stage"/*.changes "$out/"
(cd "$out" && ls -1 interlude-*"_${arch:-$(dpkg --print-architecture)}".deb)
