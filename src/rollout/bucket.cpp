#include "rollout/bucket.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdlib>
#include <string>

namespace interlude::rollout {

BasisPoints bucket(const Secret& secret, std::string_view id) {
  using namespace std::string_view_literals;
  const std::string message = std::string("bsi-rollout-v1\0"sv) + std::string(id);
  std::array<std::uint8_t, 32> code{};
  unsigned size = 0;
  const unsigned char* const done = HMAC(
      EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
      reinterpret_cast<const unsigned char*>(message.data()), message.size(), code.data(), &size);
  if (done == nullptr || size != code.size()) std::abort();  // only for lack of memory
  // The upper 64 bits of a 96-bit product, as two halves.
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  for (std::size_t at = 0; at < 4; ++at) high = high << 8U | code[at];
  for (std::size_t at = 4; at < 8; ++at) low = low << 8U | code[at];
  const std::uint64_t carried = high * kEverybody + (low * kEverybody >> 32U);
  return static_cast<BasisPoints>(carried >> 32U);
}

}  // namespace interlude::rollout
