# Chooses the packages of the demonstration and of the measurements; to be sourced.
#
# choose_packages WORK CACHE sets
#   demo_source     the component's name                      demo_packages   binary package names
#   old_version, middle_version, new_version                  old_debs, middle_debs, new_debs   .deb files
# and defines run_program TREE: prints what the package's own program, or a program using the library, says when it
# runs from TREE, and which library file it has mapped.
#
# Real packages where apt offers two versions; else a small library, compiled here in two versions.

# The versions apt offers for all packages named, oldest first.
offered_versions() {
  local package first=yes common=""
  for package in "$@"; do
    local versions; versions=$(apt-cache madison "$package" 2>/dev/null | awk -F' *[|] *' '{print $2}' | sort -u)
    if [ $first = yes ]; then common=$versions; first=no; else common=$(comm -12 <(echo "$common") <(echo "$versions")); fi
  done
  local version sorted=()
  for version in $common; do
    local i=0
    while [ $i -lt ${#sorted[@]} ] && dpkg --compare-versions "${sorted[$i]}" lt "$version"; do i=$((i + 1)); done
    sorted=("${sorted[@]:0:$i}" "$version" "${sorted[@]:$i}")
  done
  printf '%s\n' "${sorted[@]}"
}

# download_debs CACHE VERSION PACKAGE…: prints the paths of the .deb files, downloading those not there yet.
download_debs() {
  local cache=$1 version=$2 package; shift 2
  mkdir -p "$cache"
  for package in "$@"; do
    local pattern="$cache/${package}_${version//:/%3a}_"
    compgen -G "$pattern*.deb" >/dev/null || (cd "$cache" && apt-get -q download "$package=$version" >/dev/null 2>apt.log) ||
      { cat "$cache/apt.log" >&2; return 1; }
    compgen -G "$pattern*.deb" | while read -r deb; do realpath "$deb"; done
  done
}

mapped_library() { # TREE NAME: the path from the running program's own /proc/self/maps
  grep -o "/[^ ]*$2[^ ]*" | sort -u | head -n 1
}

choose_packages() {
  local work=$1 cache=$2 candidate versions
  [ -n "$(apt-cache madison libssl3 2>/dev/null)" ] || { [ "$(id -u)" -ne 0 ] || apt-get update -q >/dev/null 2>&1 || true; }
  for candidate in "openssl:libssl3 openssl" "curl:libcurl4 curl" "libxml2:libxml2 libxml2-utils"; do
    demo_source=${candidate%%:*}
    read -r -a demo_packages <<<"${candidate#*:}"
    mapfile -t versions < <(offered_versions "${demo_packages[@]}")
    [ "${#versions[@]}" -ge 2 ] || continue
    old_version=${versions[0]}; new_version=${versions[-1]}
    middle_version=${versions[$(((${#versions[@]} - 1) / 2))]}
    mapfile -t old_debs < <(download_debs "$cache" "$old_version" "${demo_packages[@]}")
    mapfile -t middle_debs < <(download_debs "$cache" "$middle_version" "${demo_packages[@]}")
    mapfile -t new_debs < <(download_debs "$cache" "$new_version" "${demo_packages[@]}")
    [ "${#new_debs[@]}" -eq "${#demo_packages[@]}" ] && [ "${#old_debs[@]}" -eq "${#demo_packages[@]}" ] || continue
    return 0
  done
  echo "apt offers no library package in two versions: a small one is compiled here instead"
  demo_source=libgreeting; demo_packages=(libgreeting)
  old_version=1.0-1; middle_version=1.0-1; new_version=1.0-2
  mapfile -t old_debs < <(compile_greeting "$work" "$old_version" "hello from the old code")
  middle_debs=("${old_debs[@]}")
  mapfile -t new_debs < <(compile_greeting "$work" "$new_version" "hello from the fixed code")
}

# compile_greeting WORK VERSION TEXT: builds a .deb with a library and a program that uses it; prints its path.
compile_greeting() {
  local work=$1 version=$2 text=$3
  local build=$work/greeting-$version package=$work/greeting-$version/package
  mkdir -p "$package/DEBIAN" "$package/usr/lib/x86_64-linux-gnu" "$package/usr/bin"
  cat >"$build/greeting.cpp" <<CPP
extern "C" const char* greeting() { return "$text"; }
CPP
  cat >"$build/main.cpp" <<'CPP'
#include <cstdio>
#include <fstream>
#include <iostream>
extern "C" const char* greeting();
int main() { std::puts(greeting()); std::fflush(stdout); std::cout << std::ifstream("/proc/self/maps").rdbuf(); }
CPP
  g++ -O2 -shared -fPIC -Wl,-soname,libgreeting.so.1 -o "$package/usr/lib/x86_64-linux-gnu/libgreeting.so.1" "$build/greeting.cpp"
  g++ -O2 -o "$package/usr/bin/greet" "$build/main.cpp" "$package/usr/lib/x86_64-linux-gnu/libgreeting.so.1"
  printf 'Package: libgreeting\nVersion: %s\nArchitecture: amd64\nMaintainer: nobody <nobody@example.org>\nDescription: greeting\n' \
         "$version" >"$package/DEBIAN/control"
  dpkg-deb --root-owner-group -b "$package" "$build.deb" >/dev/null
  echo "$build.deb"
}

run_program() { # TREE
  local tree=$1 libraries=$1/usr/lib/x86_64-linux-gnu
  case $demo_source in
    openssl)
      LD_LIBRARY_PATH=$libraries "$tree/usr/bin/openssl" version
      LD_LIBRARY_PATH=$libraries "$tree/usr/bin/openssl" enc -base64 -in /proc/self/maps | base64 -d | mapped_library "$tree" libcrypto.so ;;
    curl)
      LD_LIBRARY_PATH=$libraries "$tree/usr/bin/curl" --version | head -n 1
      LD_LIBRARY_PATH=$libraries "$tree/usr/bin/curl" -s file:///proc/self/maps | mapped_library "$tree" libcurl.so ;;
    libxml2)
      LD_LIBRARY_PATH=$libraries "$tree/usr/bin/xmllint" --version 2>&1 | head -n 1
      LD_LIBRARY_PATH=$libraries "$tree/usr/bin/xmllint" --html --recover /proc/self/maps 2>/dev/null | mapped_library "$tree" libxml2.so ;;
    libgreeting)
      LD_LIBRARY_PATH=$libraries "$tree/usr/bin/greet" | head -n 1
      LD_LIBRARY_PATH=$libraries "$tree/usr/bin/greet" | mapped_library "$tree" libgreeting.so ;;
  esac
}
