#include "device/direct_source.hpp"

#include <utility>

namespace interlude::device {

DirectSource::DirectSource(sys::FileSystem& disk, sys::Transport& transport, sys::Clock& clock,
                           Path metadata, Path incoming, const Config& config)
    : transport_(&transport),
      incoming_(std::move(incoming)),
      role_(improvement::role_name(config.platform, config.baseline_version)),
      prefix_(config.source + "/" + config.platform + "/" + config.baseline_version),
      client_(disk, transport, clock, std::move(metadata), tuf::mirrors_at(config.urls)) {}

Result<Listing> DirectSource::ask(const GoOn& go_on) {
  if (!go_on(0)) return fail(ErrorKind::Cancelled, "interrupted");
  const auto changed = client_.changed();
  if (!changed) return std::unexpected(changed.error());
  if (*changed) {
    if (const Status refreshed = client_.refresh(); !refreshed) {
      return std::unexpected(refreshed.error());
    }
  }
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
  return make_listing(prefix_, std::move(role->targets), required);
}

Status DirectSource::fetch(const tuf::Target& target, const GoOn& go_on) {
  const Status done = client_.download(target, join(incoming_, content_of(target)), go_on);
  if (!done) return std::unexpected(done.error().during("fetching " + target.path));
  return done;
}

}  // namespace interlude::device
