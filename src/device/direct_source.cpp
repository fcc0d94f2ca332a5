#include "device/direct_source.hpp"

#include <algorithm>
#include <utility>

namespace interlude::device {
namespace {

constexpr std::string_view kRolloutRole = "rollout";
constexpr std::size_t kLargestWord = 64U << 10U;
constexpr std::uint32_t kLongestTimestampHours = 366 * 24;

}  // namespace

DirectSource::DirectSource(sys::FileSystem& disk, sys::Transport& transport, sys::Clock& clock,
                           Path metadata, Path incoming, const Config& config, tuf::Reading reading)
    : transport_(&transport),
      incoming_(std::move(incoming)),
      role_(improvement::role_name(config.platform, config.baseline_version)),
      prefix_(config.source + "/" + config.platform + "/" + config.baseline_version),
      client_(disk, transport, clock, std::move(metadata), tuf::mirrors_at(config.urls), reading) {}

Status DirectSource::renew(const GoOn& go_on) {
  if (!go_on(0)) return fail(ErrorKind::Cancelled, "interrupted");
  const auto changed = client_.changed();
  if (!changed) return std::unexpected(changed.error());
  return *changed ? client_.refresh() : Status();
}

Result<Listing> DirectSource::ask(const GoOn& go_on) {
  if (const Status renewed = renew(go_on); !renewed) return std::unexpected(renewed.error());
  return list();
}

Result<Listing> DirectSource::list() {
  auto role = client_.delegated(role_);
  if (!role) {
    if (role.error().kind() == ErrorKind::NotFound) return Listing{};
    return std::unexpected(role.error());
  }
  // What does not say "none" demands rollout data: the cautious reading of anything unknown.
  const auto rollout = role->extra.find("rollout");
  const bool required = rollout == role->extra.end() || *rollout != "none";
  const auto life = role->extra.find("timestamp_hours");
  const auto expires = client_.timestamp_expires();
  if (!expires) return std::unexpected(expires.error());
  Listing listing = make_listing(prefix_, std::move(role->targets), required);
  listing.timestamp_expires = *expires;
  if (life != role->extra.end() && life->is_number_unsigned()) {
    listing.timestamp_life =
        std::chrono::hours(std::min(life->get<std::uint32_t>(), kLongestTimestampHours));
  }
  listing.word = word();
  return listing;
}

PublisherWord DirectSource::word() {
  PublisherWord word;
  auto role = client_.delegated(std::string(kRolloutRole));
  if (role) {
    word = {true, "", role->expires, std::move(role->key_ids), std::move(role->extra)};
    if (json::canonical(word.members).size() > kLargestWord) {
      word = {false, "the list \"rollout\" is too large", role->expires, {}, json::Value::object()};
    }
  } else if (role.error().kind() != ErrorKind::NotFound) {
    word.problem = role.error().message();
  }
  return word;
}

Status DirectSource::fetch(const tuf::Target& target, const GoOn& go_on) {
  const Status done = client_.download(target, join(incoming_, content_of(target)), go_on);
  if (!done) return std::unexpected(done.error().during("fetching " + target.path));
  return done;
}

}  // namespace interlude::device
