#include "rollout/decide.hpp"
#include "rollout/time_member.hpp"

namespace interlude::rollout {
namespace {

Status read_schedule(const json::Reader& custom, Improvement& improvement) {
  if (!custom.has("rollout")) return {};
  const auto member = custom.member("rollout");
  if (!member) return std::unexpected(member.error());
  auto schedule = parse_schedule(*member);
  if (!schedule) return std::unexpected(schedule.error());
  improvement.schedule = std::move(*schedule);
  return {};
}

Status read_recall(const json::Reader& custom, Improvement& improvement) {
  if (!custom.has("recall")) return {};
  const auto member = custom.member("recall");
  if (!member) return std::unexpected(member.error());
  auto recall = parse_recall(*member);
  if (!recall) return std::unexpected(recall.error());
  improvement.recall = std::move(*recall);
  return {};
}

}  // namespace

json::Value to_json(const Recall& recall) {
  return {
      {"at", sys::to_text(recall.at)}, {"after", name_of(recall.after)}, {"reason", recall.reason}};
}

Result<Recall> parse_recall(const json::Reader& object) {
  const auto time = time_of(object, "at");
  if (!time) return std::unexpected(time.error());
  const auto after = object.text("after");
  if (!after) return std::unexpected(after.error());
  auto reason = object.text("reason");
  if (!reason) return std::unexpected(reason.error());
  return Recall{*time, *after == name_of(After::Revert) ? After::Revert : After::Keep,
                std::move(*reason)};
}

Improvement read_improvement(const std::string& id, const improvement::Letter& letter,
                             const std::string& content, const json::Value& custom) {
  Improvement improvement{id, letter, content, {}, {}, {}, ""};
  if (!custom.is_object()) return improvement;
  const json::Reader reader(custom, id);
  const auto published = reader.text_or("published_at", "");
  if (published) {
    if (const auto time = sys::parse_time(*published)) improvement.published_at = *time;
  }
  for (const Status& read :
       {read_schedule(reader, improvement), read_recall(reader, improvement)}) {
    if (!read) improvement.problem = read.error().message();
  }
  return improvement;
}

}  // namespace interlude::rollout
