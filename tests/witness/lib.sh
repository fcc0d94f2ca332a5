# What the scripts of this folder add to tests/contract/lib.sh. To be sourced with the path of the `interlude` program
# as first argument.
witness=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$witness/../contract/lib.sh"
modules=$witness/../../build/witness
cmp -s "$witness/package-lock.json" "$modules/installed-lock.json" ||
  { echo "SKIP: the npm packages are not installed: scripts/install-witnesses.sh"; exit 77; }
export NODE_PATH=$modules/node_modules

# publish_letter REPO LETTER TEXT [BASELINE_VERSION]: an improvement of a few files from "baseline", built and published
publish_letter() {
  local repo=$1 letter=$2 text=$3 version=${4-12.11}
  rm -rf patched; cp -a baseline patched
  echo "$text" >>patched/usr/share/greeting/text
  seq 500 900 >"patched/usr/share/greeting/new of $letter"
  [ -e advisory.toml ] || write_advisory advisory.toml greeting
  rm -rf "built-$version-$letter"
  run "$interlude" build --platform "$platform" --baseline-version "$version" --letter "$letter" --baseline baseline \
      --patched patched --component 'greeting=**' --advisory advisory.toml --out "built-$version-$letter"
  run "$interlude" publish "$repo" "built-$version-$letter"
}
make_baseline() { mkdir -p baseline/usr/share/greeting; seq 3000 >baseline/usr/share/greeting/text; }
