#pragma once
// The metadata of TUF as values, and the proof that they were signed.
//
// A file is {"signatures":[…],"signed":{…}}; what is signed is the canonical form of "signed" with
// all its members, those we do not know included. A value of type T says what a file claims; only a
// `Verified<T>` says that those it must come from have signed it, and only that can be trusted or
// stored. Format: specification section 4; docs/formats/repository.md.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "crypto/key.hpp"
#include "json/json.hpp"
#include "sys/clock.hpp"
#include "tuf/target.hpp"

namespace interlude::tuf {

/// Who may sign a role, and how many of them must. Key ids that name a key of an unknown kind are
/// left out: such a key signs nothing.
struct Signers {
  std::map<std::string, crypto::PublicKey> keys;  ///< by key id
  std::uint64_t threshold = 1;

  bool same_keys(const Signers& other) const;
  std::vector<std::string> ids() const;
};

/// What one metadata file says about another: which version, and, where given, which bytes.
struct FileMeta {
  std::uint64_t version = 0;
  std::optional<std::uint64_t> length;
  std::map<std::string, std::string> hashes;  ///< empty where not given
};

struct Root {
  static constexpr std::string_view kType = "root";
  std::uint64_t version = 0;
  sys::Time expires;
  bool consistent_snapshot = false;
  Signers root;
  Signers timestamp;
  Signers snapshot;
  Signers targets;
};

struct Timestamp {
  static constexpr std::string_view kType = "timestamp";
  std::uint64_t version = 0;
  sys::Time expires;
  FileMeta snapshot;
};

struct Snapshot {
  static constexpr std::string_view kType = "snapshot";
  std::uint64_t version = 0;
  sys::Time expires;
  std::map<std::string, FileMeta> meta;  ///< by file name without version, e.g. "targets.json"
};

/// Another role that may speak for some target paths.
struct Delegation {
  std::string name;
  Signers signers;
  bool terminating = false;  ///< where it matches, nobody after it is asked
  std::vector<std::string> paths;
  std::vector<std::string> path_hash_prefixes;
};

/// Many roles of one kind, one per prefix of the path's hash (TAP 15).
struct SuccinctRoles {
  Signers signers;
  std::uint64_t bit_length = 1;
  std::string name_prefix;
};

/// The signed member of a list that is Targets::role_name.
inline constexpr std::string_view kRoleName = "role_name";

struct Targets {
  static constexpr std::string_view kType = "targets";
  std::uint64_t version = 0;
  sys::Time expires;
  std::map<std::string, Target> targets;
  std::vector<Delegation> delegations;
  std::optional<SuccinctRoles> succinct;
  /// Which list this is, where it says so. The specification has no such member: there, only a hash
  /// in the snapshot tells lists apart that one key signs and whose versions are equal. Ours name
  /// themselves, so that a snapshot can do without hashes.
  std::optional<std::string> role_name;
  json::Value extra;  ///< an object: signed members not known here
};

/// Reads the "signed" part. Errors: Corrupt, naming the place.
template <class T>
Result<T> parse_signed(const json::Reader& content);
template <>
Result<Root> parse_signed(const json::Reader& content);
template <>
Result<Timestamp> parse_signed(const json::Reader& content);
template <>
Result<Snapshot> parse_signed(const json::Reader& content);
template <>
Result<Targets> parse_signed(const json::Reader& content);

/// Whether a file may be parsed before it is known who signed it. SignedFirst: not, so it must have
/// the compact form (tuf/unparsed.hpp).
enum class Reading { Any, SignedFirst };

/// Untrusted unless at least `signers.threshold` different keys of theirs signed `content`.
/// Signatures of others, and broken ones, count as none. `name` is the file's name in errors.
Status check_signatures(const std::map<std::string, Bytes>& signatures, ByteView content,
                        const Signers& signers, const std::string& name);

/// A metadata file taken apart, nothing in it trusted yet.
class Document {
 public:
  /// `name` is the file's name in errors.
  static Result<Document> parse(ByteView raw, std::string name);

  /// As above, over its "signed".
  Status check_signatures(const Signers& signers) const;
  json::Reader content() const;

 private:
  Document(json::Value value, std::string name)
      : value_(std::move(value)), name_(std::move(name)) {}

  json::Value value_;
  std::string name_;
  std::map<std::string, Bytes> signatures_;  // by key id
};

/// The first half of Reading::SignedFirst: Untrusted unless `signers` signed `raw`, Corrupt where
/// that cannot be told without parsing.
Status check_before_parsing(ByteView raw, const Signers& signers, const std::string& name);

/// A T that was signed by whom it must be signed by, with the bytes it came in.
template <class T>
class Verified {
 public:
  /// `signers` as the delegator names them. `name` is the file's name in errors.
  static Result<Verified> check(ByteView raw, const Signers& signers, const std::string& name,
                                Reading reading = Reading::Any) {
    if (reading == Reading::SignedFirst) {
      const Status known = check_before_parsing(raw, signers, name);
      if (!known) return std::unexpected(known.error());
    }
    const Result<Document> document = Document::parse(raw, name);
    if (!document) return std::unexpected(document.error());
    const Status signatures = document->check_signatures(signers);
    if (!signatures) return std::unexpected(signatures.error());
    Result<T> content = parse_signed<T>(document->content());
    if (!content) return std::unexpected(content.error());
    return Verified(std::move(*content), raw);
  }

  const T& operator*() const { return content_; }
  const T* operator->() const { return &content_; }
  /// Byte for byte as received.
  const Bytes& raw() const { return raw_; }

 private:
  friend Result<Verified<Root>> check_own_root(ByteView raw, const std::string& name);

  Verified(T content, ByteView raw) : content_(std::move(content)), raw_(raw.begin(), raw.end()) {}

  T content_;
  Bytes raw_;
};

/// A root checked against the signers that it names itself: a first root, trusted because of where
/// it came from, and half of what a later one must satisfy (5.3.4).
Result<Verified<Root>> check_own_root(ByteView raw, const std::string& name);

/// Lower-case hexadecimal SHA-256 of the key's canonical form, all its members included.
std::string key_id_of(const json::Value& key);

/// "snapshot.json" for "snapshot", percent-encoded: a role may have any name, a file may not.
std::string file_name_of_role(std::string_view role);
/// Letters, digits, '-', '.', '_' and '~' as they are, every other byte as %XX.
std::string percent_encoded(std::string_view text);

}  // namespace interlude::tuf
