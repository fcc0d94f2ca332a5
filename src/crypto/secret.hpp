#pragma once
// Bytes that nobody else may see: pass phrases, PINs, private keys on their way to a file.
//
// They live in OpenSSL's secure heap (locked against swapping where permitted, between guard pages,
// left out of core dumps) and are overwritten when they go. Private keys that OpenSSL holds lie
// there, too. A process that opens private keys calls sys::posix::keep_memory_private() first; that
// is what keeps the copies out of core dumps that libraries make on the way.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace interlude::crypto {

class Secret {
 public:
  /// That many zero bytes, to be filled. Ends the process where the secure heap is full (256 KiB).
  explicit Secret(std::size_t size);
  static Secret copy_of(std::string_view text);
  ~Secret();
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  std::span<std::uint8_t> bytes() { return {data_, size_}; }
  /// Followed by a NUL byte that does not belong to it.
  std::string_view text() const;
  /// Keeps the first `size` bytes; the others are overwritten.
  void shorten(std::size_t size);

 private:
  void clear();

  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// Asks for a pass phrase or PIN. `what` says whose, for a person: "pass phrase of
/// keys/offline/root.pem".
using AskSecret = std::function<Result<Secret>(const std::string& what)>;

/// An AskSecret for where nobody can be asked: Denied.
Result<Secret> nobody_to_ask(const std::string& what);

/// Sets the secure heap up, once. Whatever lets OpenSSL hold a private key calls it before.
void use_secure_memory();

}  // namespace interlude::crypto
