#!/bin/bash
source ./lib.sh
source ./device.sh
libraries=/usr/lib/x86_64-linux-gnu
library=libwebkit2gtk-4.1.so.0
new_hash() { awk -v name="$1" '$2 ~ name { print $1 }' new-files; }
old=$(sha256sum <$libraries/$library | cut -c1-64)
new=$(new_hash "/$library")
[ "$old" != "$new" ] || die "the fix does not change $library"

mv repository/public repository/later; cp -a repository-before/public repository/public
serve_repository
quick
run "$interlude" agent --once  # the next is in a minute
systemctl restart interlude-agent
before=$(tree_hash /usr)
loginctl enable-linger person
eventually 60 systemctl is-active -q "user@$(id -u person)"
of_person() { runuser -u person -- env XDG_RUNTIME_DIR="/run/user/$(id -u person)" "$@"; }
run of_person systemd-run -q --user --unit=display Xvfb :7
eventually 60 test -S /tmp/.X11-unix/X7

# ask LINE: what the person's browser answers
ask() { local answer=''; exec 9<>/dev/tcp/127.0.0.1/7200 || return 1; echo "$1" >&9; read -r -t 60 answer <&9; exec 9<&-; echo "$answer"; }
# Fetched by the network process, run and drawn by the web process, asked for by the program
page='await new Promise(requestAnimationFrame); return (await (await fetch(location)).json()).signed._type'
start_browser() {
  of_person systemctl --user reset-failed browser 2>/dev/null || true
  run of_person systemd-run -q --user --unit=browser -E DISPLAY=:7 python3 "$PWD/webview.py" 7200
  eventually 60 ask ''
  equal "$(ask "open $url/metadata/timestamp.json")" opened
}
stop_browser() { of_person systemctl --user stop browser; }
web_processes() { pgrep -u person WebKitWebProces; }
# runs HASH: every process of the browser has this library mapped
runs() {
  local pid found=0
  for pid in $(pgrep -u person 'python3|WebKit'); do
    equal "$(mapped "$pid" $library)" "$1" "$(cat "/proc/$pid/comm")"
    found=$((found + 1))
  done
  [ "$found" -ge 3 ] || die "only $found processes: the program, its network process and web processes were expected"
}

check "a person's browser on the old engine"
start_browser
equal "$(ask "$page")" timestamp
runs "$old"
program=$(pgrep -u person python3)

check "the fix is published, and arrives; it waits for the browser, and status names whom"
rm -r repository/public; mv repository/later repository/public
waits() { [ "$(status .reason_code)" = in-use ]; }
eventually 300 waits
"$interlude" status
matches "$("$interlude" status)" "waiting: webkit switches once python3[^ ]* \($program\), WebKitNetworkProcess .*, WebKitWebProcess .* no longer run"
equal "$(status .letter)" null
equal "$(status '.advisories[0].state')" waiting
equal "$(status '.components[0].note')" when-not-running

check "the browser goes on as it was; a new window has helpers that fit"
alone=$(web_processes)
equal "$(ask "open $url/metadata/1.root.json")" opened
equal "$(ask "$page")" "timestamp root"
fails equal "$(web_processes)" "$alone"
runs "$old"
equal "$(pgrep -u person python3)" "$program"

check "the browser ends: the fix is on within one poll"
stop_browser
is_on() { [ "$(status .letter)" = a ]; }
eventually 240 is_on
equal "$(sha256sum <$libraries/$library | cut -c1-64)" "$new"

check "started again it runs the new engine, helpers too, and works"
start_browser
equal "$(ask "$page")" timestamp
runs "$new"
for process in $(pgrep -u person WebKit); do
  program=$(basename "$(readlink "/proc/$process/exe")")
  equal "$(mapped "$process" "/$program")" "$(new_hash "/$program")" "$program"
done
"$interlude" status
equal "$(status '.advisories[0].state')" running
equal "$(status '.old_code | length')" 0
equal "$(status '.components[0].after')" "$(cat new-version)"
equal "$(systemctl --failed --no-legend --plain)" ""

check "removed under the running browser, within the probation: it goes on, and status names it"
run "$interlude" remove
equal "$(status .letter)" null
equal "$(ask "$page")" timestamp
runs "$new"
matches "$("$interlude" status)" "STILL RUNNING what was taken off: .*WebKitWebProcess of person"

check "every byte is back, and the browser works on it"
stop_browser
equal "$(tree_hash /usr)" "$before" "every file of /usr"
equal "$(verify_packages libwebkit2gtk-4.1-0 libjavascriptcoregtk-4.1-0)" ""
start_browser
equal "$(ask "$page")" timestamp
runs "$old"
equal "$(status '.old_code | length')" 0
