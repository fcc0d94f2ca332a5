#!/usr/bin/env bash
# The real program, killed with SIGKILL again and again while it installs, steps forward and removes: after every kill
# the device runs the old generation or the new one, whole; in the end the work is done all the same.
#
#   kill.sh INTERLUDE_PROGRAM [unused] [KILLS] [SEED]
#
# At least KILLS (60) times: each run is killed after a random number of its `step` lines, and half of the time a random moment later. Every step
# that an undisturbed run announces must have been the last one before a kill at least once.
source "$(dirname "$0")/../contract/lib.sh"
kills=${3:-60}
seed=${4:-$(date +%s)}
RANDOM=$((seed % 32768))
echo "seed $seed: run again with: $0 $interlude '' $kills $seed"

build_library old "hello from the old code"
build_library mid "hello from the code between"
build_library new "hello from the fixed code"
package old libgreeting1 1.0-1 old.deb
package mid libgreeting1 1.0-2 mid.deb
package new libgreeting1 1.0-3 new.deb
write_advisory advisory.toml greeting
cp -a old baseline
for letter in a b; do
  patched=$([ $letter = a ] && echo mid.deb || echo new.deb)
  run "$interlude" build --platform $platform --baseline-version 12.11 --letter $letter --baseline old.deb --patched $patched \
      --advisory advisory.toml --out $letter
done
run "$interlude" repo init repo
run "$interlude" publish repo a
cp -a repo repo-with-a
cp -a repo repo-with-b
run "$interlude" publish repo-with-b b
serve repo
provision template baseline 12.11
mkfifo steps

whole_old=$(tree_hash old); whole_mid=$(tree_hash mid); whole_new=$(tree_hash new)
declare -A killed_after=() announced=()
done_kills=0

# what is on, found without the program's help
hash_of_active() { tree_hash "$(readlink -f device/var/lib/interlude/active/tree)"; }
state_is_whole() { # KIND OF WORK
  local hash; hash=$(hash_of_active) || die "no active tree after a kill while $1"
  case $hash in
    "$whole_old"|"$whole_mid"|"$whole_new") ;;
    *) die "after a kill while $1 (last step: $last): neither old nor new" ;;
  esac
  [ "$(tree_hash baseline)" = "$whole_old" ] || die "the baseline folder was written while $1 (last step: $last)"
}

# killed_run WHAT STEPS COMMAND…: runs it and kills it after one of its first STEPS steps; returns 0 if it came to its
# end by itself
killed_run() {
  local what=$1 stop_after=$((RANDOM % $2 + 1)) seen=0 delay=0 line pid code=0; shift 2
  [ $((RANDOM % 2)) -eq 0 ] || delay=$((RANDOM % 30))
  last=start said=
  "$@" --verbose >/dev/null 2>steps &
  pid=$!
  while read -r line; do
    case $line in
      "step "*) last=${line#step }; seen=$((seen + 1)); announced[$last]=1
                if [ "$seen" -eq "$stop_after" ]; then
                  [ "$delay" -eq 0 ] || sleep "0.0$(printf %02d "$delay")"
                  kill -KILL "$pid" 2>/dev/null || true
                fi ;;
      *) said=$line ;;
    esac
  done <steps
  wait "$pid" 2>/dev/null || code=$?
  if [ "$code" -eq 137 ]; then
    done_kills=$((done_kills + 1)); killed_after[$last]=1
    state_is_whole "$what"
    return 1
  fi
  [ "$code" -eq 0 ] || die "$what ended with exit $code after earlier kills: $said"
  return 0
}

until_done() { # WHAT STEPS COMMAND…
  local tries=0
  until killed_run "$@"; do
    tries=$((tries + 1))
    [ "$tries" -lt 40 ] || { "${@:3}" || die "$1 does not finish undisturbed"; break; }
  done
}

# a step after which no kill has fallen yet; with few kills chance may leave one out
some_step_left() {
  local step
  for step in "${!announced[@]}"; do [ -n "${killed_after[$step]+x}" ] || return 0; done
  return 1
}

round=0
while [ "$done_kills" -lt "$kills" ] || { some_step_left && [ "$done_kills" -lt $((kills * 4)) ]; }; do
  round=$((round + 1))
  rm -rf device repo; cp -a template device; cp -a repo-with-a repo
  until_done "installing (a)" 7 "$interlude" agent --once --root device
  equal "$(hash_of_active)" "$whole_mid" "after installing (a)"
  rm -rf repo; cp -a repo-with-b repo
  until_done "installing (b)" 7 "$interlude" agent --once --root device
  equal "$(hash_of_active)" "$whole_new" "after installing (b)"
  until_done "stepping back" 4 "$interlude" install --letter a --root device
  equal "$(hash_of_active)" "$whole_mid" "after stepping back"
  until_done "removing" 2 "$interlude" remove --root device
  equal "$(hash_of_active)" "$whole_old" "after removing"
done
equal "$(field device letter)" null

for step in "${!announced[@]}"; do
  [ -n "${killed_after[$step]+x}" ] || die "no kill fell on step \"$step\" in $done_kills kills"
done
echo "$done_kills kills in $round rounds, over ${#killed_after[@]} steps: old or new, nothing between"
