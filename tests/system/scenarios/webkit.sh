#!/usr/bin/env bash
# A real browser engine, WebKitGTK, is fixed while a person's program shows pages with it: the program and its helpers go on as they
# are, new windows included, the fix waits for the program's end, and the next start has it. The two versions are those apt offers.
source "$(dirname "$0")/../lib.sh"
source "$system_here/fixtures.sh"
source "$system_here/../../scripts/demo-packages.sh"
set -e
cd "$SCENARIO_DIR"
engine=(libwebkit2gtk-4.1-0 libjavascriptcoregtk-4.1-0)
bindings=(gir1.2-webkit2-4.1 gir1.2-javascriptcoregtk-4.1)
mapfile -t offered < <(offered_versions "${engine[@]}" "${bindings[@]}")
[ "${#offered[@]}" -ge 2 ] || { echo "skip: apt offers WebKitGTK in one version only"; exit 77; }
old_version=${offered[-2]} new_version=${offered[-1]}

# apt_for_tree ARGUMENT…: apt-get with this machine's sources, as if the tree were what is installed
apt_for_tree() {
  apt-get -q -y -o Dir::State::status="$SYSTEM_DIR/root/var/lib/dpkg/status" -o APT::Sandbox::User=root --no-install-recommends "$@"
}
# The old engine, a display, and all else that the tree lacks for them: downloaded once, installed inside.
wanted=("${engine[@]/%/=$old_version}" "${bindings[@]/%/=$old_version}" python3-gi xvfb)
plan=$(apt_for_tree --simulate install "${wanted[@]}" | grep ^Inst)
packages=$SYSTEM_DIR/webkit-$(sha256sum <<<"$plan" | cut -c1-16)
if [ ! -d "$packages" ]; then
  rm -rf "$SYSTEM_DIR"/webkit-*
  mkdir -p "$packages.partial/partial"
  apt_for_tree -o Dir::Cache::archives="$packages.partial" --download-only install "${wanted[@]}" >apt.log 2>&1 || { tail apt.log; exit 125; }
  rm -r "$packages.partial"/{partial,lock}
  mv "$packages.partial" "$packages"
fi

mapfile -t old < <(download_debs "$SYSTEM_DIR/debs" "$old_version" "${engine[@]}")
mapfile -t new < <(download_debs "$SYSTEM_DIR/debs" "$new_version" "${engine[@]}")
improvement webkit a webkit proposed "${old[@]}" -- "${new[@]}" -- --component 'webkit=**'
"$publisher" inspect "$improvement"
repository repository
cp -a repository repository-before
publish repository "$improvement"
cp "$publisher" publisher
for deb in "${new[@]}"; do dpkg-deb -x "$deb" fixed; done
(cd fixed/usr/lib/x86_64-linux-gnu && find . -type f -exec sha256sum {} +) >new-files
echo "$new_version" >new-version
run_inside -t 1200 -a "$system_here/guest/webkit.sh" "$system_here/guest/webkit-prepare.sh" \
  repository repository-before publisher new-files new-version "$packages" "$system_here/guest/"{device.sh,webview.py}
