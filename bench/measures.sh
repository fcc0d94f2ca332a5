# What bench/run.sh measures; to be sourced. Uses its $interlude, $work and $pids.

platform=debian-12-x86_64

unpack_debs() { # INTO DEB…
  local into=$1 deb; shift
  mkdir -p "$into"
  for deb in "$@"; do dpkg-deb -x "$deb" "$into"; done
}

size_of() { stat -c %s "$@" | awk '{ sum += $1 } END { print sum }'; }
seconds_between() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", b - a }'; }
median() { sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

# changed_files OLD NEW: regular files of NEW, documentation aside, that are new or differ.
changed_files() {
  (cd "$2" && find . -type f ! -path './usr/share/doc/*' ! -path './usr/share/man/*' | sort) |
    while read -r file; do cmp -s "$1/$file" "$2/$file" || echo "$file"; done
}

# bsdiff_bytes OLD NEW: all changed files, each by itself; "-" without bsdiff.
bsdiff_bytes() {
  command -v bsdiff >/dev/null || { echo -; return; }
  local sum=0 file old
  while read -r file; do
    old=$1/$file; [ -f "$old" ] || old=/dev/null
    bsdiff "$old" "$2/$file" "$work/bsdiff"
    sum=$((sum + $(stat -c %s "$work/bsdiff")))
  done < <(changed_files "$1" "$2")
  echo "$sum"
}

# serve REPOSITORY LOG: sets $url and adds to $pids.
serve() {
  "$interlude" serve "$1" --port 0 --verbose >"$work/listening" 2>"$2" & pids+=($!)
  for _ in $(seq 100); do grep -q '^listening ' "$work/listening" && break; sleep 0.05; done
  url=$(sed -n 's/^listening //p' "$work/listening")
  [ -n "$url" ] || { echo "the server did not start: $(cat "$2")" >&2; exit 1; }
}

provision() { # DEVICE TREE REPOSITORY
  "$interlude" device init --root "$1" --tree "$2" --url "$url" --platform $platform --baseline-version 1 \
    --trusted-root "$("$interlude" repo status "$3" --json | jq -r .trusted_root)" >/dev/null
}

# measure_pair NAME OLD NEW PACKAGE_BYTES [keep]: builds, publishes and installs the pair; prints a row. With "keep" its
# repository stays served and its tree the baseline for what follows.
measure_pair() {
  local name=$1 old new=$3 download=$4 home=$work/$1
  old=$(realpath "$2")
  mkdir "$home"
  cat >"$home/advisory.toml" <<TOML
[[advisory]]
id = "BENCH-1"
component = "$name"
impact = "Measured."
description = "All changes between two versions."
references = []
TOML
  local started=$EPOCHREALTIME
  if ! "$interlude" build --platform $platform --baseline-version 1 --letter a --baseline "$old" --patched "$new" \
       --advisory "$home/advisory.toml" --allow "soname=measured only" --allow "symbol=measured only" \
       --allow "script=measured only" --out "$home/a" >"$home/log" 2>&1; then
    row "$name" - - "$download" - - - - - -
    sed 's/^/   refused: /' "$home/log" | tail -n 2
    return
  fi
  local build; build=$(seconds_between "$started" "$EPOCHREALTIME")
  "$interlude" repo init "$home/repo" >/dev/null 2>&1
  "$interlude" publish "$home/repo" "$home/a" >/dev/null
  serve "$home/repo" "$home/access"
  provision "$home/device" "$old" "$home/repo"
  "$interlude" agent --once --root "$home/device" >"$home/log" 2>&1 || { cat "$home/log" >&2; exit 1; }
  local figures; figures=$("$interlude" status --root "$home/device" --json |
    jq -r '[.payload_bytes, .bytes_received - .payload_bytes, .bytes_received, .seconds_to_active] | @tsv')
  local payload other total active; read -r payload other total active <<<"$figures"
  row "$name" "$(changed_files "$old" "$new" | wc -l)" "$build" "$download" "$(bsdiff_bytes "$old" "$new")" \
    "$payload" "$other" "$total" "$(awk -v a="$download" -v b="$total" 'BEGIN { printf "%.1f", a / b }')" "$active"
  if [ "${5-}" = keep ]; then
    kept_repository=$home/repo kept_tree=$old kept_device=$home/device kept_access=$home/access kept_url=$url
  else
    kill "${pids[-1]}"; wait "${pids[-1]}" 2>/dev/null || true
    unset 'pids[-1]'
    rm -rf "$home"
  fi
}

# The time of each step of one activation, in milliseconds, as lines "STEP MILLISECONDS"; and "all".
steps_of_activation() { # DEVICE
  "$interlude" agent --once --verbose --root "$1" 2>&1 >/dev/null |
    while read -r word step; do if [ "$word" = step ]; then echo "$EPOCHREALTIME $step"; fi; done |
    awk 'NR > 1 { printf "%s %.1f\n", step, ($1 - time) * 1000 } { time = $1; step = $2 }'
  "$interlude" status --root "$1" --json | jq -r '"all \(.seconds_to_active * 1000)"'
}

measure_activation() { # RUNS
  local run step
  url=$kept_url
  for run in $(seq "$1"); do
    provision "$work/device-$run" "$kept_tree" "$kept_repository"
    steps_of_activation "$work/device-$run" >>"$work/steps"
  done
  # Each step lasts until the next is announced.
  for step in $(awk '!seen[$1]++ { print $1 }' "$work/steps"); do
    printf '%-14s %8.1f\n' "$step" "$(awk -v step="$step" '$1 == step { print $2 }' "$work/steps" | median)"
  done
}

measure_quiet_poll() { # RUNS
  local before run
  before=$(wc -l <"$kept_access")
  local TIMEFORMAT='%3U %3S %3R'
  for run in $(seq "$1"); do
    { time "$interlude" agent --once --root "$kept_device" >/dev/null 2>&1; } 2>>"$work/times"
  done
  tail -n +$((before + 1)) "$kept_access" |
    awk -v runs="$1" '{ bytes += $NF } END { printf "requests %.1f, bytes %.0f (HTTP, headers included)\n", NR / runs, bytes / runs }'
  printf 'CPU %.1f ms, wall %.1f ms (median of %s, the whole process)\n' \
    "$(awk '{ print ($1 + $2) * 1000 }' "$work/times" | median)" "$(awk '{ print $3 * 1000 }' "$work/times" | median)" "$1"
}

measure_rest() {
  "$interlude" agent --root "$kept_device" >"$work/agent.log" 2>&1 & pids+=($!)
  local agent=${pids[-1]}
  # At rest once its first child has come and gone.
  for _ in $(seq 100); do
    sleep 0.1
    [ -z "$(cat "/proc/$agent/task/$agent/children" 2>/dev/null)" ] && [ "$(cat "/proc/$agent/comm")" = interlude-agent ] && break
  done
  awk '/^(Rss|Pss):/ { printf "%s %d KiB\n", toupper(substr($1, 1, 3)), $2 }' "/proc/$agent/smaps_rollup"
}

# measure_simulation: the CPU of the simulator with its million devices.
measure_simulation() {
  local name TIMEFORMAT="%U"
  for name in "a normal one" "withdrawn after 5 h"; do
    local options=()
    [ "$name" = "a normal one" ] || options=(--withdraw-after 5 --revert)
    printf '%s: 1,000,000 devices, CPU %s s\n' "$name" \
      "$({ time "$interlude" simulate --json "${options[@]}" >"$work/curve" 2>/dev/null; } 2>&1)"
  done
}
