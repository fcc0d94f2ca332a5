#include "keys/keys.hpp"

#include "crypto/pkcs11.hpp"
#include "keys/command_signer.hpp"
#include "keys/secret_file.hpp"

namespace interlude::keys {
namespace {

constexpr std::uint64_t kLongestPem = 65536;
constexpr std::uint64_t kLongestPin = 4096;
constexpr std::uint32_t kSecretDirectory = 0700;

using Opened = Result<std::unique_ptr<crypto::Signer>>;

Opened open_pem(sys::FileSystem& disk, const Path& pem_file, const crypto::PublicKey& key,
                const crypto::AskSecret& ask) {
  const Result<crypto::Secret> pem = read_secret_file(disk, pem_file, kLongestPem);
  if (!pem) return std::unexpected(pem.error().during("reading a private key"));
  const Result<crypto::PrivateKey> read =
      crypto::PrivateKey::from_pem(pem->text(), ask, "pass phrase of " + pem_file);
  if (!read) return std::unexpected(read.error().during(pem_file));
  Result<crypto::PrivateKey> known = read->known_as(key);
  if (!known) return std::unexpected(known.error().during(pem_file));
  return std::make_unique<crypto::PrivateKey>(std::move(*known));
}

// The first line of the file that the URI names, or whatever `otherwise` says.
crypto::AskSecret pin_asker(sys::FileSystem& disk, const Path& pin_file,
                            const crypto::AskSecret& otherwise) {
  if (pin_file.empty()) return otherwise;
  return [&disk, pin_file](const std::string&) -> Result<crypto::Secret> {
    Result<crypto::Secret> pin = read_secret_file(disk, pin_file, kLongestPin);
    if (!pin) return std::unexpected(pin.error().during("reading a PIN"));
    pin->shorten(std::min(pin->text().find('\n'), pin->text().size()));
    return pin;
  };
}

Opened open_token(sys::FileSystem& disk, const std::string& text,
                  const std::optional<crypto::PublicKey>& key, const crypto::AskSecret& ask) {
  const Result<crypto::Pkcs11Uri> uri = crypto::parse_pkcs11_uri(text);
  if (!uri) return std::unexpected(uri.error());
  return crypto::open_token_key(*uri, pin_asker(disk, uri->pin_source, ask), key);
}

}  // namespace

Opened open_key(sys::FileSystem& disk, sys::ProcessRunner& processes, const Path& file,
                const crypto::AskSecret& ask) {
  const Result<KeyFile> described = read_key_file(disk, file);
  if (!described) return std::unexpected(described.error());
  const PrivateHalf& half = described->private_half;
  if (const auto* pem = std::get_if<InFile>(&half)) {
    return open_pem(disk, join(parent_of(file), pem->name), described->key, ask);
  }
  if (const auto* command = std::get_if<ByCommand>(&half)) {
    return std::make_unique<CommandSigner>(described->key, command->arguments, processes);
  }
  Opened token = open_token(disk, std::get<InToken>(half).uri, described->key, ask);
  if (!token) return std::unexpected(token.error().during(file));
  return token;
}

Result<crypto::PrivateKey> make_key(sys::FileSystem& disk, const Path& directory,
                                    const std::string& name, crypto::Scheme scheme,
                                    const std::optional<crypto::Secret>& pass_phrase) {
  const Status good = check_name(name, "key");
  if (!good) return std::unexpected(good.error());
  const Path key_file = join(directory, name + std::string(kKeyFileSuffix));
  if (sys::exists(disk, key_file)) {
    return fail(ErrorKind::Conflict, key_file + " exists already; keys are never replaced");
  }
  crypto::PrivateKey key = crypto::PrivateKey::generate(scheme);
  const std::string pem_name = name + ".pem";
  const Path pem_file = join(directory, pem_name);
  Status done = sys::make_directories(disk, directory, kSecretDirectory);
  if (done && pass_phrase) {
    done = write_new_file(disk, pem_file, key.encrypted_pem(*pass_phrase));
  } else if (done) {
    done = write_new_file(disk, pem_file, key.pem().text());
  }
  if (done) done = write_key_file(disk, key_file, {key.public_key(), InFile{pem_name}});
  if (!done) return std::unexpected(done.error());
  return key;
}

Result<KeyFile> describe_token_key(sys::FileSystem& disk, const std::string& uri,
                                   const crypto::AskSecret& ask) {
  const Opened signer = open_token(disk, uri, {}, ask);
  if (!signer) return std::unexpected(signer.error());
  return KeyFile{(*signer)->public_key(), InToken{uri}};
}

}  // namespace interlude::keys
