#include "crypto/secret.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "crypto/require.hpp"

namespace interlude::crypto {
namespace {

constexpr std::size_t kHeapSize = 256UL << 10U;
constexpr std::size_t kSmallestPiece = 32;

}  // namespace

void use_secure_memory() {
  static std::once_flag once;
  // Not locked (a low RLIMIT_MEMLOCK) is still guarded and overwritten; none at all is an error.
  std::call_once(once, [] { require(CRYPTO_secure_malloc_init(kHeapSize, kSmallestPiece) != 0); });
}

Secret::Secret(std::size_t size) : size_(size), capacity_(size + 1) {
  use_secure_memory();
  data_ = static_cast<std::uint8_t*>(OPENSSL_secure_zalloc(capacity_));
  require(data_ != nullptr);
}

Secret Secret::copy_of(std::string_view text) {
  Secret copy(text.size());
  std::ranges::copy(text, copy.data_);
  return copy;
}

Secret::~Secret() {
  clear();
}

Secret::Secret(Secret&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    clear();
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
  }
  return *this;
}

std::string_view Secret::text() const {
  return {reinterpret_cast<const char*>(data_), size_};
}

void Secret::shorten(std::size_t size) {
  require(size <= size_);
  OPENSSL_cleanse(data_ + size, size_ - size);
  size_ = size;
}

void Secret::clear() {
  OPENSSL_secure_clear_free(data_, capacity_);
}

Result<Secret> nobody_to_ask(const std::string& what) {
  return fail(ErrorKind::Denied, "the " + what + " is needed, and there is nobody to ask for it");
}

}  // namespace interlude::crypto
