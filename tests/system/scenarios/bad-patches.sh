#!/usr/bin/env bash
# Published fixes that break the system, through the real publisher (with --allow): libraries whose users die at once, OpenSSL, curl
# and systemd's; a service that stays up and no longer answers; a program that hangs the boot. Each time the system is back to
# good by itself, what failed is quarantined, and it is not tried again.
source "$(dirname "$0")/../lib.sh"
source "$system_here/fixtures.sh"
set -e
cd "$SCENARIO_DIR"
mapfile -t old < <(old_debs)

# demo_package VERSION: a server, and a program that the start of the system waits for
demo_package() {
  local folder=demo-$1
  mkdir -p "$folder/DEBIAN" "$folder/usr/sbin" "$folder/usr/lib/demo" "$folder/lib/systemd/system"
  printf 'Package: demo\nVersion: %s\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: test\n' "$1" >"$folder/DEBIAN/control"
  printf '#!/bin/sh\n# version %s\nexec python3 /usr/lib/demo/server.py\n' "$1" >"$folder/usr/sbin/demo-server"
  cat >"$folder/usr/lib/demo/server.py" <<'PYTHON'
import socket, time
server = socket.socket(); server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", 7001)); server.listen()
while True:
    connection, _ = server.accept(); connection.sendall(b"hello\n"); connection.close()
PYTHON
  printf '#!/bin/sh\n# version %s\nexit 0\n' "$1" >"$folder/usr/sbin/demo-early"
  printf '[Unit]\nBefore=multi-user.target\n[Service]\nExecStart=/usr/sbin/demo-server\n[Install]\nWantedBy=multi-user.target\n' >"$folder/lib/systemd/system/demo.service"
  printf '[Unit]\nBefore=multi-user.target\n[Service]\nType=oneshot\nExecStart=/usr/sbin/demo-early\nTimeoutStartSec=infinity\n[Install]\nWantedBy=multi-user.target\n' \
    >"$folder/lib/systemd/system/demo-early.service"
  case $1 in
    2-silent) printf 'import time\ntime.sleep(100000)\n' >"$folder/usr/lib/demo/server.py" ;;
    2-hangs) printf '#!/bin/sh\n# version %s\nexec sleep 100000\n' "$1" >"$folder/usr/sbin/demo-early" ;;
  esac
  chmod 755 "$folder"/usr/sbin/*
  dpkg-deb --root-owner-group -b "$folder" "demo_$1.deb" >/dev/null
}
for version in 1 2-silent 2-hangs; do demo_package $version; done

# The .deb of the version that is installed in the system, for libraries that are not the newest but one
installed_deb() {
  local version
  version=$(dpkg-query --admindir="$SYSTEM_DIR/root/var/lib/dpkg" -W -f '${Version}' "$1")
  download_debs "$SYSTEM_DIR/debs" "$version" "$1"
}
source "$system_here/../../scripts/demo-packages.sh"
libssl=$(printf '%s\n' "${old[@]}" | grep /libssl3_)
libcurl=$(installed_deb libcurl4)
libsystemd=$(installed_deb libsystemd0)
allow=()
for rule in needed symbol soname dependency hardening; do allow+=(--allow "$rule=the test breaks it on purpose"); done
repository repository
cp -a repository/public repository-0
cp "$publisher" publisher
# A script maps no library that would show that it runs old code: the publisher names its unit.
printf '[[restart]]\nunits = ["demo.service"]\n[[probe]]\nname = "answers"\nconnect = "tcp:127.0.0.1:7001"\n[[probe]]\nname = "says-hello"\ncommand = ["/bin/bash", "-c", "read -t 5 line </dev/tcp/127.0.0.1/7001 && [ \\"$line\\" = hello ]"]\nseconds = 10\n' >probes.toml

# bad LETTER COMPONENT APPLY OLD NEW [ARGUMENT…]: published, and the state of the repository kept as repository-LETTER
bad() {
  local letter=$1 component=$2 apply=$3 from=$4 to=$5
  shift 5
  improvement "bad-$letter" "$letter" "$component" "$apply" "$from" -- "$to" -- "${allow[@]}" "$@"
  publish repository "$improvement"
  cp -a repository/public "repository-$letter"
}
bad a openssl live-with-restart "$libssl" "$(broken_library libcrypto.so.3 "$libssl" "$PWD")"
bad b curl live-with-restart "$libcurl" "$(broken_library libcurl.so.4 "$libcurl" "$PWD")"
bad c systemd live-with-restart "$libsystemd" "$(broken_library libsystemd.so.0 "$libsystemd" "$PWD")"
bad d demo live-with-restart demo_1.deb demo_2-silent.deb --probes probes.toml
bad e demo at-boot demo_1.deb demo_2-hangs.deb
mv repository/public repository/last
files=(repository repository-* publisher demo_1.deb "$system_here/guest/device.sh")
SYSTEM_CONSOLE=yes run_inside -t 800 -a "$system_here/guest/bad-boot.sh" -a "hung:$system_here/guest/bad-hangs.sh" \
  -a "hung:$system_here/guest/bad-hangs.sh" -a "$system_here/guest/bad-boot-back.sh" "$system_here/guest/bad-patches.sh" "${files[@]}"
