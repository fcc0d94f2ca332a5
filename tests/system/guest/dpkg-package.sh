#!/bin/bash
# Our own package: removed, half-installed, purged, with something on.
source ./lib.sh
source ./device.sh
libcrypto=/usr/lib/x86_64-linux-gnu/libcrypto.so.3
hash_of() { sha256sum <"$1" | cut -c1-64; }
dpkg-query -W interlude-agent >/dev/null 2>&1 || { echo "   (not installed as a package: nothing to remove)"; exit 0; }
serve_repository
run provision
run "$interlude" agent --once
equal "$(status .letter)" a

check "reinstalling our own package leaves on what is on"
run dpkg -i interlude-agent.deb
eventually 60 sh -c "[ \$(sha256sum <$libcrypto | cut -c1-64) = $(cat new-libcrypto) ]"

check "removed: the system ends on its baseline, and dpkg works without the hook's program"
run dpkg -r interlude-agent
equal "$(hash_of $libcrypto)" "$(cat old-libcrypto)"
run dpkg -i demo_1.deb
run dpkg -r demo
equal "$(verify_packages | grep -v /etc/dpkg/dpkg.cfg.d/interlude || true)" "" "dpkg -V, without the conffile that is put aside"

check "unpacked but not configured, dpkg goes on"
run dpkg --unpack interlude-agent.deb
run dpkg -i demo_1.deb
run dpkg --configure -a

check "purged: nothing of it is left"
run dpkg -P interlude-agent
run dpkg -r demo
[ ! -e /var/lib/interlude ] || die "/var/lib/interlude is still there"
equal "$(ls /etc/dpkg/dpkg.cfg.d | grep -c interlude || true)" 0
