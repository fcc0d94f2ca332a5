# The scenarios: name, whether it belongs to the ordinary run or to --all, its time limit in seconds, and what it shows. To be
# sourced by run.sh. Each is scenarios/NAME.sh: exit 0 passed, 77 skipped (a last line "skip: reason"), else failed.
scenarios() {
  cat <<'LIST'
harness       ordinary 300  the harness itself: a good and a bad writer are told apart at every power cut
boot-plain    ordinary 240  the system boots to "running" with the product installed, in the container and on Debian's kernel
mounts        ordinary 400  arming, switching, going back under systemd's sandboxes: who follows, masks intact; both kernels
readers       ordinary 600  10,000 switches under reading programs (500 on Debian's kernel): none missing, none mixed
LIST
}
scenario_names() { scenarios | awk -v all="${1:-}" 'all != "" || $2 == "ordinary" { print $1 }'; }
list_scenarios() { scenarios | awk '{ printf "%-14s %-9s", $1, $2; $1 = $2 = $3 = ""; print }' | tr -s ' ' | column -t -l 3; }
known_scenario() { scenario_names all | grep -qxF -- "$1"; }
limit_of() { scenarios | awk -v name="$1" '$1 == name { print $3 }'; }
describe() { scenarios | awk -v name="$1" '$1 == name { $1 = $2 = $3 = ""; sub(/^ +/, ""); print }'; }

# prepare_root: the system with the product of $PRODUCT inside, as its package would install it
prepare_root() {
  local programs=() program
  for program in src/cli/interlude:/usr/bin/interlude src/cli/resident/interlude-agent:/usr/libexec/interlude-agent \
                 src/cli/bus/interlude-bus:/usr/libexec/interlude-bus \
                 src/guard/interlude-guard:/usr/libexec/interlude/interlude-guard; do
    [ ! -f "$PRODUCT/${program%%:*}" ] || programs+=(-i "$PRODUCT/$program")
  done
  "$system_here/build-root.sh" "${programs[@]}"
}
