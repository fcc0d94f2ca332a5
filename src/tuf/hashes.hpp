#pragma once
// Checks bytes against the length and hashes that verified metadata announces.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "crypto/digest.hpp"

namespace interlude::tuf {

/// Hashes one file, piece by piece, with every known algorithm that is listed for it.
class HashCheck {
 public:
  explicit HashCheck(const std::map<std::string, std::string>& expected);

  void update(ByteView piece);
  /// Corrupt if a hash differs, or if none of the listed ones is of a known algorithm: what cannot
  /// be checked is not accepted. `name` is the file's in the error. Last call.
  Status finish(const std::string& name);

 private:
  struct One {
    std::string algorithm;
    std::string expected;
    crypto::Hasher hasher;
  };
  std::vector<One> all_;
};

/// Corrupt unless `raw` has the length and hashes, where they are given.
Status check_bytes(ByteView raw, const std::optional<std::uint64_t>& length,
                   const std::map<std::string, std::string>& hashes, const std::string& name);

}  // namespace interlude::tuf
