#!/bin/bash
# The guard alone, on a directory of system libraries, under the sandboxes that systemd offers: who follows a switch, and that
# nobody loses what hides files from it.
source ./lib.sh
guard=/usr/libexec/interlude/interlude-guard
state=/var/lib/interlude
hierarchy=usr/lib/x86_64-linux-gnu
place=/$hierarchy/interlude-test
is_beneath() { [ "$($guard status | sed -n 's/^method //p')" = beneath ]; }

mkdir -p $place/hidden $place/readonly $state/generations/baseline /etc/interlude
for file in shown secret hidden/file readonly/file; do echo baseline >$place/$file; done
chmod 711 $place
for generation in a b; do
  layer=$state/generations/$generation/layer/$hierarchy/interlude-test
  mkdir -p "$layer"/{hidden,readonly}
  chmod 711 "$layer"
  for file in shown secret hidden/file readonly/file; do echo $generation >"$layer/$file"; done
  echo $hierarchy >"$state/generations/$generation/hierarchies"
done
ln -s generations/baseline $state/active
# The whole directory as the baseline has it, seen past what is mounted over it
before=$(tree_hash /$hierarchy /usr/sbin /usr/bin)

declare -A sandbox=(
  [plain]=""
  [private-tmp]="PrivateTmp=yes"
  [system-full]="ProtectSystem=full"
  [system-strict]="ProtectSystem=strict"
  [dynamic-user]="DynamicUser=yes"
  [kernel-modules]="ProtectKernelModules=yes"
  [inaccessible]="InaccessiblePaths=$place/secret"
  [temporary]="TemporaryFileSystem=$place/hidden"
  [read-only]="ReadOnlyPaths=$place/readonly"
  [own-mounts]="MountFlags=private"
  [own-users]="PrivateUsers=yes"
)
# Those that must see a switch at once; of the others it is printed, not asserted.
followers=(plain private-tmp system-full system-strict dynamic-user kernel-modules)
masked=(inaccessible temporary read-only)
for name in "${!sandbox[@]}"; do
  printf '[Service]\nExecStart=/bin/sleep infinity\n%s\n' "${sandbox[$name]}" >"/run/systemd/system/test-$name.service"
done
printf '[Service]\nExecStart=/bin/sleep infinity\nPrivateTmp=yes\n' >/run/systemd/system/test-early.service
systemctl daemon-reload
systemctl start test-early

pid_of() { systemctl show -P MainPID "test-$1"; }
sees() { nsenter -t "$(pid_of "$1")" -m cat "$place/shown"; }
start_all() { local name; for name in "$@"; do systemctl restart "test-$name"; done; }
masks_intact() {
  local name
  for name in "$@"; do
    case $name in
      inaccessible) equal "$(nsenter -t "$(pid_of $name)" -m cat $place/secret 2>&1 || true)" "" "the secret of test-$name" ;;
      temporary) equal "$(nsenter -t "$(pid_of $name)" -m ls $place/hidden)" "" "what test-$name must not see" ;;
      read-only)
        grep -q " $place/readonly ro" "/proc/$(pid_of $name)/mountinfo" || die "test-$name lost the mount at $place/readonly" ;;
      kernel-modules)
        equal "$(nsenter -t "$(pid_of $name)" -m ls /usr/lib/modules 2>&1 | grep -v 'Permission denied' || true)" "" "kernel modules in test-$name" ;;
    esac
  done
}
all_follow() {
  local name
  for name in "${followers[@]}"; do equal "$(sees "$name")" "$1" "test-$name"; done
}
show_others() {
  local name
  for name in own-mounts own-users "${masked[@]}"; do echo "   test-$name sees $(sees "$name")"; done
}
turn_on() { ln -sfn "generations/$1" $state/active.new; mv -T $state/active.new $state/active; $guard settle; }

check "armed: everything is as before, and nothing is read-only"
run $guard arm
matches "$out" "baseline"
touch $place/written; rm $place/written
equal "$(tree_hash /$hierarchy /usr/sbin /usr/bin)" "$before"
start_all "${!sandbox[@]}"
all_follow baseline
masks_intact "${masked[@]}" kernel-modules

# Somebody without rights, who would keep every fix away from this machine, where anybody could.
runuser -u person -- unshare --user --map-root-user --mount --propagation unchanged \
  sh -c "mount -t tmpfs mine $place/hidden && touch /tmp/is-mounted && exec sleep infinity" &
eventually 20 test -e /tmp/is-mounted

check "a switch under units with masks: refused where it would cost them, else it keeps them ($($guard status | head -n 1))"
if is_beneath; then
  turn_on a
  equal "$(cat $place/shown)" a
  all_follow a
else
  fails turn_on a
  matches "$out" "mount of its own at"
  equal "$(cat $place/shown)" baseline
  all_follow baseline
  for name in "${masked[@]}"; do systemctl stop "test-$name"; done
  turn_on a
  all_follow a
  start_all "${masked[@]}"
  for name in "${masked[@]}"; do equal "$(sees "$name")" a "test-$name started on (a)"; done
fi
masks_intact "${masked[@]}" kernel-modules
show_others

check "what a unit sees after its restart is what is on, with its masks"
start_all "${!sandbox[@]}"
for name in "${!sandbox[@]}"; do equal "$(sees "$name")" a "test-$name"; done
masks_intact "${masked[@]}" kernel-modules

check "what is on cannot be written to, and everything else can"
fails touch $place/written
touch /usr/local/written /etc/written

check "the second switch, then back with the guard"
if is_beneath; then turn_on b; else
  for name in "${masked[@]}"; do systemctl stop "test-$name"; done
  turn_on b
  start_all "${masked[@]}"
fi
all_follow b
masks_intact "${masked[@]}" kernel-modules
run $guard remove
equal "$(readlink $state/active)" generations/baseline
equal "$(cat $place/shown)" baseline
all_follow baseline
masks_intact "${masked[@]}" kernel-modules
show_others
equal "$(tree_hash /$hierarchy /usr/sbin /usr/bin)" "$before" "every byte of the baseline"
for name in system-full system-strict; do
  fails nsenter -t "$(pid_of $name)" -m touch $place/written
done

check "stepping aside and coming back"
for name in "${masked[@]}"; do systemctl stop "test-$name"; done
turn_on a
run $guard step-aside
equal "$(cat $place/shown)" baseline
equal "$($guard status | grep -c ^hierarchy || true)" 0
touch $place/written; rm $place/written
run $guard settle
equal "$(cat $place/shown)" a
all_follow a

check "going back is going to the baseline when nothing was on before, and it is not hidden that it happened"
printf 'generation=a\nprevious=baseline\ntries=1\nstate=trying\n' >$state/boot
run $guard back
equal "$(cat $place/shown)" baseline
matches "$(cat $state/boot)" 'boot-failed=a'
equal "$(tree_hash /$hierarchy /usr/sbin /usr/bin)" "$before"

check "a pin nobody else can reach, and none in a unit that ran before"
equal "$(stat -c %a /run/interlude/baseline)" 700
fails setpriv --reuid person --clear-groups ls /run/interlude/baseline
! grep -q /run/interlude/baseline/ "/proc/$(pid_of early)/mountinfo" || die "the pin leaked into test-early"
