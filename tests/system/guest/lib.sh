# For scripts that run inside the container or the virtual machine; to be sourced. They begin with
#   #!/bin/bash
#   source ./lib.sh
# and end with exit code 0 when everything they checked was so. A check names what it expected.
set -euo pipefail
export LC_ALL=C
scratch=$(mktemp -d)
trap 'code=$?; [ "$code" -eq 0 ] || echo "FAILED (exit $code) in: ${current_check:-set-up}"' EXIT

check() { current_check=$*; echo "-- $(cut -d. -f1 /proc/uptime)s $*"; }
die() { echo "   $*"; exit 1; }
equal() { [ "$1" = "$2" ] || die "expected \"$2\", found \"$1\"${3:+ ($3)}"; }
matches() { grep -qE -- "$2" <<<"$1" || die "\"$1\" does not match \"$2\""; }
# run COMMAND…: must succeed; its output is in $out
run() { local code=0; out=$("$@" 2>"$scratch/err") || code=$?; [ "$code" -eq 0 ] || die "exit $code from: $*"$'\n'"$out$(cat "$scratch/err")"; }
# fails COMMAND…: must not succeed
fails() { if out=$("$@" 2>&1); then die "should have failed: $*"$'\n'"$out"; fi; }
in_virtual_machine() { [ "$(systemd-detect-virt)" != systemd-nspawn ]; }
# How many times as long things may take here
patience() { if in_virtual_machine; then echo 5; else echo 1; fi; }
# eventually SECONDS COMMAND…: the command succeeds before the time is over (it is asked ten times a second)
eventually() {
  local end=$(($(date +%s) + $1 * $(patience))); shift
  until "$@" >/dev/null 2>&1; do
    [ "$(date +%s)" -lt "$end" ] || die "not in time: $*"
    sleep 0.1
  done
}
# Every file below the folders: kind, mode, owner, link target and content, as one hash
tree_hash() {
  local folder
  for folder in "$@"; do
    find "$folder" -xdev -printf '%p %y %m %U:%G %l\n' | sort
    find "$folder" -xdev -type f -print0 | sort -z | xargs -0r sha256sum
  done | sha256sum | cut -c1-64
}
# What `dpkg -V` says, but for documentation, which this system was made without
verify_packages() { dpkg -V "$@" | grep -vE '^missing +(c )?/usr/share/(doc|man|locale)/' || true; }
