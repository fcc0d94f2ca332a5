#!/bin/bash
source ./lib.sh

check "the system has started, nothing failed"
equal "$(systemctl --failed --no-legend --plain)" ""
equal "$(systemctl is-system-running)" running

check "its root is a file system of its own kind, so that mounts and inodes are those of a real machine"
equal "$(findmnt -n -o FSTYPE /)" ext4
equal "$(stat -f -c %T /usr)" ext2/ext3

check "services that use the old library answer"
for unit in nginx ssh dbus; do equal "$(systemctl is-active $unit)" active "$unit"; done
newest=$(cut -d' ' -f2 <<<"$(openssl version)")
grep -q libcrypto.so.3 "/proc/$(systemctl show -P MainPID ssh)/maps" || die "sshd does not map libcrypto"
echo "   kernel $(uname -r), $(systemctl --version | head -n 1), OpenSSL $newest"

check "the product's programs start here"
for program in /usr/bin/interlude /usr/libexec/interlude-agent /usr/libexec/interlude-bus /usr/libexec/interlude/interlude-guard; do
  [ ! -e $program ] || run $program --help
done
