// What a publisher says about rollouts: any JSON as the signed members of the list "rollout", and
// as what is signed beside a manifest. What is accepted must be written and read again as the same,
// and a device that learns it must come to a decision that the schedule allows.

#include <cstdlib>

#include "rollout/decide.hpp"

namespace {

using namespace interlude;

void must(bool holds) {
  if (!holds) std::abort();
}

void read_announcement(const json::Value& members, sys::Time expires,
                       rollout::Publisher& publisher) {
  const auto said = rollout::parse_announcement(json::Reader(members, "rollout"), expires);
  if (!said) return;
  if (members.contains("as_of")) {
    const json::Value written = to_json(*said);
    const auto again = rollout::parse_announcement(json::Reader(written, "again"), expires);
    must(again && *again == *said);
  }
  rollout::Bounds bounds{"keys", expires, expires, std::chrono::hours(168), {}};
  for (const auto& [id, entry] : said->entries) bounds.starts[id] = entry.since;
  const rollout::Known once = rollout::learn({}, *said, bounds);
  const rollout::Known twice = rollout::learn(once, *said, bounds);
  for (const auto& [id, entry] : once.entries) must(twice.entries.at(id).shift >= entry.shift);
  publisher.known = twice;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto value = json::parse(ByteView(data, size));
  if (!value || !value->is_object()) return 0;
  const sys::Time now = *sys::parse_time("2026-11-24T20:00:00Z");
  rollout::Publisher publisher;
  publisher.required = true;
  read_announcement(*value, now, publisher);
  const auto improvement =
      rollout::read_improvement("s/p/1/a", *improvement::Letter::parse("a"), "content", *value);
  if (improvement.schedule) {
    const json::Value written = to_json(*improvement.schedule);
    const auto again = rollout::parse_schedule(json::Reader(written, "again"));
    must(again && *again == *improvement.schedule);
  }
  rollout::Device device;
  device.now = now;
  device.secret = rollout::Secret{};
  const auto decision =
      rollout::decide(improvement, publisher, {}, device, rollout::Asked::ByItself);
  must(decision.go || !decision.sentence.empty());
  if (!decision.go) return 0;
  must(improvement.schedule.has_value() && improvement.problem.empty() && !improvement.recall);
  const auto& schedule = *improvement.schedule;
  const auto shift = publisher.known.entries.at("s/p/1/a").shift;
  must(now >= schedule.deadline + shift ||
       rollout::bucket(*device.secret, improvement.id) < rollout::reach(schedule, shift, {}, now));
  return 0;
}
