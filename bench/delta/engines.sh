# What bench/delta/run.sh measures with; to be sourced. Uses its $interlude and $work.
#
# create_NAME OLD NEW PATCH and apply_NAME OLD PATCH MADE run the program alone, its cost in $work/cost.

costed() { /usr/bin/time -o "$work/cost" -f '%U %S %M' "$@"; }

create_interlude() { costed "$interlude" delta create "$1" "$2" "$3"; }
apply_interlude() { costed "$interlude" delta apply "$1" "$2" "$3"; }
create_bsdiff() { costed bsdiff "$1" "$2" "$3"; }
apply_bsdiff() { costed bspatch "$1" "$3" "$2"; }
create_xdelta3() { costed xdelta3 -9 -S lzma $(source_window "$1") -f -q -e -s "$1" "$2" "$3"; }
apply_xdelta3() { costed xdelta3 $(source_window "$1") -f -q -d -s "$1" "$2" "$3"; }
create_zstd() { costed zstd -q -f --ultra -22 --long="$(window_log "$1" "$2")" --patch-from="$1" "$2" -o "$3"; }
apply_zstd() { costed zstd -q -f -d --long=31 --memory=2048MB --patch-from="$1" "$2" -o "$3"; }

# xdelta3 sees the old file through a window of 64 MiB unless told.
source_window() {
  local size; size=$(stat -c %s "$1")
  [ "$size" -le $((64 << 20)) ] || echo "-B $size"
}
# zstd sees both files, or it finds nothing in the old one.
window_log() {
  local size log=27
  size=$(($(stat -c %s "$1") + $(stat -c %s "$2")))
  while [ $((1 << log)) -lt "$size" ] && [ "$log" -lt 31 ]; do log=$((log + 1)); done
  echo "$log"
}

# measure ENGINE OLD NEW: prints patch bytes, CPU seconds and peak KiB to create, the same to apply; fails where the
# new file was not rebuilt
measure() {
  local created applied
  rm -rf "$work/patch" "$work/made"
  "create_$1" "$2" "$3" "$work/patch" >"$work/log" 2>&1 || return 1
  created=$(cost)
  "apply_$1" "$2" "$work/patch" "$work/made" >"$work/log" 2>&1 || return 1
  applied=$(cost)
  if [ -d "$3" ]; then diff -r --no-dereference "$3" "$work/made" >"$work/log"; else cmp "$3" "$work/made" >"$work/log"; fi || return 1
  printf '%s\t%s\t%s' "$(stat -c %s "$work/patch")" "$created" "$applied"
}

cost() { tail -n 1 "$work/cost" | awk '{ printf "%.2f\t%d", $1 + $2, $3 }'; }
