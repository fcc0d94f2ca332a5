#!/usr/bin/env bash
# Manual pages and completions hold every command and option that --help shows, the shells can read them, and the exit
# codes are those of docs/EXIT-CODES.md.
#
#   check.sh INTERLUDE_PROGRAM SOURCE_DIR
set -euo pipefail
export LC_ALL=C.UTF-8
interlude=${1:?usage: check.sh INTERLUDE_PROGRAM SOURCE_DIR} source=${2:?usage: check.sh INTERLUDE_PROGRAM SOURCE_DIR}
work=$(mktemp -d -t interlude-documentation.XXXXXX); trap 'rm -rf "$work"' EXIT
die() { echo "$*" >&2; exit 1; }

"$interlude" documentation "$work"
completions=("$work"/completions/{interlude,_interlude,interlude.fish})

for page in "$work"/man/*/*.1 "$source"/packaging/man/*.8; do
  said=$(man --warnings -E UTF-8 -l "$page" 2>&1 >"$work/shown")
  [ -z "$said" ] || die "$page: $said"
  for section in NAME SYNOPSIS DESCRIPTION 'EXIT STATUS' FILES; do
    grep -q "^$section" "$work/shown" || die "$page has no section $section"
  done
done
bash -n "${completions[0]}"
if command -v zsh >/dev/null; then zsh -n "${completions[1]}"; fi
if command -v fish >/dev/null; then fish -n "${completions[2]}"; fi

# One word of --help in the page of its command, and in every completion.
expect() {
  local page=$1 word=$2 file
  grep -qE -- "(^|[^a-z-])$word([^a-z-]|\$)" "$page" || die "$page says nothing of $word"
  word=${word#--}  # fish names options without their dashes
  for file in "${completions[@]}"; do
    grep -qE -- "(^|[^a-z])$word([^a-z-]|\$)" "$file" || die "$file says nothing of $word"
  done
}
count=0
walk() { # PAGE COMMAND…: everything that --help of the command names
  local page=$1 word; shift
  local words
  words=$("$interlude" "$@" --help | awk '/^(Options|Subcommands):/ { in_list = 1; next } /^[^ ]/ { in_list = 0 }
    in_list && /^  [^ ]/ { split($1, names, ","); for (i in names) print names[i] }')
  for word in $words; do
    count=$((count + 1))
    case $word in
      --*) expect "$page" "$word" ;;
      -?) ;;  # every one has a long name
      *) if [ $# -eq 0 ]; then page=$(ls "$work"/man/*/"interlude-$word.1"); fi
         expect "$page" "$word"
         walk "$page" "$@" "$word" ;;
    esac
  done
}
sed -i 's/\\-/-/g' "$work"/man/*/*.1
walk "$work/man/agent/interlude.1"
[ "$count" -gt 150 ] || die "only $count commands and options found in --help"

# The table of exit codes, without Markdown.
sed -n 's/^| *\([0-9]*\) | *\([a-z-]*\) *| \(.*\) |$/\1 \2 \3/p' "$source/docs/EXIT-CODES.md" | tr -d '`' >"$work/table"
[ -s "$work/table" ] || die "no table in docs/EXIT-CODES.md"
MANWIDTH=1000 man -E UTF-8 -l "$work/man/agent/interlude-status.1" | tr -s ' \n' ' ' >"$work/shown"
while read -r code kind meaning; do
  case $kind in done*) meaning="$kind $meaning" kind='' ;; esac
  grep -qF -- "$code ${kind:+($kind) }$meaning" "$work/shown" || die "the manual says another thing of exit code $code than docs/EXIT-CODES.md"
done <"$work/table"

# What bash completes.
completes() { # WORDS EXPECTED
  local COMP_WORDS COMP_CWORD COMPREPLY=()
  read -ra COMP_WORDS <<<"$1"
  case $1 in *' ') COMP_WORDS+=('') ;; esac
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  _interlude || true  # compgen fails where nothing matches
  [ "${COMPREPLY[*]}" = "$2" ] || die "\"$1\" completes to \"${COMPREPLY[*]}\", expected \"$2\""
}
# shellcheck source=/dev/null
source "${completions[0]}"
completes 'interlude unin' ''
completes 'interlude re' 'remove repair repo'
completes 'interlude repo rot' 'rotate'
completes 'interlude publish --rollout ' 'required none'
completes 'interlude publish --rollout = r' 'required'
completes 'interlude publish some-repo --ur' '--urgency'
completes 'interlude install --from ' ''
echo "$count commands and options are documented"
