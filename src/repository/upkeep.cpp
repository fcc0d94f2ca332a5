#include "repository/upkeep.hpp"

namespace interlude::repository {
namespace {

constexpr int kDueFraction = 3;
constexpr int kLateFraction = 6;

template <class T>
Age age_of(const std::string& role, const tuf::Verified<T>& file, sys::Time now,
           std::chrono::seconds lifetime) {
  const std::chrono::seconds left = file->expires - now;
  return {role,
          file->version,
          file->expires,
          left,
          file.raw().size(),
          left < lifetime / kDueFraction,
          left < lifetime / kLateFraction};
}

}  // namespace

std::vector<Age> ages(const tuf::Contents& contents, sys::Time now,
                      const tuf::Lifetimes& lifetimes) {
  std::vector<Age> all = {age_of("root", contents.root, now, lifetimes.root),
                          age_of("timestamp", contents.timestamp, now, lifetimes.timestamp),
                          age_of("snapshot", contents.snapshot, now, lifetimes.snapshot),
                          age_of("targets", contents.targets, now, lifetimes.targets)};
  for (const tuf::Delegation& delegation : contents.targets->delegations) {
    const auto& list = contents.lists.at(delegation.name);
    const bool speaks = delegation.name == tuf::kRolloutRole && list->extra.contains(tuf::kAsOf);
    const std::chrono::seconds lifetime =
        speaks ? lifetimes.rollout : lifetimes.of(delegation.name);
    all.push_back(age_of(delegation.name, list, now, lifetime));
  }
  return all;
}

}  // namespace interlude::repository
