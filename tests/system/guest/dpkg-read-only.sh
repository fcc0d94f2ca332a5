#!/bin/bash
# A file system that is read-only but while apt works: apt's own hooks, an administrator's, remount it.
source ./lib.sh
source ./device.sh
says() { [ "$(cat /opt/app/file)" = "$1" ]; }
is_read_only() { findmnt -no OPTIONS /opt | grep -qE '(^|,)ro(,|$)'; }
install_guest() {
  run apt-get -q -y --no-install-recommends install "$PWD/guest_1.deb"
  equal "$(cat /opt/guest/file)" "of guest"
  equal "$(dpkg --audit)" ""
  [ -e /opt/touched ] || die "what a hook did under unlock is not there"
}

check "a read-only /opt, and a fix in it"
mount -t tmpfs tmpfs /opt
run dpkg -i app_1.deb
mount -o remount,ro /opt
printf 'DPkg::Pre-Invoke { "mount -o remount,rw /opt"; };\nDPkg::Post-Invoke { "%s unlock -- touch /opt/touched"; "mount -o remount,ro /opt"; };\n' $guard >/etc/apt/apt.conf.d/90remount
serve_repository
run provision
quick 0
run "$interlude" agent --once
equal "$(status .letter)" a
says "version 2" || die "the fix is not on: $(cat /opt/app/file)"

check "apt installs into it, while the fix is on: it is out of the way before the first hook, and back after the last"
install_guest
eventually 60 says "version 2"
is_read_only || die "/opt can be written to"
run apt-get -q -y remove guest
eventually 60 says "version 2"
[ ! -e /opt/guest ] || die "the package's files are still there"

check "the same with nothing on"
run "$interlude" remove
says "version 1" || die "the fix is on"
install_guest
says "version 1" || die "the fix is on"
is_read_only || die "/opt can be written to"
