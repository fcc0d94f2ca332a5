#include "device/why.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "device/overloaded.hpp"

namespace interlude::device {
namespace {

/// Why the device as a whole waits, where no letter is to blame: it could not ask, nothing is
/// published …
std::optional<Explanation> about_the_device(const Report& report) {
  const auto* const waiting = std::get_if<Waiting>(&report.record.state);
  if (waiting == nullptr) return std::nullopt;
  const bool said = std::ranges::any_of(report.record.rollouts.answers, [&](const Answer& each) {
    return each.reason == waiting->reason;
  });
  if (said) return std::nullopt;
  return Explanation{"this device", false, std::string(name_of(waiting->reason)), waiting->detail,
                     report.record.polls.next};
}

std::vector<Explanation> about_letters(const Report& report) {
  std::vector<Explanation> all;
  for (const Answer& each : report.record.rollouts.answers) {
    const bool on = report.active && report.active->generation.letter == each.letter;
    all.push_back({"(" + each.letter + ")", on, std::string(name_of(each.reason)), each.sentence,
                   each.until});
  }
  return all;
}

Explanation about_component(const ComponentState& component) {
  Explanation answer{component.name,
                     component.standing == Standing::On,
                     std::string(name_of(component.standing)),
                     "",
                     {}};
  switch (component.standing) {
    case Standing::On:
      answer.sentence = fmt::format("{} {} is on", component.name, component.after);
      break;
    case Standing::Absent:
      answer.sentence = component.name + " is not on this device";
      break;
    case Standing::AlreadyFixed:
      answer.sentence = component.name + " is fixed already, by the system itself";
      break;
    case Standing::Foreign:
    case Standing::OnHold:
      answer.sentence = component.name + " is left alone: " + component.note;
      break;
    case Standing::Waiting:
      answer.sentence = component.name + " is prepared and waits: it switches " +
                        (component.note == "at-boot" ? "at the next start of the machine"
                                                     : "once nobody runs it, or at the next start");
      break;
    case Standing::Exposed:
      answer.sentence = component.name + " is vulnerable again: " + component.note;
      break;
    case Standing::NotChosen:
      answer.sentence = component.name + " was not chosen when the others were installed";
      break;
  }
  return answer;
}

std::vector<Explanation> about_components(const Report& report) {
  std::vector<Explanation> all;
  for (const ComponentState& each : known_components(report)) all.push_back(about_component(each));
  return all;
}

std::vector<Explanation> about_advisories(const Report& report) {
  std::vector<Explanation> all;
  for (const auto& [improved, advisory] : known_advisories(report)) {
    const auto& components = improved->generation.components;
    const auto component =
        std::ranges::find(components, advisory->component, &ComponentState::name);
    if (component == components.end()) continue;
    Explanation answer = about_component(*component);
    answer.subject = advisory->id;
    const FixState state = fix_state(*improved, advisory->component, report.running, report.root);
    if (answer.on) answer.sentence = state.sentence + ": " + answer.sentence;
    all.push_back(std::move(answer));
  }
  return all;
}

}  // namespace

Result<std::vector<Explanation>> why(const Report& report, const std::string& what) {
  std::vector<Explanation> all;
  if (report.active) {
    all.push_back({"(" + report.active->generation.letter + ")",
                   true,
                   "on",
                   "(" + report.active->generation.letter + ") is on",
                   {}});
  }
  if (const auto whole = about_the_device(report)) all.push_back(*whole);
  for (const auto& part :
       {about_letters(report), about_components(report), about_advisories(report)}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  if (what.empty()) {
    if (all.empty()) {
      all.push_back({"this device", false, "current",
                     report.record.polls.verified ? "nothing is published for this device"
                                                  : "the repository has not been asked yet",
                     report.record.polls.next});
    }
    return all;
  }
  std::erase_if(all, [&](const Explanation& each) {
    return each.subject != what && each.subject != "(" + what + ")";
  });
  if (!all.empty()) return all;
  const auto letters = about_letters(report);
  if (!letters.empty()) {
    return fail(ErrorKind::NotFound,
                fmt::format("nothing that is on here is called {}. It may be in what waits: {}",
                            what, letters.front().sentence));
  }
  return fail(ErrorKind::NotFound,
              fmt::format("nothing that is on here, or waits, is called {}", what));
}

json::Value to_json(const std::vector<Explanation>& answers) {
  json::Value list = json::Value::array();
  for (const Explanation& each : answers) {
    list.push_back(
        {{"subject", each.subject},
         {"on", each.on},
         {"reason_code", each.code},
         {"reason", each.sentence},
         {"until", each.until ? json::Value(sys::to_text(*each.until)) : json::Value()}});
  }
  return list;
}

std::string to_text(const Explanation& answer) {
  std::string text = fmt::format("{}: {} [{}]", answer.subject, answer.sentence, answer.code);
  if (answer.until) text += "; next " + sys::to_text(*answer.until);
  return text;
}

}  // namespace interlude::device
