#!/bin/bash
source ./lib.sh
source ./device.sh
libcrypto=/usr/lib/x86_64-linux-gnu/libcrypto.so.3
is_on() { [ "$(sha256sum <$libcrypto | cut -c1-64)" = "$(cat new-libcrypto)" ]; }
before=$(tree_hash /usr)
serve_repository
run provision
quick 0

systemctl disable -q --now interlude-agent 2>/dev/null || true
run "$interlude" settings automatic off

put_on() { run "$interlude" install "$@"; is_on || die "it did not go on"; }
is_off() {
  equal "$(tree_hash /usr)" "$before" "every byte of /usr"
  equal "$(readlink $active)" generations/baseline
}
# not a block is left, not even of those that only root may take
fill_disk() {
  local size number=0
  mkdir /full
  for size in 512M 32M 2M 128K 4K; do
    while fallocate -l $size /full/$number 2>/dev/null; do number=$((number + 1)); done
  done
  fails sh -c 'echo more >/full/more'
}
put_on
systemctl stop repository

check "without network"
run "$interlude" remove
is_off
put_on --from repository
run $guard remove
is_off
"$interlude" status >/dev/null || die "status after the guard removed it"

for year in 1970 2040; do
  check "in $year, with metadata that expired or is not yet signed"
  put_on --from repository
  run faketime "$year-03-01 12:00:00" "$interlude" remove
  is_off
  run faketime "$year-03-01 12:00:00" "$interlude" status
  if [ $year = 2040 ]; then
    fails faketime "$year-03-01 12:00:00" "$interlude" install --from repository
    matches "$out" expired
    is_off
  fi
done

check "on a full disk"
put_on --from repository
fill_disk
run "$interlude" remove
is_off
rm -r /full
put_on --from repository
fill_disk
run $guard remove
is_off
rm -r /full

check "a store that cannot be written: what can be done is done, and said"
put_on --from repository
mount --bind /var/lib/interlude /var/lib/interlude
mount -o remount,bind,ro /var/lib/interlude
"$guard" remove || echo "   interlude-guard remove: exit $?"
equal "$(tree_hash /usr)" "$before" "the baseline is in sight, at least until the next boot"
umount /var/lib/interlude
run $guard settle
is_on || die "what a store that can be written again says is on is not on"
mount --bind /var/lib/interlude /var/lib/interlude
mount -o remount,bind,ro /var/lib/interlude
"$interlude" remove || echo "   interlude remove: exit $?"
equal "$(tree_hash /usr)" "$before" "the baseline is in sight, at least until the next boot"
umount /var/lib/interlude
run "$interlude" remove
is_off
