// Any bytes as a list of targets: refused, or targets and delegations; and whose path is whose is
// the same as by a second, plainer reading of the patterns.

#include <algorithm>
#include <vector>

#include "crypto/digest.hpp"
#include "metadata_input.hpp"
#include "tuf/workflow.hpp"

namespace {

using namespace interlude;

constexpr std::size_t kLongestPath = 48;
constexpr int kMostStars = 4;  // the plain reading takes exponential time

// Tries everything.
bool plainly_matches(std::string_view pattern, std::string_view path) {
  if (pattern.empty()) return path.empty();
  if (pattern[0] == '*') {
    for (std::size_t taken = 0;; ++taken) {
      if (plainly_matches(pattern.substr(1), path.substr(taken))) return true;
      if (taken == path.size() || path[taken] == '/') return false;
    }
  }
  if (path.empty()) return false;
  if (pattern[0] != '?') {
    return pattern[0] == path[0] && plainly_matches(pattern.substr(1), path.substr(1));
  }
  if (path[0] == '/') return false;
  std::size_t next = 1;
  while (next < path.size() && (static_cast<unsigned char>(path[next]) & 0xc0U) == 0x80U) ++next;
  return plainly_matches(pattern.substr(1), path.substr(next));
}

bool plainly_matches(const tuf::Delegation& delegation, const std::string& path) {
  const std::string digest = crypto::sha256(as_bytes(path)).hex();
  return std::ranges::any_of(
             delegation.paths,
             [&](const std::string& pattern) { return plainly_matches(pattern, path); }) ||
         std::ranges::any_of(delegation.path_hash_prefixes, [&](const std::string& prefix) {
           return digest.compare(0, prefix.size(), prefix) == 0;
         });
}

bool is_cheap(const tuf::Delegation& delegation) {
  return std::ranges::all_of(delegation.paths, [](const std::string& pattern) {
    return std::ranges::count(pattern, '*') <= kMostStars;
  });
}

void use(const tuf::Targets& targets) {
  fuzz::check_common(targets.version, targets.expires);
  std::vector<std::string> paths = {"", "a", "a/b", "ab/cab/", "\xc3\xa4/x", "*"};
  for (const auto& [path, target] : targets.targets) {
    fuzz::require(path == target.path && !target.hashes.empty());
    fuzz::check_hashes(target.hashes);
    if (paths.size() < 10 && path.size() <= kLongestPath) paths.push_back(path);
  }
  for (const tuf::Delegation& delegation : targets.delegations) {
    fuzz::check_signers(delegation.signers);
    fuzz::require(!delegation.name.empty() && delegation.name != "root");
    if (!is_cheap(delegation)) continue;
    for (const std::string& path : paths) {
      fuzz::require(tuf::matches(delegation, path) == plainly_matches(delegation, path));
    }
  }
  for (const std::string& path : paths) {
    for (const tuf::Delegation& delegation : tuf::delegations_for(targets, path)) {
      if (targets.succinct) fuzz::require(delegation.terminating);
      fuzz::require(delegation.signers.threshold >= 1);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::read_metadata<tuf::Targets>(ByteView(data, size), use);
  return 0;
}
