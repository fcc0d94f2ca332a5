#pragma once
// A device in the middle of a rollout, for tests to change one thing of.

#include "rollout/withdrawal.hpp"

namespace interlude::rollout {

inline sys::Time at(const char* text) {
  return *sys::parse_time(text);
}

inline const sys::Time kStart = at("2026-11-24T08:00:00Z");
inline const std::string kId = "org.example/box/1/a";

/// A normal rollout of (a), running, its file half an hour old, and a device of the very first
/// wave.
struct TestCase {
  Improvement improvement{kId,    *improvement::Letter::parse("a"), "content of a",
                          kStart, profile(Urgency::Normal, kStart), {},
                          ""};
  Publisher publisher;
  Policy policy;
  Device device;

  TestCase() {
    publisher.required = true;
    publisher.known = {"keys", kStart, kStart + kLongestLife, kStart, {{kId, entry()}}};
    set_time(kStart + std::chrono::minutes(30));
    place(0);
  }

  static Entry entry() { return {Progress::Running, kStart, kEverybody, minutes(0), {}, ""}; }
  Entry& known() { return publisher.known.entries.at(kId); }

  /// The clock, with a rollout file as fresh as it was at the start.
  void set_time(sys::Time now) {
    device.now = now;
    publisher.known.as_of = now - std::chrono::minutes(30);
    publisher.known.heard = now;
    publisher.known.expires = now + std::chrono::hours(23);
  }
  /// A secret whose bucket for kId is in [from, from + 100).
  void place(BasisPoints from) {
    for (std::uint32_t number = 0;; ++number) {
      Secret secret{};
      for (std::size_t at = 0; at < 4; ++at) {
        secret.at(at) = static_cast<std::uint8_t>(number >> (8 * at));
      }
      device.secret = secret;
      const BasisPoints place = bucket(secret, kId);
      if (place >= from && place < from + 100) return;
    }
  }

  Decision decide(Asked asked = Asked::ByItself) const {
    return rollout::decide(improvement, publisher, policy, device, asked);
  }
  /// "go", or the reason.
  std::string answer(Asked asked = Asked::ByItself) const {
    const Decision decision = decide(asked);
    return decision.go ? "go" : std::string(name_of(decision.reason));
  }
};

}  // namespace interlude::rollout
