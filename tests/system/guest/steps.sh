#!/bin/bash
# Every step by which the guard changes what is seen, on the real kernel: each one fails once, and before each one the guard is
# killed once. What cannot be done leaves things as they were; what was cut off the next `settle` finishes.
source ./lib.sh
source ./generations.sh
# The system calls that change mounts or files. What only reads is not among them.
steps=open_tree,move_mount,fsopen,fsconfig,fsmount,mount_setattr,mount,umount2,rename,renameat,renameat2,unlink,unlinkat,symlink,symlinkat,mkdir,mkdirat,fsync,fdatasync,syncfs,write
make_generations a b
before=$(tree_hash "/$library" "/$program")

# begin_with FROM TO: FROM is on and shown, TO is what a command is to bring
begin_with() {
  rm -f $state/boot $state/*.partial
  printf 'generation=%s\nprevious=%s\ntries=0\nstate=good\n' "$1" "$2" >$state/boot
  turn_on "$1" >/dev/null
  shows "$1"
}
# both NAME NAME: what the two hierarchies show now is one of the two
both() {
  local file shown
  for file in "/$library/file" "/$program"; do
    shown=$(cat "$file" 2>&1) || true
    [ "$shown" = "$1" ] || [ "$shown" = "$2" ] || die "$file shows \"$shown\", neither $1 nor $2"
  done
}
linked() { basename "$(readlink $state/active)"; }

# each_step WHAT FROM TO COMMAND…
each_step() {
  local what=$1 from=$2 to=$3 count step way code name time undone=0; shift 3
  check "$what"
  begin_with "$from" "$to"
  strace -qq -e signal=none -o "$scratch/trace" -e trace=$steps "$@" >/dev/null 2>&1 || die "does not work at all: $*"
  shows "$to"
  count=$(wc -l <"$scratch/trace")
  [ "$count" -ge 10 ] || die "only $count steps: $(cat "$scratch/trace")"
  for way in error=EIO error=ENOSPC signal=KILL; do
    for step in $(seq "$count"); do
      name=$(sed -n "${step}s/(.*//p" "$scratch/trace")
      time=$(head -n "$step" "$scratch/trace" | grep -c "^$name(")
      current_check="$what, step $step of $count, $way: $(sed -n "${step}p" "$scratch/trace" | cut -c1-60)"
      begin_with "$from" "$to"
      code=0
      { strace -qq -o /dev/null -e trace=$steps -e "inject=$name:$way:when=$time" "$@" >/dev/null 2>"$scratch/err" || code=$?; } 2>/dev/null
      both "$from" "$to"
      if [ "$way" != signal=KILL ]; then
        # Undone or done, and all of it; a failure says so.
        shows "$(cat "/$program")"
        [ "$(cat "/$program")" = "$to" ] || { [ "$code" -ne 0 ] && undone=$((undone + 1)); } || die "nothing was done, and exit code 0"
        [ "$code" -eq 0 ] || [ -s "$scratch/err" ] || die "failed without a word"
      fi
      run $guard settle
      shows "$(linked)"
    done
  done
  echo "   $count steps, each failing twice and killed once; undone $undone times"
}

each_step "switched on" baseline a sh -c "ln -sfn generations/a $state/active && exec $guard settle"
each_step "gone back to the generation before" b a $guard back
each_step "gone back to the baseline" a baseline $guard baseline
each_step "removed" b baseline $guard remove

check "nothing is left of it"
begin_with baseline baseline
equal "$(tree_hash "/$library" "/$program")" "$before"
run $guard step-aside
equal "$(grep -c ' interlude:' /proc/self/mountinfo || true)" 0 "mounts that are left"
