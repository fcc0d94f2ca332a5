# What scenarios publish and how a device inside follows it; to be sourced after lib.sh. The publisher runs on this machine, the
# repository's folder goes in with the job, and is served there on loopback.
publisher=$PUBLISHER
platform=debian-12-x86_64
[ ! -f "$SYSTEM_DIR/root/etc/debian_version" ] || baseline_version=$(cat "$SYSTEM_DIR/root/etc/debian_version")

old_debs() { cat "$SYSTEM_DIR/old-debs"; }
new_debs() { cat "$SYSTEM_DIR/new-debs"; }

advisory() { # FILE COMPONENT CVE
  printf '[[advisory]]\nid = "%s"\ncomponent = "%s"\nimpact = "See the test."\ndescription = "See the test."\nreferences = []\n' \
    "$3" "$2" >"$1"
}

# improvement NAME LETTER COMPONENT APPLY OLD… -- NEW… [-- MORE_ARGUMENTS…]: sets $improvement to a built one. APPLY is a
# mode, or "proposed" for what the gate proposes. What was built of the same files by the same program stays for the next scenario: a
# payload of OpenSSL takes ten seconds, one of WebKitGTK some minutes.
improvement() {
  local name=$1 letter=$2 component=$3 apply=$4 key old=() new=() more=()
  shift 4
  while [ "$1" != -- ]; do old+=("$1"); shift; done; shift
  while [ $# -gt 0 ] && [ "$1" != -- ]; do new+=("$1"); shift; done
  [ $# -eq 0 ] || { shift; more=("$@"); }
  key=$({ cat "$publisher"; find "${old[@]}" "${new[@]}" -type f -exec cat {} +; echo "$letter $component $apply $baseline_version ${more[*]}"; } | sha256sum | cut -c1-16)
  improvement=$SYSTEM_DIR/improvements/$name-$key
  mkdir -p "$SYSTEM_DIR/improvements"
  local lock  # another scenario may be making the same
  exec {lock}>"$improvement.lock"
  flock "$lock"
  if [ -d "$improvement" ]; then exec {lock}>&-; return 0; fi
  rm -rf "$improvement.partial"
  advisory "$improvement.toml" "$component" "CVE-2026-$((1000 + ${#name}))"
  local arguments=(--platform $platform --baseline-version "$baseline_version" --letter "$letter")
  [ "$apply" = proposed ] || arguments+=(--apply "$apply")
  arguments+=(--advisory "$improvement.toml" --baseline "${old[@]}" --patched "${new[@]}" "${more[@]}")
  "$publisher" build "${arguments[@]}" --out "$improvement.partial" >"$improvement.log" 2>&1 || { cat "$improvement.log"; return 1; }
  mv "$improvement.partial" "$improvement"
  exec {lock}>&-
}

# The published fix of OpenSSL: the versions that build-root.sh chose
openssl_improvement() { # LETTER
  mapfile -t old < <(old_debs); mapfile -t new < <(new_debs)
  improvement openssl "$1" openssl live-with-restart "${old[@]}" -- "${new[@]}"
}

# It, published in ./repository, and the publisher beside that, to go in with the job
openssl_published() {
  openssl_improvement a
  repository repository
  publish repository "$improvement"
  cp "$publisher" publisher
}

# broken_library LIBRARY.so.N DEB FOLDER: prints a .deb like DEB, except that whoever loads LIBRARY aborts: the library
# needs one more, of ours, whose constructor does that.
broken_library() {
  local library=$1 deb=$2 work=$3 file
  rm -rf "$work/broken"; mkdir -p "$work/broken"
  dpkg-deb -R "$deb" "$work/broken"
  printf '#include <stdlib.h>\n__attribute__((constructor)) static void begin(void) { abort(); }\n' >"$work/abort.c"
  gcc -O2 -shared -fPIC -Wl,-soname,libabort-at-once.so.1 -Wl,-z,relro,-z,now -o "$work/libabort-at-once.so.1" "$work/abort.c"
  file=$(find "$work/broken" -name "$library*" -type f | head -1)
  [ -n "$file" ] || { echo "no $library in $deb" >&2; return 1; }
  install -m 644 "$work/libabort-at-once.so.1" "$(dirname "$file")/"
  patchelf --add-needed libabort-at-once.so.1 "$file"
  sed -i 's/^Version: .*/&+broken1/' "$work/broken/DEBIAN/control"
  (cd "$work/broken" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | xargs -0 md5sum >DEBIAN/md5sums)
  dpkg-deb --root-owner-group -b "$work/broken" "$work/broken-$library.deb" >/dev/null
  echo "$work/broken-$library.deb"
}

# repository FOLDER: a new one
repository() { "$publisher" repo init "$1" >/dev/null 2>&1 || { "$publisher" repo init "$1"; return 1; }; }
publish() { "$publisher" publish "$1" "$2" >/dev/null || { echo "publishing $2 failed"; return 1; }; }
