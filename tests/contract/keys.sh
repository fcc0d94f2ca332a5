#!/usr/bin/env bash
# Keys that sign, in files, in a token (SoftHSM2) and behind a program, through the command line: OpenSSL's own command line
# verifies what they sign, and nothing that a run prints or leaves behind shows a private key, a pass phrase or a PIN.
source "$(dirname "$0")/lib.sh"

pass="correct horse battery staple"
pin=271828
umask 022
printf '%s\n' "$pass" >pass; printf '%s\n' "$pin" >pin; chmod 600 pass pin
head -c 3000 /dev/urandom >message
: >said
key() { "$interlude" key "$@"; }
to_hex() { basenc --base16 -w0 | tr A-F a-f; }
from_hex() { tr a-f A-F | basenc -d --base16; }
# remember: everything that commands print, for the last check
remember() {
  local code=0
  "$@" >"$work/its-output" 2>"$work/its-errors" || code=$?
  cat "$work/its-output" "$work/its-errors" >>"$work/said"
  cat "$work/its-output"; cat "$work/its-errors" >&2
  return $code
}

# public_pem KEYFILE OUT: the public half as OpenSSL reads it
public_pem() {
  local text; text=$(key show "$1" --json | jq -r .key.keyval.public)
  case $text in
    -----BEGIN*) printf '%s\n' "$text" >"$2" ;;
    *) printf '302a300506032b6570032100%s' "$text" | from_hex | openssl pkey -pubin -inform der -out "$2" ;;
  esac
}
# verified KEYFILE SIGNATURE: by openssl pkeyutl for Ed25519, by openssl dgst for the others
verified() {
  public_pem "$1" "$work/public.pem"
  case $(key show "$1" --json | jq -r .key.scheme) in
    ed25519) openssl pkeyutl -verify -pubin -inkey "$work/public.pem" -rawin -in message -sigfile "$2" ;;
    ecdsa-sha2-nistp256) openssl dgst -sha256 -verify "$work/public.pem" -signature "$2" message ;;
    rsassa-pss-sha256) openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 \
                         -verify "$work/public.pem" -signature "$2" message ;;
  esac >/dev/null || die "openssl does not verify what $1 signed"
}

check "keys of each scheme, encrypted: OpenSSL verifies their signatures"
for scheme in ed25519 ecdsa-sha2-nistp256 rsassa-pss-sha256; do
  run remember key new "keys/$scheme.toml" --scheme "$scheme" --pass-phrase-file pass
  equal "$(stat -c %a keys "keys/$scheme.toml" "keys/$scheme.pem" | xargs)" "700 600 600"
  grep -q 'BEGIN ENCRYPTED PRIVATE KEY' "keys/$scheme.pem" || die "$scheme.pem is not encrypted"
  run remember key sign "keys/$scheme.toml" message --out signature --pass-phrase-fd 3 3<pass
  verified "keys/$scheme.toml" signature
  openssl pkey -in "keys/$scheme.pem" -passin file:pass -noout || die "openssl does not read $scheme.pem"
done

check "a plain key; --json gives what TUF lists as a signature"
run remember key new keys/plain.toml --no-pass-phrase
run key sign keys/plain.toml message --json --out signature
equal "$(jq -r .sig <<<"$out")" "$(to_hex <signature)"
equal "$(jq -r .keyid <<<"$out")" "$(key show keys/plain.toml --json | jq -r .keyid)"
verified keys/plain.toml signature

check "what is refused: wrong and missing pass phrases, open files, other keys, overwriting"
echo "wrong horse" >wrong; chmod 600 wrong
refuses 8 'wrong pass phrase' remember key sign keys/ed25519.toml message --pass-phrase-file wrong
refuses 8 'no terminal to ask on' remember setsid "$interlude" key sign keys/ed25519.toml message
chmod 644 wrong
refuses 8 'chmod 600' remember key sign keys/ed25519.toml message --pass-phrase-file wrong
cp keys/plain.pem saved.pem; chmod 640 keys/plain.pem
refuses 8 'chmod 600' remember key sign keys/plain.toml message
chmod 600 keys/plain.pem
refuses 9 'exists already' remember key new keys/plain.toml --no-pass-phrase
cmp saved.pem keys/plain.pem || die "an existing key was changed"
run key new keys/other.toml --no-pass-phrase
cp keys/other.pem keys/plain.pem
refuses 9 'another public key' remember key sign keys/plain.toml message
cp saved.pem keys/plain.pem
sed 's/^M/!/' saved.pem >keys/plain.pem
refuses 4 'PKCS#8' remember key sign keys/plain.toml message
cp saved.pem keys/plain.pem
refuses 2 'empty' remember key new keys/empty.toml --pass-phrase-fd 3 3</dev/null
[ ! -e keys/empty.pem ] || die "a key was made without a pass phrase"

check "a key in a token signs: ECDSA and RSA-PSS by PKCS#11"
export SOFTHSM2_CONF=$work/softhsm2.conf
driver=/usr/lib/softhsm/libsofthsm2.so
mkdir tokens
printf 'directories.tokendir = %s/tokens\nobjectstore.backend = file\nlog.level = ERROR\n' "$work" >"$SOFTHSM2_CONF"
make_token() { softhsm2-util --init-token --free --label "$1" --pin "$2" --so-pin 87654321 >/dev/null; }
in_token() { pkcs11-tool --module $driver --login --pin "$2" --token-label "$1" "${@:3}" >/dev/null 2>&1; }
make_token publisher $pin; make_token "second token" 314159
in_token publisher $pin --keypairgen --key-type EC:prime256v1 --label root --id 01
in_token publisher $pin --keypairgen --key-type rsa:2048 --label targets --id 02
in_token publisher $pin --keypairgen --key-type EC:secp384r1 --label p384 --id 03
in_token "second token" 314159 --keypairgen --key-type EC:prime256v1 --label root --id 01
uri() { echo "pkcs11:token=$1;object=$2?module-path=$driver${3-}"; }
mkdir token
for name in root targets; do
  run remember key from-token token/$name.toml "$(uri publisher $name)" --pass-phrase-file pin
  run remember key sign token/$name.toml message --out signature --pass-phrase-fd 3 3<pin
  verified token/$name.toml signature
done
equal "$(key show token/root.toml --json | jq -r .key.scheme)" ecdsa-sha2-nistp256
equal "$(key show token/targets.toml --json | jq -r .key.scheme)" rsassa-pss-sha256
equal "$(stat -c %a token/root.toml)" 600
run remember key from-token token/source.toml "$(uri publisher root "&pin-source=file:$work/pin")"
run remember key sign token/source.toml message --out signature
verified token/source.toml signature

check "a token's refusals: wrong PIN, no such token, key, driver; another key under the name; a PIN in the URI"
refuses 8 'PIN incorrect' remember key sign token/root.toml message --pass-phrase-file pass
refuses 8 'no terminal to ask on' remember setsid "$interlude" key sign token/root.toml message
refuses 6 'no key at' remember key from-token token/x.toml "$(uri nobody root)" --pass-phrase-file pin
refuses 6 'no key at' remember key from-token token/x.toml "$(uri publisher nothing)" --pass-phrase-file pin
refuses 6 'no key at' remember key from-token token/x.toml 'pkcs11:token=a;object=b?module-path=/no/driver.so' --pass-phrase-file pin
refuses 4 'P-256' remember key from-token token/x.toml "$(uri publisher p384)" --pass-phrase-file pin
refuses 2 'does not belong' remember key from-token token/x.toml "$(uri publisher root "&pin-value=$pin")"
sed 's/token=publisher/token=second%20token/' token/root.toml >token/moved.toml; echo 314159 >pin2; chmod 600 pin2
refuses 9 'another key' remember key sign token/moved.toml message --pass-phrase-file pin2
[ ! -e token/x.toml ] || die "a key file was written for a key that is not there"

check "several keys in one process: one PIN a token, and closing one leaves the others open"
run key from-token token/second.toml "$(uri second%20token root "&pin-source=file:$work/pin2")"
run "$tests_bin/several_keys" token/source.toml token/targets.toml token/second.toml keys/plain.toml token/root.toml
run "$tests_bin/several_keys" token/second.toml token/source.toml token/root.toml token/targets.toml
refuses 1 'nobody to ask' "$tests_bin/several_keys" token/second.toml token/root.toml

check "the engine is loaded for token keys only"
loads_engine() { strace -f -qq -e trace=openat,open -o trace "$interlude" key sign "$1" message --pass-phrase-file "$2" >/dev/null || die "did not sign"; grep -c 'engines.*pkcs11' trace || true; }
export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0  # which does not work under strace
equal "$(loads_engine keys/ed25519.toml pass)" 0
[ "$(loads_engine token/root.toml pin)" -gt 0 ] || die "the engine's file was expected to be opened"

check "a program signs"
cat >sign.sh <<SH
#!/bin/sh
cat >"$work/handed"
exec openssl pkeyutl -sign -inkey "$work/program.pem" -rawin -in "$work/handed"
SH
chmod +x sign.sh
openssl genpkey -algorithm ed25519 -out program.pem
openssl pkey -in program.pem -pubout -outform der | tail -c 32 | to_hex >program.pub
run remember key from-command program.toml --public program.pub -- "$work/sign.sh" --any argument
run remember key sign program.toml message --out signature
cmp message handed || die "the program was to sign other bytes"
verified program.toml signature
printf '#!/bin/sh\necho card is gone >&2; exit 9\n' >sign.sh
refuses 6 'ended with 9: card is gone' remember key sign program.toml message
printf '#!/bin/sh\necho signature\n' >sign.sh
refuses 5 'does not verify' remember key sign program.toml message --out none
[ ! -e none ] || die "a signature that does not verify was written"

check "a process that holds a key leaves no core dump"
export ASAN_OPTIONS=$ASAN_OPTIONS:disable_coredump=0
ulimit -c "$(ulimit -H -c)"
traced() { { strace -qq -o "$work/trace" -e trace=openat,prctl,prlimit64 "$@" >/dev/null || true; } 2>/dev/null; }
# which SYSCALL REGEX: how many calls of it the last traced command had made when the arguments first matched
which() { grep "^$1(" trace | grep -nE -m1 "$2" | cut -d: -f1 || die "no $1 with $2 was seen"; }
# aborted KEYFILE [STRACE_OPTION…]: ends `key sign` by SIGABRT when it opens the message, the private key in its memory
aborted() {
  traced "$interlude" key sign "$1" "$work/message" --pass-phrase-file pass
  local opens core dumpable; opens=$(which openat message)
  core=$(which prlimit64 RLIMIT_CORE,.*rlim_max=0) dumpable=$(which prctl SUID_DUMP_DISABLE)
  rm -f core; local options=(-e inject=openat:signal=ABRT:when="$opens")
  # The kernel is not asked, and the program told that it said yes: what happens without this protection.
  [ "${2-}" != unprotected ] ||
    options+=(-e inject=prlimit64:retval=0:when="$core" -e inject=prctl:retval=0:when="$dumpable")
  traced "${options[@]}" "$interlude" key sign "$1" "$work/message" --pass-phrase-file pass
  grep -q 'killed by SIGABRT' trace || die "was not aborted: $(tail -n 3 trace)"
}
# private_hex PEM: the private number or seed; in_core HEX
private_hex() { openssl pkey -in "$1" -passin file:pass -text -noout | sed -n '/^priv:/,/^pub:/p' | tr -dc '0-9a-f \n:' | sed 1d | grep '^ ' | tr -d ' :\n'; }
in_core() { to_hex <core | grep -q "$1"; }
key_file=keys/ecdsa-sha2-nistp256.toml
secret=$(private_hex ${key_file%.toml}.pem); matches "$secret" '^(00)?[0-9a-f]{64}$'; secret=${secret: -64}
aborted $key_file
! grep -q 'core dumped' trace || die "the kernel wrote a core dump"
[ ! -e core ] || die "left a core dump"
if [ "$(ulimit -c)" != unlimited ] || [ "$(cat /proc/sys/kernel/core_pattern)" != core ]; then
  echo "   core dumps are restricted or go elsewhere here: that there would have been one is not shown"
else
  aborted $key_file unprotected
  grep -q 'core dumped' trace || die "expected a core dump without the protection"
  in_core "$secret" || die "expected the key in the core dump without the protection"
  rm -f core
fi

check "nothing that was printed or written shows a private key, a pass phrase or a PIN"
[ -s said ] || die "nothing was remembered"
for secret in "$pass" "$pin" "$(sed -n 2p saved.pem)" "$(sed -n 2p keys/ed25519.pem)"; do
  [ "${#secret}" -ge 6 ] || die "no secret to look for"
  ! grep -F -e "$secret" said || die "a secret was printed"
  found=$(grep -rlF --exclude-dir=tokens -e "$secret" . | sort | xargs)
  matches "$found" '^\./(pass|pin|keys/plain\.pem \./saved\.pem|keys/ed25519\.pem)$'
done

echo "all checks passed"
