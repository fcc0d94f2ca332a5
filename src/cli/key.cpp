// `interlude key`: make keys that sign, describe those that are elsewhere, sign with them.

#include <fmt/format.h>

#include <memory>

#include "base/hex.hpp"
#include "cli/command.hpp"
#include "cli/pass_phrase.hpp"
#include "keys/keys.hpp"
#include "sys/posix/file_system.hpp"
#include "sys/posix/process.hpp"
#include "tuf/signing.hpp"

namespace interlude::cli {
namespace {

constexpr std::uint64_t kLongestPublicKey = 16384;
constexpr std::uint64_t kLongestMessage = 64ULL << 20U;
constexpr std::uint32_t kPublicFile = 0644;

struct KeyOptions {
  Path key_file;
  PassPhraseOptions pass_phrase;
  std::string scheme = "ed25519";
  bool plain = false;
  std::string uri;
  Path public_file;
  std::vector<std::string> arguments;
  Path message_file;
  Path signature_file;
};

void show(const Invocation& run, const keys::KeyFile& described) {
  struct Place {
    std::string operator()(const keys::InFile& half) const { return "in the file " + half.name; }
    std::string operator()(const keys::InToken& half) const { return "in a token, " + half.uri; }
    std::string operator()(const keys::ByCommand& half) const {
      return "reached by " + half.arguments.front();
    }
  };
  const std::string place = std::visit(Place{}, described.private_half);
  const std::string id = tuf::key_id(described.key);
  if (run.json()) {
    run.print(json::Value{
        {"keyid", id}, {"key", tuf::key_value(described.key)}, {"private_half", place}});
    return;
  }
  run.print(fmt::format("key id: {}\nscheme: {}\nprivate half: {}\npublic half: {}", id,
                        name_of(described.key.scheme()), place, described.key.text()));
}

Status make(const Invocation& run, const KeyOptions& options) {
  const Result<crypto::Scheme> scheme = crypto::scheme_named(options.scheme);
  if (!scheme) return std::unexpected(scheme.error());
  const std::string file_name = file_name_of(options.key_file);
  if (!file_name.ends_with(keys::kKeyFileSuffix)) {
    return fail(ErrorKind::Invalid, options.key_file + ": expected a file name that ends in .toml");
  }
  const std::string name = file_name.substr(0, file_name.size() - keys::kKeyFileSuffix.size());
  const Result<crypto::AskSecret> ask = prepare_for_secrets(options.pass_phrase);
  if (!ask) return std::unexpected(ask.error());
  std::optional<crypto::Secret> pass_phrase;
  if (!options.plain) {
    Result<crypto::Secret> chosen =
        new_pass_phrase(options.pass_phrase, *ask, "pass phrase of " + name + ".pem");
    if (!chosen) return std::unexpected(chosen.error());
    pass_phrase = std::move(*chosen);
  }
  sys::posix::FileSystem disk;
  const Result<crypto::PrivateKey> made =
      keys::make_key(disk, parent_of(options.key_file), name, *scheme, pass_phrase);
  if (!made) return std::unexpected(made.error());
  show(run, {made->public_key(), keys::InFile{name + ".pem"}});
  return {};
}

Status write_and_show(const Invocation& run, const Path& file, const keys::KeyFile& described) {
  sys::posix::FileSystem disk;
  const Status written = keys::write_key_file(disk, file, described);
  if (!written) return written;
  show(run, described);
  return {};
}

Status from_token(const Invocation& run, const KeyOptions& options) {
  const Result<crypto::AskSecret> ask = prepare_for_secrets(options.pass_phrase);
  if (!ask) return std::unexpected(ask.error());
  sys::posix::FileSystem disk;
  const Result<keys::KeyFile> described = keys::describe_token_key(disk, options.uri, *ask);
  if (!described) return std::unexpected(described.error());
  return write_and_show(run, options.key_file, *described);
}

Status from_command(const Invocation& run, const KeyOptions& options) {
  const Result<crypto::Scheme> scheme = crypto::scheme_named(options.scheme);
  if (!scheme) return std::unexpected(scheme.error());
  sys::posix::FileSystem disk;
  const Result<Bytes> raw = disk.read(options.public_file, kLongestPublicKey);
  if (!raw) return std::unexpected(raw.error().during("reading a public key"));
  std::string_view text = as_text(*raw);
  if (*scheme == crypto::Scheme::Ed25519 && text.ends_with('\n')) text.remove_suffix(1);
  Result<crypto::PublicKey> key = crypto::PublicKey::parse(*scheme, text);
  if (!key) return std::unexpected(key.error().during(options.public_file));
  return write_and_show(run, options.key_file,
                        {std::move(*key), keys::ByCommand{options.arguments}});
}

Status show_file(const Invocation& run, const KeyOptions& options) {
  sys::posix::FileSystem disk;
  const Result<keys::KeyFile> described = keys::read_key_file(disk, options.key_file);
  if (!described) return std::unexpected(described.error());
  show(run, *described);
  return {};
}

Status sign(const Invocation& run, const KeyOptions& options) {
  sys::posix::FileSystem disk;
  sys::posix::ProcessRunner processes;
  const Result<crypto::AskSecret> ask = prepare_for_secrets(options.pass_phrase);
  if (!ask) return std::unexpected(ask.error());
  const Result<std::unique_ptr<crypto::Signer>> signer =
      keys::open_key(disk, processes, options.key_file, *ask);
  if (!signer) return std::unexpected(signer.error());
  const Result<Bytes> message = disk.read(options.message_file, kLongestMessage);
  if (!message) return std::unexpected(message.error());
  const Result<Bytes> signature = (*signer)->sign(*message);
  if (!signature) return std::unexpected(signature.error().during(options.key_file));
  if (!options.signature_file.empty()) {
    const Status free = sys::check_replaceable(disk, options.signature_file);
    if (!free) return free;
    const Status written = sys::replace_file(disk, options.signature_file, *signature, kPublicFile);
    if (!written) return written;
  }
  const std::string digits = to_hex(*signature);
  if (run.json()) {
    run.print(json::Value{{"keyid", tuf::key_id(**signer)}, {"sig", digits}});
  } else {
    run.print(digits);
  }
  return {};
}

CLI::App& subcommand(CLI::App& parent, Invocation& run, const std::string& name,
                     const std::string& description, const std::shared_ptr<KeyOptions>& options) {
  CLI::App& command = *parent.add_subcommand(name, description);
  command.add_option("FILE", options->key_file, "The key file, NAME.toml")->required();
  run.add_json_option(command);
  return command;
}

void add_scheme_option(CLI::App& command, const std::shared_ptr<KeyOptions>& options) {
  command
      .add_option("--scheme", options->scheme, "ed25519, ecdsa-sha2-nistp256 or rsassa-pss-sha256")
      ->capture_default_str();
}

void define_descriptions(CLI::App& key, Invocation& run,
                         const std::shared_ptr<KeyOptions>& options) {
  CLI::App& token =
      subcommand(key, run, "from-token", "Describe a key that is in a token", options);
  token.add_option("URI", options->uri, "pkcs11:token=…;object=… (RFC 7512)")->required();
  add_pass_phrase_options(token, options->pass_phrase);
  run.on_run(token, "interlude key from-token root.toml 'pkcs11:token=publisher;object=root'",
             [&run, options] { return from_token(run, *options); });

  CLI::App& command =
      subcommand(key, run, "from-command", "Describe a key that a program signs with", options);
  add_scheme_option(command, options);
  command
      .add_option("--public", options->public_file, "Its public half: hexadecimal digits or PEM")
      ->required();
  command
      .add_option(
          "PROGRAM", options->arguments,
          "Absolute path and arguments; it reads the bytes to sign and writes the signature")
      ->required();
  run.on_run(
      command,
      "interlude key from-command root.toml --public root.pub -- /usr/bin/vault-sign --key r",
      [&run, options] { return from_command(run, *options); });
}

}  // namespace

void define_key(CLI::App& app, Invocation& run) {
  CLI::App& key = *app.add_subcommand("key", "Make keys that sign, and sign with them");
  key.require_subcommand(1);
  key.footer("Example:\n  interlude key new keys/offline/root.toml");
  const auto options = std::make_shared<KeyOptions>();

  CLI::App& make_command =
      subcommand(key, run, "new", "Make a key: NAME.toml and, encrypted, NAME.pem", options);
  add_scheme_option(make_command, options);
  make_command.add_flag("--no-pass-phrase", options->plain, "Leave NAME.pem unencrypted");
  add_pass_phrase_options(make_command, options->pass_phrase);
  run.on_run(make_command, "interlude key new keys/offline/root.toml --scheme ed25519",
             [&run, options] { return make(run, *options); });

  define_descriptions(key, run, options);

  CLI::App& show_command = subcommand(key, run, "show", "Show a key's public half and id", options);
  run.on_run(show_command, "interlude key show keys/offline/root.toml --json",
             [&run, options] { return show_file(run, *options); });

  CLI::App& sign_command = subcommand(key, run, "sign", "Sign the bytes of a file", options);
  sign_command.add_option("MESSAGE", options->message_file, "What to sign")->required();
  sign_command.add_option("--out", options->signature_file, "Write the signature here, raw");
  add_pass_phrase_options(sign_command, options->pass_phrase);
  run.on_run(sign_command, "interlude key sign root.toml 2.root.signed --out 2.root.sig",
             [&run, options] { return sign(run, *options); });
}

}  // namespace interlude::cli
