#!/usr/bin/env bash
# A flaw that can be seen: a library lets one page read what belongs to another. Before the fix the secret leaks, after it it does
# not, in the service that restarted and, once it is restarted, in a person's program, which `status` names until then. (The
# scenario webkit has a real browser engine.)
source "$(dirname "$0")/../lib.sh"
source "$system_here/fixtures.sh"
source "$system_here/../../scripts/demo-packages.sh"
set -e
cd "$SCENARIO_DIR"

# engine_package VERSION CONDITION: a library that decides who may read what, and a program that serves pages with it
engine_package() {
  local folder=engine-$1 libraries=usr/lib/x86_64-linux-gnu flags=(-O2 -fPIC -fstack-protector-strong -Wl,-z,relro,-z,now)
  mkdir -p "$folder/DEBIAN" "$folder/$libraries" "$folder/usr/bin" "$folder/lib/systemd/system"
  printf 'Package: libengine1\nVersion: %s\nArchitecture: amd64\nMaintainer: nobody <nobody@example.org>\nDescription: test\n' "$1" >"$folder/DEBIAN/control"
  cat >engine.c <<C
#include <string.h>
static int same(const char* a, const char* b) { return strcmp(a, b) == 0; }
int may_read(const char* page, const char* other) { return $2; }
C
  cat >pages.c <<'C'
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
int may_read(const char* page, const char* other);
/* Answers each connection with what a page of evil.example gets to see of bank.example. */
int main(int argc, char** argv) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[argc - 1]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int server = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(server, (struct sockaddr*)&address, sizeof address) != 0 || listen(server, 8) != 0) return 1;
  for (;;) {
    int page = accept(server, NULL, NULL);
    const char* text = may_read("https://evil.example", "https://bank.example") ? "secret\n" : "refused\n";
    if (write(page, text, strlen(text)) < 0) perror("answering");
    close(page);
  }
}
C
  gcc "${flags[@]}" -shared -Wl,-soname,libengine.so.1 -o "$folder/$libraries/libengine.so.1" engine.c
  [ -x pages ] || gcc "${flags[@]}" -fPIE -pie -o pages pages.c "$folder/$libraries/libengine.so.1"
  cp pages "$folder/usr/bin/pages"
  printf '[Service]\nExecStart=/usr/bin/pages 7100\nDynamicUser=yes\n[Install]\nWantedBy=multi-user.target\n' >"$folder/lib/systemd/system/pages.service"
  dpkg-deb --root-owner-group -b "$folder" "engine_$1.deb" >/dev/null
}
engine_package 1 '1 || same(page, other)'
engine_package 2 'same(page, other)'
improvement engine a engine live-with-restart engine_1.deb -- engine_2.deb -- --component 'engine=**'
repository repository
publish repository "$improvement"
cp "$publisher" publisher
run_inside -t 300 "$system_here/guest/browser.sh" repository publisher engine_1.deb "$system_here/guest/device.sh"
