# Shared by the scripts of this folder: real packages built on the spot, a repository, a server, devices, and checks
# that name what they expected. To be sourced with the path of the `interlude` program as first argument.
set -euo pipefail
export LC_ALL=C
interlude=$(realpath "${1:?usage: $0 INTERLUDE_PROGRAM}")
tests_bin=${2:+$(realpath "$2")}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
platform=debian-12-x86_64

# libfaketime is loaded before the sanitizers' run-time library, which otherwise objects
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0
work=$(mktemp -d -t interlude-test.XXXXXX)
pids=()
mounts=()
at_exit() {
  local code=$?
  for place in "${mounts[@]}"; do umount "$place" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
  [ "$code" -eq 0 ] || echo "FAILED (exit $code) in ${current_check:-set-up}" >&2
}
trap at_exit EXIT
cd "$work"

check() { current_check=$*; echo "-- $*"; }
die() { echo "   $*" >&2; exit 1; }

# run COMMAND…: must succeed; output in $out
run() { out=$("$@" 2>"$work/err") || die "exit $? from: $*"$'\n'"$out$(cat "$work/err")"; }
# refuses CODE REGEX COMMAND…: must fail with that exit code ("any" for each but 0) and a message that matches
refuses() {
  local code=$1 regex=$2 got=0; shift 2
  "$@" >"$work/out" 2>"$work/err" || got=$?
  [ "$got" -ne 0 ] || die "should have been refused: $*"$'\n'"$(cat "$work/out")"
  [ "$code" = any ] || [ "$got" = "$code" ] || die "exit $got, expected $code: $*"$'\n'"$(cat "$work/err")"
  [ "$got" -lt 126 ] || [ "$got" = 130 ] || die "crashed with $got: $*"$'\n'"$(cat "$work/err")"
  grep -qE "$regex" "$work/err" || die "message does not match \"$regex\": $(cat "$work/err")"
}
equal() { [ "$1" = "$2" ] || die "expected \"$2\", found \"$1\"${3:+ ($3)}"; }
matches() { grep -qE -- "$2" <<<"$1" || die "\"$1\" does not match \"$2\""; }

# What a device runs, as one hash: names, kinds, modes, link targets and every byte.
tree_hash() { (cd "$1" && find . -printf '%p %y %m %l\n' | sort; find . -type f -print0 | sort -z | xargs -0r sha256sum) | sha256sum | cut -c1-64; }
# Everything a device could run: where its link points, every complete generation, and its baseline.
device_hash() {
  local state=$1 tree; tree=$(field "$state" active_tree)
  echo "$(readlink "$state/var/lib/interlude/active") $(tree_hash "$tree") $(tree_hash "$2")"
}
field() { "$interlude" status --json --root "$1" | jq -r ".$2"; }

# build_library DIR TEXT [EXTRA]: a real shared library and a program, as a package's tree
build_library() {
  local dir=$1 text=$2 extra=${3-}
  mkdir -p "$dir/usr/lib/x86_64-linux-gnu" "$dir/usr/bin" "$dir/usr/share/greeting"
  cat >"$work/greeting.cpp" <<CPP
#include <string>
static const char* const words[] = {"one", "two", "three", "four"};
extern "C" const char* greeting() { return "$text"; }
extern "C" int count(const char* word) { int n = 0; for (const char* w : words) n += std::string(word) == w; return n; }
$extra
CPP
  cat >"$work/greet.cpp" <<'CPP'
#include <cstdio>
extern "C" const char* greeting();
int main() { std::puts(greeting()); }
CPP
  g++ -O1 -shared -fPIC -Wl,-soname,libgreeting.so.1 -o "$dir/usr/lib/x86_64-linux-gnu/libgreeting.so.1.0" "$work/greeting.cpp"
  ln -sf libgreeting.so.1.0 "$dir/usr/lib/x86_64-linux-gnu/libgreeting.so.1"
  [ -x "$work/greet" ] || g++ -O1 -o "$work/greet" "$work/greet.cpp" "$dir/usr/lib/x86_64-linux-gnu/libgreeting.so.1"
  cp "$work/greet" "$dir/usr/bin/greet"
  seq 2000 >"$dir/usr/share/greeting/data"
}

# package DIR NAME VERSION OUT.deb
package() {
  local dir=$1 name=$2 version=$3 deb=$4
  rm -rf "$work/stage"; cp -a "$dir" "$work/stage"; mkdir -p "$work/stage/DEBIAN"
  printf 'Package: %s\nSource: greeting\nVersion: %s\nArchitecture: amd64\nMaintainer: nobody <nobody@example.org>\nDescription: greeting\n' \
         "$name" "$version" >"$work/stage/DEBIAN/control"
  dpkg-deb --root-owner-group -b "$work/stage" "$deb" >/dev/null
}

write_advisory() { # FILE COMPONENT
  cat >"$1" <<TOML
[[advisory]]
id = "CVE-2026-1000"
component = "$2"
impact = "A greeting could be read by another origin."
description = "The greeting now checks who asks."
references = ["https://example.org/CVE-2026-1000"]
TOML
}

# for jq: a hexadecimal text with another first digit
other_first_digit='(if .[0:1] == "0" then "1" else "0" end) + .[1:]'

# old_and_new: trees "old" and "new", a package of each, an advisory, and "baseline", which devices run
old_and_new() {
  build_library old "hello from the old code"
  build_library new "hello from the fixed code"
  package old libgreeting1 1.0-1 old.deb
  package new libgreeting1 1.0-2 new.deb
  write_advisory advisory.toml greeting
  cp -a old baseline
}

# build BASELINE_VERSION LETTER OUT: the improvement from old.deb to new.deb
build() {
  local baseline=$1 letter=$2 to=$3
  "$interlude" build --platform $platform --baseline-version "$baseline" --letter "$letter" --baseline old.deb --patched new.deb \
      --advisory advisory.toml --out "$to"
}

# serve DIR: sets $url and $log, the requests; the server's pid is the last of ${pids[@]}
serve() {
  "$interlude" serve "$1" --port 0 --verbose >"$work/serve.$$.${#pids[@]}" 2>&1 &
  pids+=($!)
  local i
  log=$work/serve.$$.$((${#pids[@]} - 1))
  for i in $(seq 200); do grep -q '^listening ' "$log" 2>/dev/null && break; sleep 0.05; done
  url=$(sed -n 's/^listening //p' "$log"); [ -n "$url" ] || die "server did not start: $(cat "$log")"
}
stop_server() { local pid=${pids[-1]}; unset 'pids[-1]'; kill "$pid"; wait "$pid" || true; }

# provision STATE TREE BASELINE_VERSION [URL]: a device of the repository "repo"
provision() {
  run "$interlude" device init --root "$1" --tree "$2" --trusted-root "$(trusted_root repo)" --url "${4-$url}" \
      --platform "$platform" --baseline-version "$3"
}
trusted_root() { "$interlude" repo status "$1" --json | jq -r .trusted_root; }
says() { "$1/usr/bin/greet" 2>&1; }
greeting_of() { LD_LIBRARY_PATH=$1/usr/lib/x86_64-linux-gnu "$1/usr/bin/greet"; }
