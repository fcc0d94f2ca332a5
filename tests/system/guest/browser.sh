#!/bin/bash
source ./lib.sh
source ./device.sh
run dpkg -i engine_1.deb
systemctl daemon-reload
run systemctl enable -q --now pages
loginctl enable-linger person
eventually 60 systemctl is-active -q "user@$(id -u person)"
of_person() { runuser -u person -- env XDG_RUNTIME_DIR="/run/user/$(id -u person)" "$@"; }
run of_person systemd-run -q --user --unit=reader /usr/bin/pages 7101
sees() { local answer=''; exec 9<>"/dev/tcp/127.0.0.1/$1"; read -r -t 5 answer <&9; exec 9<&-; echo "$answer"; }
eventually 60 sees 7100
eventually 60 sees 7101
serve_repository
run provision
quick

check "before: one page reads what belongs to another"
equal "$(sees 7100)" secret
equal "$(sees 7101)" secret

check "the fix arrives by itself; the service behaves differently"
systemctl restart interlude-agent
is_refused() { [ "$(sees "$1")" = refused ]; }
eventually 240 is_refused 7100

check "a person's program goes on as it was, and is named"
equal "$(sees 7101)" secret
"$interlude" status
matches "$("$interlude" status)" pages
equal "$(status '.advisories[0].state')" old-code

check "restarted, it behaves differently, too; nothing runs old code any more"
of_person systemctl --user stop reader
run of_person systemd-run -q --user --unit=reader2 /usr/bin/pages 7101
eventually 60 is_refused 7101
equal "$(status '.advisories[0].state')" running

check "removed: the flaw is back"
run "$interlude" remove
is_secret() { [ "$(sees "$1")" = secret ]; }
eventually 60 is_secret 7100
