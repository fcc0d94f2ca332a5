#!/usr/bin/env bash
# What following a repository costs a device as the repository grows.
#
#   bench/trust/run.sh [SVG]
#
# Repositories of 1 to 100 platforms with 100 improvements each (10,000 in the largest), real signatures: prints, per size,
# bytes of metadata, requests and CPU of a device's first look, of news on its own platform, of news on another platform,
# and of none; then the straight line through the bytes, per further platform. Draws both into SVG. Where there is one platform
# only, no news is another's: that place says what nothing new costs, and neither line nor picture begin there.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../.."
scripts/install-dependencies.sh build
mkdir -p build
{ cmake --preset bench && cmake --build build/bench --target trust_scale; } >build/bench-build.log 2>&1 ||
  { echo "run.sh: the build failed; see build/bench-build.log" >&2; exit 1; }
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
build/bench/bench/trust_scale "$work" 100 1 10 25 50 75 100 >"$work/table"
column -t -s $'\t' "$work/table"
awk -F'\t' 'NR > 1 { for (i = 3; i <= NF; ++i) { if (NR == 2) first[i] = $i; last[i] = $i }; if (NR == 2) p = $1; if (NR == 3) { r = $1; others = $9 } q = $1 }
  END { printf "\nper further platform (100 improvements): first look %.1f B, own news %.1f B, other news %.1f B, nothing new %.1f B, snapshot %.1f B\n",
        (last[3]-first[3])/(q-p), (last[6]-first[6])/(q-p), (last[9]-others)/(q-r), (last[12]-first[12])/(q-p), (last[15]-first[15])/(q-p) }' "$work/table"
[ $# -eq 0 ] || awk -f bench/trust/plot.awk "$work/table" >"$1"
