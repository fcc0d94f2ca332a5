#!/usr/bin/env bash
# Reads the module table of docs/ARCHITECTURE.md ("| `module` | what | `may`, `use` |" between the markers) and fails on
# every include that the table does not allow, and on concrete worlds (sys/posix, sys/sim, sys/curl) outside cli and tests.
set -euo pipefail
export LC_ALL=C
root=${1:?usage: check.sh SOURCE_DIR}
page=$root/docs/ARCHITECTURE.md

declare -A allowed
while IFS='|' read -r _ module _ uses _; do
  module=$(tr -d ' `' <<<"$module")
  allowed[$module]=" $(tr -d '`' <<<"$uses" | tr ',' ' ') "
done < <(sed -n '/<!-- modules -->/,/<!-- end -->/p' "$page" | grep '^| `')
[ "${#allowed[@]}" -gt 3 ] || { echo "no module table found in $page" >&2; exit 1; }

bad=0
while IFS=: read -r file line include; do
  relative=${file#"$root"/src/}
  module=${relative%%/*}
  used=$(sed 's/.*"\([a-z_]*\)\/.*/\1/' <<<"$include")
  if [ -z "${allowed[$module]+x}" ]; then
    echo "$relative: module \"$module\" is missing from the table in docs/ARCHITECTURE.md"; bad=1; continue
  fi
  if [ "$used" != "$module" ] && [[ ${allowed[$module]} != *" $used "* ]] && [[ $relative != *_test.?pp ]]; then
    echo "$relative:$line: $module must not use $used"; bad=1
  fi
  if [[ $include =~ \"sys/(posix|sim|curl)/ ]] && [[ $module != cli && $module != sys && $relative != *_test.?pp ]]; then
    echo "$relative:$line: only cli and tests may name ${BASH_REMATCH[0]#\"}"; bad=1
  fi
done < <(grep -rnE '^#include "[a-z_]+/' "$root/src" --include='*.hpp' --include='*.cpp')
exit "$bad"
