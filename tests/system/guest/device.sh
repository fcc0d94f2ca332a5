# A provisioned device and its repository, inside; to be sourced after lib.sh. `repository` lies beside the job, and `publisher`, the
# publisher's program.
url=http://127.0.0.1:8001
interlude=/usr/bin/interlude
guard=/usr/libexec/interlude/interlude-guard
active=/var/lib/interlude/active

serve_repository() {
  cat >/run/systemd/system/repository.service <<UNIT
[Service]
ExecStart=$PWD/publisher serve $PWD/repository --port 8001
UNIT
  systemctl daemon-reload
  systemctl start repository
  eventually 20 curl -sf $url/metadata/timestamp.json -o /dev/null
}

# provision: as an administrator would: a root file and the repository's address
provision() {
  "$interlude" device init --system --trusted-root repository/public/metadata/1.root.json --url $url "$@"
}

status() { "$interlude" status --json | jq -r "$1"; }
# The content of the file that process $1 has mapped as $2, whatever lies at that path now
mapped() {
  local range
  range=$(awk -v name="$2" '$6 ~ name && $2 ~ /x/ { print $1; exit }' "/proc/$1/maps")
  [ -n "$range" ] || { echo "not mapped"; return; }
  sha256sum <"/proc/$1/map_files/$range" | cut -c1-64
}
main_pid() { systemctl show -P MainPID "$1"; }
invocation() { systemctl show -P InvocationID "$1"; }
