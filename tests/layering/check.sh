#!/usr/bin/env bash
# Reads the module table of docs/ARCHITECTURE.md ("| `module` | what | `may`, `use` |" between the markers) and fails on
# every include that the table does not allow, and on concrete worlds (sys/posix, sys/sim, sys/curl) outside cli,
# sandbox, bus, overlay, guard and tests. Tests are free: they may use any module.
set -euo pipefail
export LC_ALL=C
root=${1:?usage: check.sh SOURCE_DIR}
page=$root/docs/ARCHITECTURE.md

{ sed -n '/<!-- modules -->/,/<!-- end -->/p' "$page" | grep '^| `'
  cd "$root/src" && grep -rE '^#include "[a-z_]+/' . --include='*.hpp' --include='*.cpp'
} | awk -F'|' '
  /^\| `/ { gsub(/[` ]/, "", $2); gsub(/[`, ]+/, " ", $4); allowed[$2] = " " $4 " "; rows++; next }
  {
    split($0, part, ":"); file = substr(part[1], 3); include = part[2]
    if (file ~ /_test\.[ch]pp$/ || file ~ /\/test_[a-z_]*\.[ch]pp$/) next
    module = file; sub(/\/.*/, "", module)
    used = include; sub(/^#include "/, "", used); world = used; sub(/\/.*/, "", used)
    if (!(module in allowed)) { print file ": module \"" module "\" is missing from the table in docs/ARCHITECTURE.md"; bad = 1 }
    else if (used != module && index(allowed[module], " " used " ") == 0) { print file ": " module " must not use " used; bad = 1 }
    if (world ~ /^sys\/(posix|sim|curl)\// && module != "cli" && module != "sandbox" && module != "bus" && module != "overlay" && module != "guard" && module != "sys") { print file ": only cli, sandbox, bus, overlay, guard and tests may use " world; bad = 1 }
  }
  END {
    if (rows < 4) { print "no module table found in docs/ARCHITECTURE.md"; bad = 1 }
    exit bad
  }'
