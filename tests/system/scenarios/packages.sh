#!/usr/bin/env bash
# The Debian packages that run.sh made by one command: found good by lintian, then installed, used, upgraded, removed, purged on a real
# system. With --all also: the same commit gives the same bytes, from another folder.
source "$(dirname "$0")/../lib.sh"
set -e
top=$(realpath "$system_here/../..")
[ -e "$SYSTEM_DIR/product.key" ] || { echo "skip: --product has no packages"; exit 77; }
packages=$SYSTEM_DIR/packages

need lintian lintian
lintian --allow-root --fail-on error,warning --tag-display-limit 0 "$packages"/*.deb

if [ -n "$SCENARIO_ALL" ]; then
  "$top/packaging/build-debs.sh" --work-tree --no-install --out "$SCENARIO_DIR/again"
  for package in "$packages"/*.deb; do cmp "$package" "$SCENARIO_DIR/again/${package##*/}"; done
  echo "the same bytes from another folder"
fi
mkdir "$SCENARIO_DIR/packages"
cp "$packages"/*.deb "$SCENARIO_DIR/packages/"
run_inside -t 400 "$system_here/guest/packages.sh" "$SCENARIO_DIR/packages"
