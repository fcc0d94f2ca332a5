#!/usr/bin/env bash
# Fetches pairs of versions of real Debian 12 packages, to measure patches on and to test with.
#
#   bench/corpus.sh DIR [NAME…]      all pairs below, or those named
#   bench/corpus.sh --list           their names, classes and architectures
#
# Leaves DIR/NAME/old, DIR/NAME/new (unpacked) and DIR/pairs.tsv (name, class, package, versions, download sizes,
# architecture); pairs that are there stay. Needs the bookworm, bookworm-updates and bookworm-security sources and a recent
# `apt-get update`; for another architecture than the machine's it makes one of its own in DIR/apt-ARCHITECTURE, and the
# machine's configuration stays as it is. A version that is not offered any more is left out, with a line that says so.
set -euo pipefail
export LC_ALL=C

# name, class, architecture, package, old version, new version. The class is what became of the code:
#   local     few functions changed
#   many      many fixes at once, or a new upstream version
#   profiled  laid out by a profile, which changes with every build
pairs='
ssl          local     amd64  libssl3              3.0.20-1~deb12u2          3.0.22-1~deb12u2
poppler      local     amd64  libpoppler126        22.12.0-2+deb12u2         22.12.0-2+deb12u3
sudo         local     amd64  sudo                 1.9.13p3-1+deb12u2        1.9.13p3-1+deb12u4
xml2         local     amd64  libxml2              2.9.14+dfsg-1.3~deb12u4   2.9.14+dfsg-1.3~deb12u6
glib         local     amd64  libglib2.0-0         2.74.6-2+deb12u2          2.74.6-2+deb12u9
sshd         local     amd64  openssh-server       1:9.2p1-2+deb12u9         1:9.2p1-2+deb12u10
png          local     amd64  libpng16-16          1.6.39-2+deb12u5          1.6.39-2+deb12u6
git          local     amd64  git                  1:2.39.5-0+deb12u2        1:2.39.5-0+deb12u3
haproxy      local     amd64  haproxy              2.6.12-1+deb12u3          2.6.12-1+deb12u4
expat        local     amd64  libexpat1            2.5.0-1+deb12u2           2.5.0-1+deb12u5
perl         local     amd64  perl-base            5.36.0-7+deb12u3          5.36.0-7+deb12u4
unbound      local     amd64  unbound              1.17.1-2+deb12u3          1.17.1-2+deb12u4
nss          local     amd64  libnss3              2:3.87.1-1+deb12u2        2:3.87.1-1+deb12u4
libc         many      amd64  libc6                2.36-9+deb12u7            2.36-9+deb12u14
curl         many      amd64  libcurl4             7.88.1-10+deb12u5         7.88.1-10+deb12u15
nginx        many      amd64  nginx                1.22.1-9+deb12u9          1.22.1-9+deb12u11
systemd      many      amd64  libsystemd0          252.38-1~deb12u1          252.39-1~deb12u2
bind         many      amd64  bind9-libs           1:9.18.49-1~deb12u1       1:9.18.49-1~deb12u3
php          many      amd64  php8.2-cli           8.2.32-1~deb12u1          8.2.36-1~deb12u1
postgres     many      amd64  postgresql-15        15.18-0+deb12u1           15.20-0+deb12u1
python       profiled  amd64  python3.11-minimal   3.11.2-6+deb12u8          3.11.2-6+deb12u9
webkit       local     amd64  libwebkit2gtk-4.1-0  2.50.6-1~deb12u1          2.50.6-1~deb12u2
arm-ssl      local     arm64  libssl3              3.0.20-1~deb12u2          3.0.22-1~deb12u2
arm-poppler  local     arm64  libpoppler126        22.12.0-2+deb12u2         22.12.0-2+deb12u3
arm-sudo     local     arm64  sudo                 1.9.13p3-1+deb12u2        1.9.13p3-1+deb12u4
arm-xml2     local     arm64  libxml2              2.9.14+dfsg-1.3~deb12u4   2.9.14+dfsg-1.3~deb12u6
arm-glib     local     arm64  libglib2.0-0         2.74.6-2+deb12u2          2.74.6-2+deb12u9
arm-sshd     local     arm64  openssh-server       1:9.2p1-2+deb12u9         1:9.2p1-2+deb12u10
arm-libc     many      arm64  libc6                2.36-9+deb12u7            2.36-9+deb12u14
arm-curl     many      arm64  libcurl4             7.88.1-10+deb12u5         7.88.1-10+deb12u15
arm-nginx    many      arm64  nginx                1.22.1-9+deb12u9          1.22.1-9+deb12u11
arm-python   profiled  arm64  python3.11-minimal   3.11.2-6+deb12u8          3.11.2-6+deb12u9
'

usage() { sed -n '4,5s/^# *//p' "$0" >&2; exit 2; }
[ $# -ge 1 ] && [ -n "$1" ] || usage
if [ "$1" = --list ]; then
  awk 'NF { printf "%s\t%s\t%s\n", $1, $2, $3 }' <<<"$pairs"
  exit
fi
[ "${1#-}" = "$1" ] || usage
mkdir -p "$1"
corpus=$(cd "$1" && pwd)
shift
rm -f "$corpus"/apt-*/updated
wanted=("$@")
for name in "${wanted[@]}"; do
  grep -q "^$name " <<<"$pairs" || { echo "corpus.sh: there is no pair \"$name\" (see --list)" >&2; exit 2; }
done

is_wanted() {
  [ "${#wanted[@]}" -eq 0 ] && return
  local name
  for name in "${wanted[@]}"; do [ "$name" = "$1" ] && return; done
  return 1
}

# apt_for ARCHITECTURE ARGUMENT…: apt-get, for another architecture with lists of its own
apt_for() {
  local architecture=$1 own=$corpus/apt-$1 options=()
  shift
  if [ "$architecture" != "$(dpkg --print-architecture)" ]; then
    options=(-o APT::Architecture="$architecture" -o APT::Architectures::="$architecture"
             -o Dir::State="$own" -o Dir::State::status="$own/status" -o Dir::Cache="$own/cache")
    if [ ! -e "$own/updated" ]; then
      mkdir -p "$own/lists/partial" "$own/cache/archives/partial"
      : >"$own/status"
      # A source that has nothing for this architecture is no reason to stop.
      apt-get -q "${options[@]}" update >"$own/log" 2>&1 || true
      : >"$own/updated"
    fi
  fi
  apt-get -q "${options[@]}" "$@"
}

# unpack PACKAGE ARCHITECTURE VERSION FOLDER: fetches and unpacks; prints the size of the download
unpack() {
  local name=$1
  [ "$2" = amd64 ] || name+=%$2
  local file="$corpus/packages/$name=${3//:/%}.deb"
  if [ ! -s "$file" ]; then
    local fetching="$corpus/packages/fetching"
    rm -rf "$fetching" && mkdir -p "$fetching"
    (cd "$fetching" && apt_for "$2" download "$1=$3" >/dev/null 2>&1) || return 1
    mv "$fetching"/*.deb "$file"
    rmdir "$fetching"
  fi
  rm -rf "$4" "$4.partial" && mkdir -p "$4.partial"
  dpkg-deb -x "$file" "$4.partial" && mv "$4.partial" "$4" || return 1
  stat -c %s "$file"
}

list="$corpus/pairs.tsv"
# row_of NAME: its line, if it is there in these versions
row_of() {
  [ -e "$list" ] && [ -d "$corpus/$1/old" ] && [ -d "$corpus/$1/new" ] || return 0
  awk -F'\t' -v key="$1 $2 $3 $4 $5 $6" '$1 " " $2 " " $8 " " $3 " " $4 " " $5 == key' "$list"
}

printf 'name\tclass\tpackage\told\tnew\told_download_bytes\tnew_download_bytes\tarchitecture\n' >"$list.partial"
had=0
while read -r name class architecture package old new; do
  [ -n "$name" ] || continue
  row=$(row_of "$name" "$class" "$architecture" "$package" "$old" "$new")
  if [ -n "$row" ]; then
    echo "$row" >>"$list.partial"
    is_wanted "$name" || continue
    echo "$name: is there"
    had=$((had + 1))
  elif ! is_wanted "$name"; then
    continue
  elif old_size=$(unpack "$package" "$architecture" "$old" "$corpus/$name/old") &&
       new_size=$(unpack "$package" "$architecture" "$new" "$corpus/$name/new"); then
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$name" "$class" "$package" "$old" "$new" "$old_size" "$new_size" \
      "$architecture" >>"$list.partial"
    echo "$name: $package $old to $new, $architecture"
    had=$((had + 1))
  else
    echo "$name: left out, $package $old or $new is not offered for $architecture"
  fi
done <<<"$pairs"
mv "$list.partial" "$list"
[ "$had" -gt 0 ] || { echo "no pair could be fetched; is 'apt-get update' recent?" >&2; exit 1; }
