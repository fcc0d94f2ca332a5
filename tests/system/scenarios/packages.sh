#!/usr/bin/env bash
# The Debian packages: made by one command, found good by lintian, then installed, used, upgraded, removed, purged on a real
# system. With --all also: the same commit gives the same bytes, from another folder.
source "$(dirname "$0")/../lib.sh"
set -e
top=$(realpath "$system_here/../..")
packages=$SCENARIO_DIR/packages
export CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER:-$(command -v ccache >/dev/null && echo ccache || true)}

# Made once for a state of the work tree: whoever needs them finds them in build/packages.
"$top/packaging/build-debs.sh" --work-tree
mkdir -p "$packages"
for package in interlude-agent interlude-publisher; do
  cp "$(ls -t "$top/build/packages/${package}"_*_"$(dpkg --print-architecture)".deb | head -n 1)" "$packages/"
done
lintian --fail-on error,warning --tag-display-limit 0 "$packages"/*.deb

if [ -n "$SCENARIO_ALL" ]; then
  "$top/packaging/build-debs.sh" --work-tree --out "$SCENARIO_DIR/again"
  for package in "$packages"/*.deb; do cmp "$package" "$SCENARIO_DIR/again/${package##*/}"; done
  echo "the same bytes from another folder"
fi
"$system_here/run-in-nspawn.sh" -t 400 "$system_here/guest/packages.sh" "$packages"
