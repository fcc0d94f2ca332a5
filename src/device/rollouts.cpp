#include "device/rollouts.hpp"

#include "crypto/digest.hpp"

namespace interlude::device {
namespace {

/// Where the platform's list does not say how long its repository's timestamps live.
constexpr std::chrono::hours kUsualTimestampLife{7 * 24};

/// One text for one set of keys.
std::string signers_of(const std::vector<std::string>& key_ids) {
  std::string all;
  for (const std::string& id : key_ids) all += id + "\n";
  return crypto::sha256(as_bytes(all)).hex();
}

}  // namespace

std::vector<rollout::Improvement> improvements_of(const Listing& listing,
                                                  const std::string& prefix) {
  std::vector<rollout::Improvement> all;
  for (const auto& [letter, target] : listing.manifests) {
    all.push_back(rollout::read_improvement(prefix + "/" + letter.text(), letter,
                                            content_of(target), target.custom));
  }
  return all;
}

rollout::Publisher publisher_of(const Listing& listing,
                                const std::vector<rollout::Improvement>& improvements,
                                const rollout::Known& before, sys::Time now) {
  using Data = rollout::Publisher::Data;
  rollout::Publisher publisher{listing.rollout_required, Data::Stale, listing.word.problem, before};
  if (!listing.word.fresh) return publisher;
  const auto announced = rollout::parse_announcement(
      json::Reader(listing.word.members, "the list \"rollout\""), listing.word.expires);
  if (!announced) {
    publisher.data = Data::Refused;
    publisher.problem = announced.error().message();
    return publisher;
  }
  rollout::Bounds bounds{
      signers_of(listing.word.key_ids),
      now,
      listing.timestamp_expires,
      listing.timestamp_life.count() > 0 ? listing.timestamp_life : kUsualTimestampLife,
      {}};
  for (const rollout::Improvement& each : improvements) {
    bounds.starts[each.id] = each.schedule ? each.schedule->start : each.published_at;
  }
  publisher.data = Data::Fresh;
  publisher.known = rollout::learn(before, *announced, bounds);
  return publisher;
}

}  // namespace interlude::device
