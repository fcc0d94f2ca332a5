#!/bin/bash
# The same for the agent's own install and removal: each system call of the worker that changes mounts, links or names fails once,
# and is once where it is killed. The next command goes on from there.
source ./lib.sh
source ./device.sh
steps=open_tree,move_mount,fsopen,fsconfig,fsmount,mount_setattr,mount,umount2,rename,renameat,renameat2,symlink,symlinkat
file=/usr/lib/x86_64-linux-gnu/interlude-test/file
mkdir -p "$(dirname $file)"; cp baseline-file $file
before=$(tree_hash /usr/lib/x86_64-linux-gnu/interlude-test)
run provision
quick 0
systemctl disable -q --now interlude-agent 2>/dev/null || true
run "$interlude" settings automatic off
install=("$interlude" install --from repository) remove=("$interlude" remove)
shown() { cat $file; }

# each_step WHAT FROM TO UNDO… -- COMMAND…: UNDO is how FROM comes back
each_step() {
  local what=$1 from=$2 to=$3 undo=() count step way name time code stopped=0; shift 3
  while [ "$1" != -- ]; do undo+=("$1"); shift; done; shift
  check "$what"
  strace -f -qq -e signal=none -o "$scratch/all" -e trace=$steps "$@" >/dev/null 2>"$scratch/err" || die "does not work at all: $(cat "$scratch/err")"
  equal "$(shown)" "$to"
  # of the worker itself: who else it starts touches nothing of this
  sed -nE "s/^$(head -n 1 "$scratch/all" | cut -d' ' -f1) +//p" "$scratch/all" >"$scratch/trace"
  run "${undo[@]}"
  count=$(wc -l <"$scratch/trace")
  [ "$count" -ge 10 ] || die "only $count steps: $(cat "$scratch/trace")"
  for way in error=EIO signal=KILL; do
    for step in $(seq "$count"); do
      name=$(sed -n "${step}s/(.*//p" "$scratch/trace")
      time=$(head -n "$step" "$scratch/trace" | grep -c "^$name(")
      current_check="$what, step $step of $count, $way: $(sed -n "${step}p" "$scratch/trace" | cut -c1-80)"
      equal "$(shown)" "$from" "before it"
      code=0
      { strace -qq -o /dev/null -e trace=$steps -e "inject=$name:$way:when=$time" "$@" >/dev/null 2>"$scratch/err" || code=$?; } 2>/dev/null
      if [ "$way" = signal=KILL ]; then
        [ "$(shown)" = "$from" ] || [ "$(shown)" = "$to" ] || die "shows $(shown)"
        run $guard settle
      else
        [ "$code" -ne 0 ] || equal "$(shown)" "$to" "exit code 0"
        [ "$code" -eq 0 ] || { stopped=$((stopped + 1)); [ -s "$scratch/err" ] || die "failed without a word"; }
      fi
      run "$interlude" status
      run "$@"
      equal "$(shown)" "$to" "once more"
      run "${undo[@]}"
    done
  done
  equal "$(shown)" "$from"
  echo "   $count steps, each failing and killed once; failed $stopped times"
}

each_step "installed" "$(cat baseline-file)" "$(cat new-file)" "${remove[@]}" -- "${install[@]}"
run "${install[@]}"
each_step "removed" "$(cat new-file)" "$(cat baseline-file)" "${install[@]}" -- "${remove[@]}"
run "${remove[@]}"
equal "$(tree_hash /usr/lib/x86_64-linux-gnu/interlude-test)" "$before"
