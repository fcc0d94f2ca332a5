#!/usr/bin/env bash
# Installs the npm packages that tests/witness/ needs into build/witness: exactly those of its package-lock.json, each
# checked against the hash in it. No package's own scripts run. Quick and silent where all are there already.
#
#   scripts/install-witnesses.sh
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."
from=tests/witness to=build/witness

if cmp -s "$from/package-lock.json" "$to/installed-lock.json"; then exit 0; fi
command -v npm >/dev/null || { echo "install-witnesses.sh: npm is missing: scripts/install-dependencies.sh system" >&2; exit 1; }
mkdir -p "$to"
rm -f "$to/installed-lock.json"
cp "$from/package.json" "$from/package-lock.json" "$to"
echo "Installing $(grep -c '"integrity"' "$from/package-lock.json") npm packages"
log=$(mktemp); trap 'rm -f "$log"' EXIT
if ! npm ci --prefix "$to" --ignore-scripts --omit=optional --no-audit --no-fund >"$log" 2>&1; then
  tail -n 30 "$log" >&2
  echo "install-witnesses.sh: npm could not install what $from/package-lock.json lists" >&2
  exit 1
fi
cp "$from/package-lock.json" "$to/installed-lock.json"
