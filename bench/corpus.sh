#!/usr/bin/env bash
# Fetches pairs of versions of real Debian 12 packages, to measure patches on.
#
#   bench/corpus.sh DIR [NAME…]      all pairs below, or those named
#
# Leaves DIR/NAME/old, DIR/NAME/new (unpacked) and DIR/pairs.tsv (name, class, package, versions, download sizes). Needs the
# bookworm, bookworm-updates and bookworm-security sources and a recent `apt-get update`. A version that is not offered any
# more is left out, with a line that says so.
set -euo pipefail
export LC_ALL=C
[ $# -ge 1 ] || { echo "usage: corpus.sh DIR [NAME…]" >&2; exit 2; }
mkdir -p "$1"
corpus=$(cd "$1" && pwd)
shift

# name, class, package, old version, new version. The class is what became of the code:
#   local     few functions changed
#   many      many fixes at once, or a new upstream version
#   profiled  laid out by a profile, which changes with every build
pairs='
ssl      local     libssl3               3.0.20-1~deb12u2         3.0.22-1~deb12u2
poppler  local     libpoppler126         22.12.0-2+deb12u2        22.12.0-2+deb12u3
sudo     local     sudo                  1.9.13p3-1+deb12u2       1.9.13p3-1+deb12u4
xml2     local     libxml2               2.9.14+dfsg-1.3~deb12u4  2.9.14+dfsg-1.3~deb12u6
glib     local     libglib2.0-0          2.74.6-2+deb12u2         2.74.6-2+deb12u9
sshd     local     openssh-server        1:9.2p1-2+deb12u9        1:9.2p1-2+deb12u10
png      local     libpng16-16           1.6.39-2+deb12u5         1.6.39-2+deb12u6
git      local     git                   1:2.39.5-0+deb12u2       1:2.39.5-0+deb12u3
haproxy  local     haproxy               2.6.12-1+deb12u3         2.6.12-1+deb12u4
expat    local     libexpat1             2.5.0-1+deb12u2          2.5.0-1+deb12u5
perl     local     perl-base             5.36.0-7+deb12u3         5.36.0-7+deb12u4
unbound  local     unbound               1.17.1-2+deb12u3         1.17.1-2+deb12u4
nss      local     libnss3               2:3.87.1-1+deb12u2       2:3.87.1-1+deb12u4
libc     many      libc6                 2.36-9+deb12u7           2.36-9+deb12u14
curl     many      libcurl4              7.88.1-10+deb12u5        7.88.1-10+deb12u15
nginx    many      nginx                 1.22.1-9+deb12u9         1.22.1-9+deb12u11
systemd  many      libsystemd0           252.38-1~deb12u1         252.39-1~deb12u2
bind     many      bind9-libs            1:9.18.49-1~deb12u1      1:9.18.49-1~deb12u3
php      many      php8.2-cli            8.2.32-1~deb12u1         8.2.36-1~deb12u1
postgres many      postgresql-15         15.18-0+deb12u1          15.20-0+deb12u1
python   profiled  python3.11-minimal    3.11.2-6+deb12u8         3.11.2-6+deb12u9
webkit   local     libwebkit2gtk-4.1-0   2.50.6-1~deb12u1         2.50.6-1~deb12u2
'

is_wanted() {
  [ "${#wanted[@]}" -eq 0 ] && return
  local name
  for name in "${wanted[@]}"; do [ "$name" = "$1" ] && return; done
  return 1
}

# unpack PACKAGE VERSION FOLDER: fetches and unpacks; prints the size of the download
unpack() {
  local file="$corpus/packages/$1=${2//:/%}.deb"
  if [ ! -s "$file" ]; then
    local fetching="$corpus/packages/fetching"
    rm -rf "$fetching" && mkdir -p "$fetching"
    (cd "$fetching" && apt-get -q download "$1=$2" >/dev/null 2>&1) || return 1
    mv "$fetching"/*.deb "$file"
    rmdir "$fetching"
  fi
  rm -rf "$3" && mkdir -p "$3"
  dpkg-deb -x "$file" "$3"
  stat -c %s "$file"
}

wanted=("$@")
list="$corpus/pairs.tsv"
printf 'name\tclass\tpackage\told\tnew\told_download_bytes\tnew_download_bytes\n' >"$list.partial"
had=0
while read -r name class package old new; do
  [ -n "$name" ] && is_wanted "$name" || continue
  if old_size=$(unpack "$package" "$old" "$corpus/$name/old") &&
     new_size=$(unpack "$package" "$new" "$corpus/$name/new"); then
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$name" "$class" "$package" "$old" "$new" "$old_size" "$new_size" >>"$list.partial"
    echo "$name: $package $old to $new"
    had=$((had + 1))
  else
    echo "$name: left out, $package $old or $new is not offered"
  fi
done <<<"$pairs"
mv "$list.partial" "$list"
[ "$had" -gt 0 ] || { echo "no pair could be fetched; is 'apt-get update' recent?" >&2; exit 1; }
