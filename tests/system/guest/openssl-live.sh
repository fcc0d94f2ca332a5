#!/bin/bash
# The main job on a running system: a web server with TLS and an sshd on the old library; a fix is published; nobody touches the
# device. Then it is removed again.
source ./lib.sh
source ./device.sh
libcrypto=/usr/lib/x86_64-linux-gnu/libcrypto.so.3

check "a system as people have it, with all that could update it by itself switched off"
systemctl mask -q --now apt-daily.timer apt-daily-upgrade.timer unattended-upgrades.service packagekit.service 2>/dev/null || true
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost -keyout /etc/ssl/private/test.key -out /etc/ssl/test.pem 2>/dev/null
mkdir -p /var/www/test
head -c 3000000 /dev/urandom >/var/www/test/file
cat >/etc/nginx/conf.d/test.conf <<'NGINX'
server {
  listen 127.0.0.1:8443 ssl;
  ssl_certificate /etc/ssl/test.pem;
  ssl_certificate_key /etc/ssl/private/test.key;
  root /var/www/test;
  location = /slow { alias /var/www/test/file; limit_rate 1500k; }
}
NGINX
if in_virtual_machine && [ -d /sys/kernel/security/apparmor ]; then
  # A daemon that AppArmor confines: it may read libraries and its own files, nothing else.
  cat >/etc/apparmor.d/usr.sbin.nginx <<'PROFILE'
#include <tunables/global>
/usr/sbin/nginx {
  #include <abstractions/base>
  #include <abstractions/nameservice>
  #include <abstractions/openssl>
  capability dac_override,
  capability dac_read_search,
  capability net_bind_service,
  capability setgid,
  capability setuid,
  capability chown,
  /usr/sbin/nginx mr,
  /usr/lib/nginx/** mr,
  /usr/share/nginx/** r,
  /etc/nginx/** r,
  /etc/ssl/** r,
  /var/www/** r,
  /var/log/nginx/* rw,
  /var/lib/nginx/** rw,
  /run/nginx.pid rw,
}
PROFILE
  run apparmor_parser -r /etc/apparmor.d/usr.sbin.nginx
  confined=yes
fi
systemctl restart nginx
[ -z "${confined:-}" ] || matches "$(cat "/proc/$(main_pid nginx)/attr/current")" '^/usr/sbin/nginx'
curl -ks https://127.0.0.1:8443/file | cmp - /var/www/test/file
# a program of a person who is logged in
loginctl enable-linger person
eventually 30 systemctl is-active -q "user@$(id -u person)"
cat /etc/ssl/private/test.key /etc/ssl/test.pem >/home/person/server.pem; chown person /home/person/server.pem
run runuser -u person -- env XDG_RUNTIME_DIR="/run/user/$(id -u person)" \
  systemd-run -q --user --unit=program openssl s_server -accept 127.0.0.1:9443 -cert /home/person/server.pem -key /home/person/server.pem
eventually 10 pgrep -u person -x openssl
program=$(pgrep -u person -x openssl)

mv repository/public repository/later; cp -a repository-before/public repository/public
serve_repository
# provisioned by openssl-prepare.sh, then its directories were armed at boot; or only now
[ -e /etc/interlude/trusted-root.json ] || run provision
quick
before=$(tree_hash /usr)
old=$(sha256sum <$libcrypto | cut -c1-64)
new=$(cat new-libcrypto)
[ "$old" != "$new" ] || die "the fix does not change libcrypto"
for unit in nginx ssh; do equal "$(mapped "$(main_pid $unit)" libcrypto.so.3)" "$old" $unit; done

check "it asks, and there is nothing yet"
run "$interlude" agent --once
equal "$(status .letter)" null
equal "$(status .baseline)" "$(cat /etc/debian_version)"
declare -A started
for unit in nginx ssh dbus systemd-logind repository; do started[$unit]=$(invocation $unit); done
manager=$(systemctl show -P UserspaceTimestampMonotonic)
denied() { journalctl -k --no-pager -o cat 2>/dev/null | grep -c 'apparmor="DENIED"' || true; }
denied_before=$(denied)

check "the fix is published; people go on using the server; nobody touches the device"
systemctl restart interlude-agent
cat >/tmp/people <<'PEOPLE'
#!/bin/bash
# one download after the other; what was begun must come whole. A connection that waits in the socket's queue when a server
# stops is reset by the kernel before any handshake, with every restart of an nginx (10 of 5,300 in 60 restarts without a fix):
# that is a server that was not there.
while [ ! -e /tmp/enough ]; do
  handshake=$(curl -ks -w '%{time_appconnect}' https://127.0.0.1:8443/slow -o /tmp/download); code=$?
  case $code/$handshake in
    0/*) cmp -s /tmp/download /var/www/test/file && echo whole || echo torn ;;
    7/* | 35/0.000000) echo refused ;;
    *) echo "broken $code after a handshake of $handshake s" ;;
  esac
done
PEOPLE
bash /tmp/people >/tmp/people.log &
people=$!
rm -r repository/public; mv repository/later repository/public
eventually 240 sh -c "[ \"\$($interlude status --json | jq -r .letter)\" = a ]"
is_fixed() { [ "$(mapped "$(main_pid nginx)" libcrypto.so.3)" = "$new" ] && [ "$(mapped "$(main_pid ssh)" libcrypto.so.3)" = "$new" ]; }
eventually 60 is_fixed

check "new handshakes are served by the new library; what was under way has ended whole"
eventually 60 curl -ksf https://127.0.0.1:8443/file -o /tmp/file
cmp /tmp/file /var/www/test/file
sleep 0.1; touch /tmp/enough; wait "$people"
sort /tmp/people.log | uniq -c
! grep -qE 'torn|broken' /tmp/people.log || die "connections were cut"
equal "$(openssl version | cut -d' ' -f2)" "$(cat new-version)"

check "exactly those restarted that had to"
for unit in nginx ssh; do [ "$(invocation $unit)" != "${started[$unit]}" ] || die "$unit was not restarted"; done
for unit in dbus systemd-logind; do equal "$(invocation $unit)" "${started[$unit]}" "$unit must not be restarted"; done
equal "$(pgrep -u person -x openssl)" "$program" "a person's program is left alone"
equal "$(mapped "$program" libcrypto.so.3)" "$old"
equal "$(systemctl --failed --no-legend --plain)" ""
[ -z "${confined:-}" ] || equal "$(denied)" "$denied_before" "denials of AppArmor"

check "status proves it, and says who still runs old code"
"$interlude" status
"$interlude" status --json >/tmp/status.json
equal "$(jq -r .letter /tmp/status.json)" a
[ "$(jq .sandbox.landlock /tmp/status.json)" -ge 2 ] || die "what fetched it was not fenced in: $(jq .sandbox /tmp/status.json)"
equal "$(jq -r .kernel.switches /tmp/status.json)" "$($guard status | sed -n 's/^method //p')" "how this kernel switches"
equal "$(jq -r '.advisories[0].on' /tmp/status.json)" true
equal "$(jq -r '.advisories[0].state' /tmp/status.json)" old-code
equal "$(jq --argjson pid "$program" '.old_code | map(.pid) | index($pid) != null' /tmp/status.json)" true "the person's program is named"

check "the package manager knows nothing of it"
equal "$(apt list --upgradable 2>/dev/null | grep -c upgradable || true)" 0
equal "$(dpkg-query -W -f '${Version}' libssl3)" "$(cat old-version)"

check "removed: the same backwards, every byte"
run "$interlude" remove
equal "$(status .letter)" null
is_old() { [ "$(mapped "$(main_pid nginx)" libcrypto.so.3)" = "$old" ] && [ "$(mapped "$(main_pid ssh)" libcrypto.so.3)" = "$old" ]; }
eventually 60 is_old
equal "$(tree_hash /usr)" "$before" "every file of /usr"
equal "$(sha256sum <$libcrypto | cut -c1-64)" "$old"
equal "$(verify_packages)" ""
curl -ksf https://127.0.0.1:8443/file | cmp - /var/www/test/file
for unit in dbus systemd-logind; do equal "$(invocation $unit)" "${started[$unit]}" "$unit"; done
equal "$(systemctl show -P UserspaceTimestampMonotonic)" "$manager"

check "it stays removed"
run "$interlude" agent --once
equal "$(status .letter)" null
