# The scenarios: name, whether it belongs to the ordinary run ("here": to that alone, for it needs no other kernel) or to --all,
# its time limit in seconds, and what it shows. To be sourced by run.sh. Each is scenarios/NAME.sh: exit 0 passed, 77 skipped (a last line "skip: reason"), else failed.
scenarios() {
  cat <<'LIST'
harness       here     300  the harness itself: a good and a bad writer are told apart at every power cut
boot-plain    ordinary 240  the system boots to "running" with the product installed, in the container and on Debian's kernel
mounts        ordinary 400  arming, switching, going back under systemd's sandboxes: who follows, masks intact; both kernels
steps         ordinary 800  every step of a switch fails, and is where guard and agent are killed, on the real kernel
readers       ordinary 600  10,000 switches under reading programs (500 on Debian's kernel): none missing, none mixed
escape        ordinary 500  ways out that need nothing of ours: interlude.off, the marker, boots that hang, a lost store
power         here     900  the power cut at every write of install, going back, removal, clean-up and arming; ext4, btrfs
openssl-live  ordinary 900  a fix of OpenSSL reaches a running system within one poll, and goes off again, byte for byte
bad-patches   ordinary 900  fixes that break the system: it is back to good by itself, and never tries them again
dpkg          ordinary 500  dpkg and apt on a patched system, however they end
packages      ordinary 500  the Debian packages: lintian, installed, provisioned, used, upgraded, removed, purged; dpkg always works
guest         ordinary 1200 what stays in memory, how often it wakes up
astray        ordinary 400  removal and going back without network, in 1970 and 2040, with expired metadata, on a full disk, a read-only store
browser       ordinary 500  a flaw that can be seen, before and after: in a service, and in a person's program that goes on
sandbox       all      900  the locks of the processes that meet the network, on Debian's kernel, with and without Landlock
webkit        all      1800 a real browser engine under a person's program: the fix waits, the next start has it, and back
power-machine all      3000 machines killed while they install, remove, clean up and arm
LIST
}
# scenario_names [all|debian-kernel]
scenario_names() { scenarios | awk -v which="${1:-}" 'which == "all" || $2 == "ordinary" || $2 == "here" && which == "" { print $1 }'; }
list_scenarios() { scenarios | awk '{ printf "%-14s %-9s", $1, $2; $1 = $2 = $3 = ""; print }' | tr -s ' ' | column -t -l 3; }
known_scenario() { scenario_names all | grep -qxF -- "$1"; }
limit_of() { scenarios | awk -v name="$1" '$1 == name { print $3 }'; }
describe() { scenarios | awk -v name="$1" '$1 == name { $1 = $2 = $3 = ""; sub(/^ +/, ""); print }'; }

# prepare_product [BUILD_FOLDER]: the product as Debian packages, or as the build folder given has it; unpacked in $SYSTEM_DIR/product, so
# that this machine can publish with it. Sets $PUBLISHER and $GUARD, programs for scenarios (empty: there is none).
prepare_product() {
  local top=$1 build=${2:-} unpacked=$SYSTEM_DIR/product key
  if [ -n "$build" ]; then
    rm -rf "$unpacked"
    DESTDIR=$unpacked cmake --install "$build" --prefix /usr --component agent >/dev/null || return 1
    PUBLISHER=$build/src/cli/interlude GUARD=$build/src/guard/interlude-guard
    rm -f "$SYSTEM_DIR/product.key"
  else
    key=$(cd "$top" && git ls-files -z -co --exclude-standard CMakeLists.txt cmake packaging src | xargs -0 cat 2>/dev/null | sha256sum | cut -c1-64)
    if [ "$(cat "$SYSTEM_DIR/product.key" 2>/dev/null)" != "$key" ]; then
      rm -rf "$unpacked" "$SYSTEM_DIR/packages" "$SYSTEM_DIR/product.key"
      "$top/packaging/build-debs.sh" --work-tree --no-install --out "$SYSTEM_DIR/packages" || return 1
      for package in "$SYSTEM_DIR"/packages/*.deb; do dpkg-deb -x "$package" "$unpacked" || return 1; done
      echo "$key" >"$SYSTEM_DIR/product.key"
    fi
    PUBLISHER=$unpacked/usr/libexec/interlude/interlude-publisher GUARD=$unpacked/usr/libexec/interlude/interlude-guard
  fi
  [ -x "$GUARD" ] || GUARD=''
  export PUBLISHER GUARD
}

# prepare_root [BUILD_FOLDER]: the system with the product of prepare_product inside
prepare_root() {
  if [ -z "${1:-}" ]; then
    "$system_here/build-root.sh" -f "$(echo "$SYSTEM_DIR"/packages/interlude-agent_*.deb)"
  else
    "$system_here/build-root.sh" -i "$SYSTEM_DIR/product:/" -x "$system_here/guest/enable-units.sh"
  fi
}
