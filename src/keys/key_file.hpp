#pragma once
// A key file says where the private half of one key is. It holds no secret: whoever may read the
// folder learns which keys sign and where to look for them, and no more.
// Format: docs/formats/keys.md.

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "crypto/key.hpp"
#include "sys/file_system.hpp"

namespace interlude::keys {

inline constexpr std::string_view kKeyFileSuffix = ".toml";

/// A PEM file beside the key file.
struct InFile {
  std::string name;
  bool operator==(const InFile&) const = default;
};

/// An object in a token: an RFC 7512 URI as crypto/pkcs11_uri.hpp reads it.
struct InToken {
  std::string uri;
  bool operator==(const InToken&) const = default;
};

/// A program that gets the bytes to sign on standard input and writes the signature, raw, to
/// standard output. The first argument is an absolute path.
struct ByCommand {
  std::vector<std::string> arguments;
  bool operator==(const ByCommand&) const = default;
};

using PrivateHalf = std::variant<InFile, InToken, ByCommand>;

struct KeyFile {
  crypto::PublicKey key;
  PrivateHalf private_half;
};

/// `name` is the file's name in errors. Errors: Invalid, naming line and key.
Result<KeyFile> parse_key_file(std::string_view text, const std::string& name);
std::string written(const KeyFile& key_file);

Result<KeyFile> read_key_file(sys::FileSystem& disk, const Path& file);
/// Mode 0600. Conflict if `file` exists: a key is never replaced under the same name.
Status write_key_file(sys::FileSystem& disk, const Path& file, const KeyFile& key_file);
/// All key files of a folder, by name without ".toml"; other files are left alone.
Result<std::map<std::string, KeyFile>> read_key_files(sys::FileSystem& disk, const Path& directory);

}  // namespace interlude::keys
