#include "repository/upkeep.hpp"

namespace interlude::repository {
namespace {

constexpr int kDueFraction = 3;
constexpr int kLateFraction = 6;

template <class T>
Age age_of(const std::string& role, const tuf::Verified<T>& file, sys::Time now,
           const tuf::Lifetimes& lifetimes) {
  const std::chrono::seconds lifetime = lifetimes.of(role);
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
  std::vector<Age> all = {age_of("root", contents.root, now, lifetimes),
                          age_of("timestamp", contents.timestamp, now, lifetimes),
                          age_of("snapshot", contents.snapshot, now, lifetimes),
                          age_of("targets", contents.targets, now, lifetimes)};
  for (const tuf::Delegation& delegation : contents.targets->delegations) {
    all.push_back(age_of(delegation.name, contents.lists.at(delegation.name), now, lifetimes));
  }
  return all;
}

}  // namespace interlude::repository
