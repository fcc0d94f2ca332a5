#!/bin/bash
# Four fixes, one after the other, that must not stay.
source ./lib.sh
source ./device.sh
libraries=/usr/lib/x86_64-linux-gnu
run dpkg -i demo_1.deb
systemctl daemon-reload
run systemctl enable -q --now demo demo-early
mv repository-0 repository/public
serve_repository
run provision
quick
run "$interlude" agent --once
before=$(tree_hash /usr)
equal "$(status .letter)" null

healthy() {
  local unit
  for unit in nginx ssh dbus demo systemd-journald systemd-logind; do equal "$(systemctl is-active $unit)" active "$unit"; done
  equal "$(systemctl --failed --no-legend --plain)" ""
  equal "$(curl -s telnet://127.0.0.1:7001 </dev/null || true)" hello
  curl -sf http://127.0.0.1/ -o /dev/null || die "nginx does not answer"
  openssl version >/dev/null || die "openssl does not start"
  systemctl is-system-running >/dev/null || die "$(systemctl is-system-running)"
}
healthy

# On its baseline again, and it says that ($1) failed. While a bad libcrypto is on, not even this can be asked.
is_back() {
  local said
  said=$("$interlude" status --json) || return 1
  [ "$(jq -r .letter <<<"$said")" = null ] && [ "$(jq -r .reason_code <<<"$said")" = quarantined ] &&
    jq -r .reason <<<"$said" | grep -qF "($1) failed"
}
# tried LETTER: the fix was tried, it is off again by itself, quarantined, and is not tried a second time
tried() {
  local letter=$1 attempts
  rm -r repository/public; mv "repository-$letter" repository/public
  systemctl restart interlude-agent
  if ! (eventually 240 is_back "$letter"); then "$guard" status; "$interlude" status; "$interlude" history; exit 1; fi
  healthy
  equal "$(status .letter)" null "what is on"
  equal "$(tree_hash /usr)" "$before" "every byte"
  "$interlude" status
  attempts=$("$interlude" history | wc -l)
  run "$interlude" agent --once
  run "$interlude" agent --once
  equal "$(status .letter)" null "it was tried again"
  healthy
  [ "$("$interlude" history | wc -l)" -le "$((attempts + 2))" ] || { "$interlude" history; die "it was tried again"; }
  systemctl stop interlude-agent
}
check "a libcrypto whose users die at once"; tried a
check "a libcurl whose users die at once: also what fetches the next fix"; tried b
check "a libsystemd whose users die at once"; tried c
check "a service that is active and no longer answers"; tried d
