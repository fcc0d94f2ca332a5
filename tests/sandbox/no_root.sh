#!/usr/bin/env bash
# Somebody who is not root: the processes cannot change account or root directory, lock themselves in all the same, and a
# device of that somebody's own installs.
#
#   no_root.sh INTERLUDE_PROGRAM FOLDER_OF_SANDBOX_TEST
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if [ "$(id -u)" -eq 0 ]; then
  # Copies, because nobody else may be able to see the build.
  place=$(mktemp -d); trap 'rm -rf "$place"' EXIT
  chmod 755 "$place"
  mkdir -p "$place/tests/sandbox" "$place/tests/contract" "$place/bin"
  cp "$here/no_root.sh" "$place/tests/sandbox/"
  cp "$here/../contract/lib.sh" "$place/tests/contract/"
  cp "$1" "$2/sandbox_test" "$place/bin/"
  chmod -R a+rX "$place"
  cd "$place"
  env -u TMPDIR HOME="$place" setpriv --reuid 65534 --regid 65534 --clear-groups \
      bash "$place/tests/sandbox/no_root.sh" "$place/bin/interlude" "$place/bin"
  exit
fi

source "$here/../contract/lib.sh"
old_and_new
run "$interlude" repo init repo
run build 12.11 a a
run "$interlude" publish repo a
serve repo
provision device baseline 12.11

check "what each process may not do"
"$tests_bin/sandbox_test" --gtest_brief=1 || die "sandbox_test"

check "status says that there is no account of its own"
equal "$("$interlude" status --root device --json | jq -c '.sandbox.user')" null

check "installs, and takes off again"
run "$interlude" install --root device
equal "$(field device letter)" a
equal "$(tree_hash "$(field device active_tree)")" "$(tree_hash new)"
run "$interlude" remove --root device
equal "$(tree_hash "$(field device active_tree)")" "$(tree_hash baseline)"
