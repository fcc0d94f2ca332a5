// While fuzzing, remembers what OpenSSL said about an Ed25519 signature: the same few files are
// verified millions of times. Linked in place of EVP_DigestVerify (ld --wrap), for the fuzzer only;
// the replay of the corpus does without.

#include <openssl/evp.h>

#include <array>
#include <string>
#include <unordered_map>

extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier): the names that ld --wrap looks for
int __real_EVP_DigestVerify(EVP_MD_CTX* context, const unsigned char* signature,
                            std::size_t signature_size, const unsigned char* message,
                            std::size_t message_size);

int __wrap_EVP_DigestVerify(EVP_MD_CTX* context, const unsigned char* signature,
                            std::size_t signature_size, const unsigned char* message,
                            std::size_t message_size) {
  constexpr std::size_t kMostKnown = 20'000;
  static std::unordered_map<std::string, int> known;
  std::array<unsigned char, 32> key{};
  std::size_t key_size = key.size();
  EVP_PKEY* const owner = EVP_PKEY_CTX_get0_pkey(EVP_MD_CTX_get_pkey_ctx(context));
  const bool plain = EVP_PKEY_get_raw_public_key(owner, key.data(), &key_size) == 1;
  // An Ed25519 signature has 64 bytes: with the key's 32, the parts cannot be confused.
  if (!plain || key_size != key.size() || signature_size != 64) {
    return __real_EVP_DigestVerify(context, signature, signature_size, message, message_size);
  }
  std::string question(key.begin(), key.end());
  question.append(signature, signature + signature_size);
  question.append(message, message + message_size);
  const auto found = known.find(question);
  if (found != known.end()) return found->second;
  if (known.size() >= kMostKnown) known.clear();
  const int answer =
      __real_EVP_DigestVerify(context, signature, signature_size, message, message_size);
  known.emplace(std::move(question), answer);
  return answer;
}
// NOLINTEND(bugprone-reserved-identifier)
}
