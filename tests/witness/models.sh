#!/usr/bin/env bash
# Our client reads repositories made with npm's @tufjs/models and @tufjs/repo-mock, and refuses the bad ones.
#
#   models.sh INTERLUDE_PROGRAM CONFORMANCE_CLIENT
source "$(dirname "$0")/lib.sh"
conformance=${tests_bin:?usage: models.sh INTERLUDE_PROGRAM CONFORMANCE_CLIENT}

mkdir -p site/public
made=$work/site/public
run node "$witness/make_repositories.js" "$made"
serve site

# client CASE WORD [NAME…]: our client, its metadata in CASE/ours, its files in CASE/files
client() {
  local at=$made/$1 from=$url/$1 word=$2 options=(); shift 2
  if [ "$word" = download ]; then
    options=(--target-dir "$at/files" --target-base-url "$from/targets/")
    local name; for name in "$@"; do options+=(--target-name "$name"); done
  fi
  "$conformance" --metadata-dir "$at/ours" --metadata-url "$from/metadata/" "${options[@]}" "$word"
}

good=0
for at in "$made"/*; do
  case=$(basename "$at")
  check "$case"
  mkdir "$at/ours" "$at/files"
  run "$conformance" --metadata-dir "$at/ours" init "$at/root.json"
  mapfile -t names < <(cd "$at/expected" && find . -type f -printf '%P\n' | sort)
  [ "${#names[@]}" -gt 0 ] || die "nothing is expected of $case"
  case $case in
    bad-repo-mock-times) refuses 1 '"expires": .* is not a time' client "$case" refresh ;;
    bad-repo-mock-key-ids) refuses 1 "the key id is not the hash of this key" client "$case" refresh ;;
    bad-threshold) refuses 1 "signed by 1 of the keys trusted for it, 2 must sign" client "$case" refresh ;;
    bad-timestamp-expired) refuses 1 "timestamp.json: expired" client "$case" refresh ;;
    bad-root-not-signed-by-the-old-one) refuses 1 "2.root.json: signed by 0 " client "$case" refresh ;;
    bad-list-signed-by-another) refuses 1 "outer.json: signed by 0 " client "$case" download a ;;
    bad-target-changed) refuses 1 "a.txt: its sha256 is" client "$case" download a.txt ;;
    bad-*) die "no refusal is expected of $case" ;;
    *)
      run client "$case" download "${names[@]}"
      diff -r "$at/expected" "$at/files" || die "other files came"
      while read -r name; do refuses 1 "has no target $name" client "$case" download "$name"; done <"$at/absent"
      good=$((good + 1))
      ;;
  esac
done
[ "$good" -ge 13 ] || die "only $good good repositories were read"
