#include "keys/key_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crypto/pkcs11_uri.hpp"
#include "document/table.hpp"
#include "keys/secret_file.hpp"

namespace interlude::keys {
namespace {

constexpr std::uint64_t kLongestFile = 65536;
constexpr std::string_view kPrivate = "private";
constexpr std::string_view kPkcs11 = "pkcs11";
constexpr std::string_view kCommand = "command";

Result<PrivateHalf> read_private(const document::Table& table) {
  Result<std::string> name = table.text(kPrivate);
  if (!name) return std::unexpected(name.error());
  const Status plain = check_name(*name, kPrivate);
  if (!plain) {
    return std::unexpected(table.error(
        kPrivate, "expected the name of a PEM file in the same folder, without a slash"));
  }
  return InFile{std::move(*name)};
}

Result<PrivateHalf> read_pkcs11(const document::Table& table) {
  Result<std::string> uri = table.text(kPkcs11);
  if (!uri) return std::unexpected(uri.error());
  const Result<crypto::Pkcs11Uri> understood = crypto::parse_pkcs11_uri(*uri);
  if (!understood) return std::unexpected(table.error(kPkcs11, understood.error().message()));
  return InToken{std::move(*uri)};
}

Result<PrivateHalf> read_command(const document::Table& table) {
  Result<std::vector<std::string>> arguments = table.texts(kCommand);
  if (!arguments) return std::unexpected(arguments.error());
  if (arguments->empty() || !arguments->front().starts_with('/')) {
    return std::unexpected(
        table.error(kCommand, "expected a list whose first text is the program's absolute path"));
  }
  return ByCommand{std::move(*arguments)};
}

Result<PrivateHalf> read_private_half(const document::Table& table) {
  const int count = int{table.has(kPrivate)} + int{table.has(kPkcs11)} + int{table.has(kCommand)};
  if (count != 1) {
    return std::unexpected(table.error("", "expected one of: private, pkcs11, command"));
  }
  if (table.has(kPrivate)) return read_private(table);
  if (table.has(kPkcs11)) return read_pkcs11(table);
  return read_command(table);
}

Result<crypto::PublicKey> read_public_half(const document::Table& table) {
  const Result<std::string> scheme_text = table.text("scheme");
  if (!scheme_text) return std::unexpected(scheme_text.error());
  const Result<crypto::Scheme> scheme = crypto::scheme_named(*scheme_text);
  if (!scheme) return std::unexpected(table.error("scheme", scheme.error().message()));
  const Result<std::string> text = table.text("public");
  if (!text) return std::unexpected(text.error());
  Result<crypto::PublicKey> key = crypto::PublicKey::parse(*scheme, *text);
  if (!key) return std::unexpected(table.error("public", key.error().message()));
  return key;
}

std::string written_half(const InFile& half) {
  return fmt::format("{} = {}\n", kPrivate, document::toml_string(half.name));
}

std::string written_half(const InToken& half) {
  return fmt::format("{} = {}\n", kPkcs11, document::toml_string(half.uri));
}

std::string written_half(const ByCommand& half) {
  std::vector<std::string> arguments;
  for (const std::string& argument : half.arguments) {
    arguments.push_back(document::toml_string(argument));
  }
  return fmt::format("{} = [{}]\n", kCommand, fmt::join(arguments, ", "));
}

}  // namespace

Result<KeyFile> parse_key_file(std::string_view text, const std::string& name) {
  const Result<document::Table> table = document::parse_table(text, name);
  if (!table) return std::unexpected(table.error());
  const Status known = table->only({"scheme", "public", kPrivate, kPkcs11, kCommand});
  if (!known) return std::unexpected(known.error());
  Result<crypto::PublicKey> key = read_public_half(*table);
  if (!key) return std::unexpected(key.error());
  Result<PrivateHalf> half = read_private_half(*table);
  if (!half) return std::unexpected(half.error());
  return KeyFile{std::move(*key), std::move(*half)};
}

std::string written(const KeyFile& key_file) {
  return fmt::format(
      "# Where the private half of a signing key is. There is no secret in here.\n"
      "scheme = {}\npublic = {}\n{}",
      document::toml_string(name_of(key_file.key.scheme())),
      document::toml_string(key_file.key.text()),
      std::visit([](const auto& half) { return written_half(half); }, key_file.private_half));
}

Result<KeyFile> read_key_file(sys::FileSystem& disk, const Path& file) {
  const Result<Bytes> text = disk.read(file, kLongestFile);
  if (!text) return std::unexpected(text.error().during("reading a key file"));
  return parse_key_file(as_text(*text), file);
}

Status write_key_file(sys::FileSystem& disk, const Path& file, const KeyFile& key_file) {
  const std::string text = written(key_file);
  const Result<KeyFile> readable = parse_key_file(text, file);
  if (!readable) return std::unexpected(readable.error());
  return write_new_file(disk, file, text);
}

Result<std::map<std::string, KeyFile>> read_key_files(sys::FileSystem& disk,
                                                      const Path& directory) {
  const Result<std::vector<std::string>> names = disk.list(directory);
  if (!names) return std::unexpected(names.error());
  std::map<std::string, KeyFile> found;
  for (const std::string& name : *names) {
    if (!name.ends_with(kKeyFileSuffix)) continue;
    Result<KeyFile> read = read_key_file(disk, join(directory, name));
    if (!read) return std::unexpected(read.error());
    found.emplace(name.substr(0, name.size() - kKeyFileSuffix.size()), std::move(*read));
  }
  return found;
}

}  // namespace interlude::keys
