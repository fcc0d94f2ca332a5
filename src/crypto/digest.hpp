#pragma once
// SHA-256 and SHA-512 through OpenSSL's EVP interface.

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.hpp"

namespace interlude::crypto {

/// A SHA-256 digest: 32 bytes, shown as 64 lower-case hexadecimal digits.
struct Sha256 {
  std::array<std::uint8_t, 32> bytes{};

  auto operator<=>(const Sha256&) const = default;
  std::string hex() const;
  /// Corrupt unless `digits` is exactly 64 lower-case hexadecimal digits.
  static Result<Sha256> from_hex(std::string_view digits);
};

/// Hashes what it is given, piece by piece. One use: after `finish` it must not be used again.
class Hasher {
 public:
  enum class Algorithm { Sha256, Sha512 };

  explicit Hasher(Algorithm algorithm = Algorithm::Sha256);
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  void update(ByteView bytes);
  /// The digest: 32 or 64 bytes.
  Bytes finish();
  /// The digest of a Sha256 hasher.
  Sha256 finish_sha256();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

Sha256 sha256(ByteView bytes);
Bytes sha512(ByteView bytes);

}  // namespace interlude::crypto
