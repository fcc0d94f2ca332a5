#include "rollout/time_member.hpp"

namespace interlude::rollout {

Result<sys::Time> time_of(const json::Reader& object, std::string_view name) {
  const auto text = object.text(name);
  if (!text) return std::unexpected(text.error());
  const auto time = sys::parse_time(*text);
  if (!time) {
    return std::unexpected(object.error(std::string(name) + ": " + time.error().message()));
  }
  return *time;
}

}  // namespace interlude::rollout
