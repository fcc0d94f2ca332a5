#!/usr/bin/env bash
# The main job on real packages: two devices patch themselves with one published release, and go back.
#
#   ./demo.sh [--keep]
#
# Installs what it needs, builds, takes two versions of a library package from apt, makes a repository and devices in
# one temporary folder, and cleans it up (--keep keeps it and prints where).
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")"
source scripts/demo-packages.sh

keep=no
case ${1-} in
  "") ;;
  --keep) keep=yes ;;
  -h|--help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) echo "demo.sh: unknown argument \"$1\" (see --help)" >&2; exit 2 ;;
esac

work=$(mktemp -d -t interlude-demo.XXXXXX)
pids=()
clean_up() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; done
  if [ "$keep" = yes ]; then echo "Kept: $work"; else rm -rf "$work"; fi
}
trap clean_up EXIT
trap 'exit 130' INT TERM

say() { printf '\n== %s\n' "$*"; }
run() { printf '$ %s\n' "$(sed "s|$work/||g; s|$bin|interlude|g" <<<"$*")"; "$@" 2>&1 | shorten; }
shorten() { sed "s|$work/||g"; }
fail() { echo "demo.sh: $*" >&2; exit 1; }

# --- 1. What it needs -------------------------------------------------------------------------------------------
scripts/install-dependencies.sh build demo
say "Building (release)"
mkdir -p build
{ cmake --preset release && cmake --build --preset release --parallel "$(nproc)"; } >build/release-build.log 2>&1 ||
  { grep -A12 -E 'error|CMake Error' build/release-build.log | head -n 60 >&2; fail "the build failed; see build/release-build.log"; }
bin=$PWD/build/release/src/cli/interlude
interlude() { "$bin" "$@"; }
status() { "$bin" status --json --root "$1"; }
echo "$("$bin" --version) built"

say "Two versions of one library, from apt"
choose_packages "$work" build/demo-packages
echo "$demo_source: ${demo_packages[*]}, $old_version → $new_version (between: $middle_version)"

# --- 2. The publisher ---------------------------------------------------------------------------------------------
unpack() { local into=$1; shift; mkdir -p "$into"; local deb; for deb in "$@"; do dpkg-deb -x "$deb" "$into"; done; }
unpack "$work/baseline-12.10" "${old_debs[@]}"
unpack "$work/baseline-12.11" "${middle_debs[@]}"
digest_of_tree() { (cd "$1" && find . -type f -print0 | sort -z | xargs -0 sha256sum && find . -type l -printf '%p -> %l\n' | sort) | sha256sum; }
before_10=$(digest_of_tree "$work/baseline-12.10"); before_11=$(digest_of_tree "$work/baseline-12.11")

cat >"$work/advisory.toml" <<TOML
[[advisory]]
id = "DEMO-1"
component = "$demo_source"
impact = "What $demo_source $new_version fixes; see the changelog of the package."
description = "All changes of $demo_source from $old_version to $new_version."
references = ["https://tracker.debian.org/pkg/$demo_source"]
TOML
quoted() { printf '"%s", ' "$@" | sed 's/, $//'; }
cat >"$work/release.toml" <<TOML
name = "demo"
advisory = "advisory.toml"

[[cell]]
platform = "debian-12-x86_64"
baseline_version = "12.10"
letter = "a"
baseline = [$(quoted "${old_debs[@]}")]
patched = [$(quoted "${new_debs[@]}")]

[[cell]]
platform = "debian-12-x86_64"
baseline_version = "12.11"
letter = "a"
baseline = [$(quoted "${middle_debs[@]}")]
patched = [$(quoted "${new_debs[@]}")]
TOML

say "The publisher: a repository with fresh keys, and one release for both baselines"
run "$bin" repo init "$work/repo"
run "$bin" build --release "$work/release.toml" --out "$work/release"
run "$bin" publish "$work/repo" "$work/release"
"$bin" serve "$work/repo" --port 0 >"$work/serve.log" 2>&1 & pids+=($!)
for _ in $(seq 100); do grep -q '^listening ' "$work/serve.log" && break; sleep 0.1; done
url=$(sed -n 's/^listening //p' "$work/serve.log"); [ -n "$url" ] || fail "the server did not start: $(cat "$work/serve.log")"
echo "$ interlude serve repo --port 0"; cat "$work/serve.log"

# --- 3. The devices -----------------------------------------------------------------------------------------------
root_file=$("$bin" repo status "$work/repo" --json | jq -r .trusted_root)
provision() { # NAME BASELINE_VERSION TREE
  "$bin" device init --root "$work/$1" --tree "$3" --trusted-root "$root_file" --url "$url" \
         --platform debian-12-x86_64 --baseline-version "$2" >/dev/null
}
provision device-1 12.10 "$work/baseline-12.10"
provision device-2 12.11 "$work/baseline-12.11"
provision device-3 12.9 "$work/baseline-12.10"

show_program() { # DEVICE
  local tree; tree=$(status "$work/$1" | jq -r .active_tree)
  run_program "$tree" | shorten | sed 's/^/   /'
}

say "Before: each device runs its baseline"
run "$bin" status --root "$work/device-1"
show_program device-1

say "An agent starts on each device; nobody tells them anything"
for device in device-1 device-2 device-3; do
  "$bin" agent --root "$work/$device" >"$work/$device.log" 2>&1 & pids+=($!)
done
for _ in $(seq 600); do
  on=0
  for device in device-1 device-2; do [ "$(status "$work/$device" | jq -r .letter)" = a ] && on=$((on + 1)); done
  polled=$(status "$work/device-3" | jq -r '.last_poll // empty')
  [ "$on" = 2 ] && [ -n "$polled" ] && break
  sleep 0.1
done
[ "$on" = 2 ] || { cat "$work"/device-*.log >&2; fail "a device did not switch within a minute"; }

say "After: both have switched themselves; the third has nothing to switch to"
run "$bin" status --root "$work/device-1"
show_program device-1
run "$bin" status --root "$work/device-2"
show_program device-2
run "$bin" status --root "$work/device-3"
status "$work/device-3" | jq -e '.reason | test("no improvement for this baseline")' >/dev/null || fail "device-3 gives another reason"

say "What it cost"
download=0; for deb in "${new_debs[@]}"; do download=$((download + $(stat -c %s "$deb"))); done
printf '%-10s %9s %12s %12s %14s %8s %9s\n' device baseline "payload, B" "all bytes" "packages, B" ratio seconds
for device in device-1 device-2; do
  status "$work/$device" | jq -r --arg device "$device" --argjson download "$download" \
    '[$device, .baseline, .payload_bytes, .bytes_received, $download, ($download / .bytes_received), .seconds_to_active] | @tsv' |
    while IFS=$'\t' read -r a b c d e f g; do printf '%-10s %9s %12s %12s %14s %7.1fx %9.2f\n' "$a" "$b" "$c" "$d" "$e" "$f" "$g"; done
done

say "Remove: the baseline again, byte for byte, and it stays removed"
run "$bin" remove --root "$work/device-1"
show_program device-1
tree=$(status "$work/device-1" | jq -r .active_tree)
[ "$(digest_of_tree "$tree")" = "$before_10" ] || fail "device-1 does not run its baseline again"
[ "$(digest_of_tree "$work/baseline-12.10")" = "$before_10" ] && [ "$(digest_of_tree "$work/baseline-12.11")" = "$before_11" ] ||
  fail "a baseline folder was changed"
echo "every file of both baselines has the hash it had before"
for pid in "${pids[@]:1}"; do kill "$pid"; wait "$pid" 2>/dev/null || true; done; pids=("${pids[0]}")
run "$bin" agent --once --root "$work/device-1"
[ "$(status "$work/device-1" | jq -r .letter)" = null ] || fail "the removed improvement came back by itself"
run "$bin" status --root "$work/device-1"

say "Asked for, it comes back"
run "$bin" install --root "$work/device-1"
[ "$(status "$work/device-1" | jq -r .letter)" = a ] || fail "install did not bring it back"
show_program device-1
say "Done"
