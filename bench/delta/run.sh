#!/usr/bin/env bash
# Compares our patches with those of bsdiff, xdelta3 and zstd, over pairs of real packages.
#
#   bench/delta/run.sh [--pairs "NAME…"] [--peers "NAME…"] [--peer-limit MB] [--smallest BYTES] [--no-packages]
#                      [--json FILE] [--corpus DIR] [--interlude PROGRAM]
#
# Per file: bytes of the patch, CPU seconds (user + system) and peak memory to create and to apply it, for every changed ELF
# file of at least BYTES (100000), with each program. Per package: our patch from the whole old to the whole new folder, with
# documentation and without it, against the package download. Then geometric means of ours / best peer of that file, per class and
# architecture. Every patch is applied and compared. FILE gets all figures; bench/delta/plot.py draws them.
#
# A peer that is missing is left out and named; files above MB are measured with ours only (default: no limit. bsdiff needs
# 35 s and 800 MB for the 92 MB of webkit). Pairs come from DIR (build/corpus; those of bench/corpus.sh, which fetches what is not
# there); PROGRAM is a release build (build/release/src/cli/interlude). Ours are patch files: some 80 bytes of digests and listing are in
# each, which the others do not have.
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
source "$here/engines.sh"
die() { echo "run.sh: $2" >&2; exit "$1"; }

pairs='' peers='bsdiff xdelta3 zstd' peer_limit=0 smallest=100000 packages=yes json='' corpus=''
interlude=$here/../../build/release/src/cli/interlude
is_number() { [[ $1 =~ ^[0-9]+$ ]] || die 2 "\"$1\" is no number"; }
while [ $# -gt 0 ]; do
  case $1 in
    --pairs|--peers|--peer-limit|--smallest|--json|--corpus|--interlude) [ $# -ge 2 ] || die 2 "$1 needs a value" ;;&
    --pairs) pairs=$2; shift 2 ;;
    --peers) peers=$2; shift 2 ;;
    --peer-limit) is_number "$2"; peer_limit=$2; shift 2 ;;
    --smallest) is_number "$2"; smallest=$2; shift 2 ;;
    --no-packages) packages=no; shift ;;
    --json) json=$2; shift 2 ;;
    --corpus) corpus=$2; shift 2 ;;
    --interlude) interlude=$2; shift 2 ;;
    -h|--help) sed -n '2,18s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) die 2 "unknown argument \"$1\" (see --help)" ;;
  esac
done
for peer in $peers; do
  case $peer in bsdiff|xdelta3|zstd) ;; *) die 2 "unknown peer \"$peer\": bsdiff, xdelta3 or zstd" ;; esac
done
[ -x "$interlude" ] || die 1 "$interlude: no such program; build the release preset or name another"
interlude=$(realpath "$interlude")
[ -x /usr/bin/time ] || die 1 "/usr/bin/time is needed (package time)"
command -v python3 >/dev/null || die 1 "python3 is needed"
[ -z "$json" ] || { : >"$json"; } 2>/dev/null || die 1 "$json cannot be written"
[ -z "$corpus" ] || [ -d "$corpus" ] || die 1 "$corpus: no such folder; bench/corpus.sh makes one"
corpus=${corpus:-$(realpath "$here/../..")/build/corpus}

work=$(mktemp -d)
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
# shellcheck disable=SC2086  # names, one word each
"$here/../corpus.sh" "$corpus" $pairs >"$work/corpus.log" || { had=$?; cat "$work/corpus.log" >&2; exit "$had"; }
grep 'left out' "$work/corpus.log" >&2 || true
corpus=$(realpath "$corpus")

engines=(interlude)
for peer in $peers; do
  if command -v "$peer" >/dev/null; then engines+=("$peer"); else echo "left out: $peer is not installed" >&2; fi
done

progress() {
  if [ -t 2 ]; then printf '\r\033[K%s' "$1" >&2; else printf '%s\n' "$1" >&2; fi
}
is_elf() { [ "$(head -c 4 "$1" | od -An -tx1 | tr -d ' ')" = 7f454c46 ]; }
changed_elf_files() { # PAIR
  local file
  (cd "$corpus/$1/new" && find . -type f -size +$((smallest > 0 ? smallest - 1 : 0))c -printf '%P\n' | sort) | while read -r file; do
    local old=$corpus/$1/old/$file new=$corpus/$1/new/$file
    if [ -f "$old" ] && [ ! -L "$old" ] && is_elf "$new" && ! cmp -s "$old" "$new"; then echo "$file"; fi
  done
}

progress "looking for changed files"
while IFS=$'\t' read -r name class package _ _ _ download architecture; do
  [ -z "$pairs" ] || [[ " $pairs " == *" $name "* ]] || continue
  printf '%s\t%s\t%s\t%s\t%s\n' "$name" "$class" "$architecture" "$package" "$download" >>"$work/pairs"
  changed_elf_files "$name" | while read -r file; do printf '%s\t%s\t%s\t%s\n' "$name" "$class" "$architecture" "$file"; done >>"$work/files"
done < <(tail -n +2 "$corpus/pairs.tsv")
touch "$work/files"

failed=0 done=0 count=$(wc -l <"$work/files")
while IFS=$'\t' read -r name class architecture file; do
  done=$((done + 1))
  old=$corpus/$name/old/$file new=$corpus/$name/new/$file size=$(stat -c %s "$corpus/$name/new/$file")
  for engine in "${engines[@]}"; do
    [ "$engine" = interlude ] || [ "$peer_limit" -eq 0 ] || [ "$size" -le $((peer_limit * 1000000)) ] || continue
    progress "file $done of $count: $name, $(basename "$file"), $engine"
    if figures=$(measure "$engine" "$old" "$new"); then
      printf 'file\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$name" "$class" "$architecture" "$file" "$size" "$engine" "$figures" >>"$work/results"
    else
      progress "$engine: $name, $file was not rebuilt: $(tail -n 1 "$work/log")"
      [ -t 2 ] && echo >&2
      [ "$engine" != interlude ] || failed=1
    fi
  done
done <"$work/files"

# folder_patch LABEL OLD NEW: as measure
folder_patch() {
  progress "package $1"
  measure interlude "$2" "$3" || { progress "interlude: $1 was not rebuilt: $(tail -n 1 "$work/log")"; [ -t 2 ] && echo >&2; return 1; }
}
# bare PAIR SIDE: a copy without documentation
bare() {
  mkdir -p "$work/bare"
  rm -rf "$work/bare/$2"
  cp -a "$corpus/$1/$2" "$work/bare/$2"
  rm -rf "$work/bare/$2/usr/share/doc" "$work/bare/$2/usr/share/man"
}
if [ "$packages" = yes ]; then
  while IFS=$'\t' read -r name class architecture package download; do
    bare "$name" old
    bare "$name" new
    if whole=$(folder_patch "$name, all of it" "$corpus/$name/old" "$corpus/$name/new") &&
       without=$(folder_patch "$name, without documentation" "$work/bare/old" "$work/bare/new"); then
      printf 'package\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$name" "$class" "$architecture" "$package" "$download" "$whole" "$without" >>"$work/results"
    else
      failed=1
    fi
  done <"$work/pairs"
fi
[ -t 2 ] && printf '\r\033[K' >&2

[ -s "$work/results" ] || die 1 "there was nothing to measure"
python3 "$here/report.py" --version "$("$interlude" --version)" ${json:+--json "$json"} "${engines[@]}" <"$work/results"
exit "$failed"
