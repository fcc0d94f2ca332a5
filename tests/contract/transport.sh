#!/usr/bin/env bash
# The way of the bytes: TLS with a certificate authority of one's own, redirects, a proxy, a copied folder, and which
# process does what on that way.
source "$(dirname "$0")/lib.sh"

old_and_new
run "$interlude" repo init repo
run build 12.11 a a
run "$interlude" publish repo a

# http_server NAME OPTION…: sets $port; the requests come in NAME.log
http_server() {
  local name=$1; shift
  python3 "$here/http_server.py" repo/public "$@" >"$name.log" 2>"$name.err" &
  pids+=($!)
  local i
  for i in $(seq 200); do grep -q '^listening ' "$name.log" && break; sleep 0.05; done
  port=$(sed -n 's/^listening //p' "$name.log"); [ -n "$port" ] || die "no server: $(cat "$name.err")"
}
configure() { # STATE LINE…: a drop-in for [source]
  local state=$1; shift
  mkdir -p "$state/etc/interlude/agent.d"
  printf '%s\n' '[source]' "$@" >"$state/etc/interlude/agent.d/10-source.toml"
}
installs() { # STATE
  run "$interlude" install --root "$1"
  equal "$(tree_hash "$(field "$1" active_tree)")" "$(tree_hash new)"
  run "$interlude" remove --root "$1"
}

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority \
        -keyout ca.key -out ca.pem 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=mirror.invalid -keyout tls.key -out tls.csr 2>/dev/null
openssl x509 -req -in tls.csr -CA ca.pem -CAkey ca.key -days 2 -out tls.pem \
        -extfile <(echo 'subjectAltName = DNS:mirror.invalid, IP:127.0.0.1') 2>/dev/null

http_server plain; plain=$port
http_server secure --tls tls.pem tls.key; secure=$port
http_server to_plain --redirect "http://127.0.0.1:$plain"; to_plain=$port
http_server to_plain_secure --tls tls.pem tls.key --redirect "http://127.0.0.1:$plain"; to_plain_secure=$port
http_server to_secure --redirect "https://127.0.0.1:$secure"; to_secure=$port
http_server to_file --redirect "file:///etc/passwd?"; to_file=$port
http_server proxy --via "127.0.0.1:$plain"; proxy=$port
http_server secure_proxy --via "127.0.0.1:$secure"; secure_proxy=$port

provision tls baseline 12.11 "https://127.0.0.1:$secure"
check "https with an authority that the device was told of"
refuses 6 '[Cc]ertificate' "$interlude" install --root tls
configure tls "ca_file = \"$work/ca.pem\""
installs tls

check "a file of authorities that is not there is named"
configure tls 'ca_file = "/nowhere/ca.pem"'
refuses 2 'no certificates to trust' "$interlude" install --root tls

check "a mirror with an IPv6 address"
if grep -q '^0*1 .* lo$' /proc/net/if_inet6 2>/dev/null; then
  http_server sixth --ipv6
  provision v6 baseline 12.11 "http://[::1]:$port"
  installs v6
else
  echo "   this machine has no IPv6, not even on the loopback"
fi

check "redirects go to hosts that are listed, and nowhere else"
provision redirected baseline 12.11 "http://127.0.0.1:$to_plain"
refuses 6 "redirects to where it must not: 127\.0\.0\.1:$plain is neither" "$interlude" install --root redirected
[ ! -s <(grep GET plain.log) ] || die "the other port was asked: $(cat plain.log)"
configure redirected "redirect_hosts = [\"127.0.0.1:$plain\"]"
installs redirected

check "redirects from http to https are followed, and not back"
configure redirected "urls = [\"http://127.0.0.1:$to_secure\"]" "ca_file = \"$work/ca.pem\"" \
          "redirect_hosts = [\"127.0.0.1:$secure\"]"
installs redirected
configure redirected "urls = [\"https://127.0.0.1:$to_plain_secure\"]" "ca_file = \"$work/ca.pem\"" \
          "redirect_hosts = [\"127.0.0.1:$plain\"]"
refuses 6 'redirects from https to http' "$interlude" install --root redirected

check "redirects to files are not followed"
configure redirected "urls = [\"http://127.0.0.1:$to_file\"]"
refuses 6 'redirects to where it must not' "$interlude" install --root redirected

check "redirects in a circle end"
http_server circle --redirect self; circle=$port
configure redirected "urls = [\"http://127.0.0.1:$circle\"]"
refuses 6 'more than 5 redirects' "$interlude" install --root redirected

check "a proxy is the only one that is connected to"
provision proxied baseline 12.11 "http://mirror.invalid"
configure proxied "proxy = \"http://127.0.0.1:$proxy\""
installs proxied
grep -q 'GET http://mirror.invalid/metadata/timestamp.json' proxy.log || die "the proxy was not asked: $(cat proxy.log)"
configure proxied "urls = [\"https://mirror.invalid\"]" "proxy = \"http://127.0.0.1:$secure_proxy\"" \
          "ca_file = \"$work/ca.pem\""
installs proxied
grep -q 'CONNECT mirror.invalid:443' secure_proxy.log || die "no tunnel: $(cat secure_proxy.log)"

check "a proxy of the environment is used, too"
configure proxied 'urls = ["http://mirror.invalid"]'
http_proxy=http://127.0.0.1:$proxy installs proxied

check "install --from: a copied folder, without any network"
cp -a repo/public copied
provision airgap baseline 12.11 http://mirror.invalid
for from in copied "$work/copied" repo; do
  run "$interlude" install --root airgap --from "$from"
  equal "$(tree_hash "$(field airgap active_tree)")" "$(tree_hash new)"
  run "$interlude" remove --root airgap
done
check "install --from: what is no repository, or not all of one"
provision halfway baseline 12.11 http://mirror.invalid
mkdir nothing
refuses 3 'is no repository: it has no metadata/' "$interlude" install --root halfway --from nothing
refuses 3 'No such file' "$interlude" install --root halfway --from nowhere
mkdir half; cp -a copied/metadata half/
refuses 3 'still being copied' "$interlude" install --root halfway --from half
cp -a copied/targets half/; find half/targets -name '*.payload' -delete
state=$(device_hash halfway baseline)
refuses any 'still being copied' "$interlude" install --root halfway --from half
cp -a copied cut; find cut/targets -name '*.payload' -exec truncate -s -5 {} +
refuses any 'still being copied' "$interlude" install --root halfway --from cut
cp -a copied linked; rm linked/metadata/timestamp.json; ln -s /etc/hostname linked/metadata/timestamp.json
refuses any '' "$interlude" install --root halfway --from linked
equal "$(device_hash halfway baseline)" "$state"

check "the worker opens no connection; three others do the rest, and none is left"
provision traced baseline 12.11 "http://127.0.0.1:$plain"
if strace -o /dev/null true 2>/dev/null; then
  mkdir traces
  ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0" strace -ff -o traces/t -e trace=socket,connect,openat \
      "$interlude" install --root traced >/dev/null 2>traces/err || die "$(cat traces/err)"
  equal "$(field traced letter)" a
  connecting=$(grep -l 'socket(AF_INET.*= [0-9]' traces/t.* | wc -l)
  equal "$connecting" 1 "processes that made an Internet socket"
  worker=$(grep -l 'state.json.*O_WRONLY' traces/t.* | head -n 1)
  [ -n "$worker" ] || die "no worker among the traces"
  ! grep -q 'socket(AF_INET' "$worker" || die "the worker made a socket: $(grep socket "$worker")"
else
  echo "   (not run: this machine lets nobody trace)"
fi

check "the resident program links no HTTP library and no cryptography"
agent=$(dirname "$interlude")/interlude-agent
needed=$(readelf -d "$agent" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
[ -n "$needed" ] || die "no libraries found"
! grep -E 'curl|ssl|crypto|seccomp' <<<"$needed" || die "the resident program links: $needed"

check "status says how the processes are locked in"
matches "$("$interlude" status --json --root traced | jq -c .sandbox)" '"landlock":[0-9]+.*"user"'
echo "on the way described, and on no other"
