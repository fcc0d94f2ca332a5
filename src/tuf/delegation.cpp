// Which delegated roles may speak for a path (specification 4.5, TAP 15).

#include <fmt/format.h>

#include <algorithm>

#include "crypto/digest.hpp"
#include "tuf/workflow.hpp"

namespace interlude::tuf {
namespace {

std::size_t next_character(std::string_view text, std::size_t at) {
  ++at;
  // A character of UTF-8 goes on as long as its bytes begin with the bits 10.
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80U) ++at;
  return at;
}

// Both without a slash. After a mismatch only the last star is tried again, one character further:
// linear for what people write, at worst the product of the lengths.
bool part_matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (p < pattern.size() && pattern[p] == '?') {
      ++p;
      t = next_character(text, t);
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool path_matches(std::string_view pattern, std::string_view path) {
  while (true) {
    const std::size_t pattern_end = std::min(pattern.find('/'), pattern.size());
    const std::size_t path_end = std::min(path.find('/'), path.size());
    if (!part_matches(pattern.substr(0, pattern_end), path.substr(0, path_end))) return false;
    const bool pattern_over = pattern_end == pattern.size();
    const bool path_over = path_end == path.size();
    if (pattern_over || path_over) return pattern_over && path_over;
    pattern.remove_prefix(pattern_end + 1);
    path.remove_prefix(path_end + 1);
  }
}

// The one bin that a path belongs to: the first bits of its hash, as many digits as the last bin
// needs.
std::string bin_name(const SuccinctRoles& roles, const std::string& path) {
  const crypto::Sha256 digest = crypto::sha256(as_bytes(path));
  std::uint64_t bin = 0;
  for (std::size_t i = 0; i < 4; ++i) bin = (bin << 8U) | digest.bytes[i];
  bin >>= 32U - roles.bit_length;
  const std::uint64_t last = (std::uint64_t{1} << roles.bit_length) - 1;
  const std::size_t digits = fmt::formatted_size("{:x}", last);
  return fmt::format("{}-{:0{}x}", roles.name_prefix, bin, digits);
}

}  // namespace

bool matches(const Delegation& delegation, const std::string& path) {
  if (!delegation.path_hash_prefixes.empty()) {
    const std::string digest = crypto::sha256(as_bytes(path)).hex();
    return std::ranges::any_of(delegation.path_hash_prefixes, [&](const std::string& prefix) {
      return digest.starts_with(prefix);
    });
  }
  return std::ranges::any_of(
      delegation.paths, [&](const std::string& pattern) { return path_matches(pattern, path); });
}

std::vector<Delegation> delegations_for(const Targets& targets, const std::string& path) {
  std::vector<Delegation> all;
  if (targets.succinct) {
    all.push_back({bin_name(*targets.succinct, path), targets.succinct->signers, true, {}, {}});
  }
  for (const Delegation& delegation : targets.delegations) {
    if (matches(delegation, path)) all.push_back(delegation);
  }
  return all;
}

}  // namespace interlude::tuf
