#include "device/decide.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

namespace interlude::device {
namespace {

using improvement::Letter;
using rollout::Asked;

std::string known_letters(const Situation& situation) {
  std::string text;
  for (const rollout::Improvement& each : situation.published) {
    if (!text.empty()) text += ", ";
    text += each.letter.text();
  }
  return text;
}

const rollout::Improvement* find(const Situation& situation, const Letter& letter) {
  const auto found = std::ranges::find(situation.published, letter, &rollout::Improvement::letter);
  return found == situation.published.end() ? nullptr : &*found;
}

rollout::Decision ask(const Situation& situation, const rollout::Improvement& improvement,
                      Asked asked) {
  return rollout::decide(improvement, situation.publisher, situation.policy, situation.device,
                         asked);
}

Answer answer_of(const rollout::Improvement& improvement, const rollout::Decision& decision) {
  return {improvement.letter.text(), decision.reason, decision.sentence, decision.until};
}

Result<Outlook> asked_for(const Situation& situation, const Request& request) {
  const rollout::Improvement* const wanted =
      request.letter ? find(situation, *request.letter) : &situation.published.back();
  if (wanted == nullptr) {
    return fail(ErrorKind::NotFound,
                fmt::format("no improvement ({}) for {} {}; published: {}", request.letter->text(),
                            situation.platform, situation.baseline, known_letters(situation)));
  }
  const rollout::Decision decision = ask(situation, *wanted, Asked::ByPerson);
  const bool on_already = situation.active == wanted->letter;
  if (decision.go || on_already) return Outlook{Install{wanted->letter}, {}, {}};
  const Answer answer = answer_of(*wanted, decision);
  return Outlook{Hold{answer.reason, answer.sentence}, {answer}, {}};
}

/// Whether what is on goes back, or why not; nothing where it was not withdrawn.
std::optional<Outlook> withdrawn(const Situation& situation, const Request& request) {
  const rollout::Improvement* const on =
      situation.active ? find(situation, *situation.active) : nullptr;
  if (on == nullptr) return std::nullopt;
  const rollout::TakeBack back = rollout::take_back(*on, situation.publisher, situation.policy,
                                                    situation.device, situation.past);
  using Way = rollout::TakeBack::Answer;
  if (back.answer == Way::No) return std::nullopt;
  const Answer answer{on->letter.text(), Reason::Withdrawn, back.sentence,
                      back.answer == Way::Later ? back.at : std::nullopt};
  if (back.answer == Way::Now && request.kind == Request::Kind::Automatic) {
    return Outlook{GoBack{back.sentence, back.by_online_key}, {answer}, {}};
  }
  return Outlook{Hold{Reason::Withdrawn, back.sentence}, {answer}, answer.until};
}

/// Of several letters that wait, the one to speak of: the newest that is not gone for good.
const Answer* foremost(const std::vector<Answer>& answers) {
  const auto found = std::ranges::find_if(
      answers, [](const Answer& each) { return each.reason != Reason::Withdrawn; });
  if (found != answers.end()) return &*found;
  return answers.empty() ? nullptr : &answers.front();
}

Outlook by_itself(const Situation& situation, const Request& request) {
  Outlook outlook{Current{}, {}, {}};
  for (const rollout::Improvement& each : std::views::reverse(situation.published)) {
    if (situation.active && each.letter <= *situation.active) break;
    rollout::Decision decision = ask(situation, each, Asked::ByItself);
    if (decision.go && request.kind == Request::Kind::Automatic) {
      outlook.verdict = Install{each.letter};
      return outlook;
    }
    if (decision.go) decision.sentence = fmt::format("({}) is available", each.letter.text());
    outlook.answers.push_back(answer_of(each, decision));
    if (decision.go) break;
  }
  if (auto back = withdrawn(situation, request)) {
    back->answers.insert(back->answers.begin(), outlook.answers.begin(), outlook.answers.end());
    return std::move(*back);
  }
  if (const Answer* const first = foremost(outlook.answers)) {
    outlook.verdict = Hold{first->reason, first->sentence};
  }
  return outlook;
}

}  // namespace

std::optional<Letter> newest_beyond(const Situation& situation) {
  for (const rollout::Improvement& each : std::views::reverse(situation.published)) {
    if (situation.active && each.letter <= *situation.active) break;
    if (!rollout::is_withdrawn(each, situation.publisher)) return each.letter;
  }
  return std::nullopt;
}

bool is_withdrawn(const Situation& situation, const Letter& letter) {
  const rollout::Improvement* const improvement = find(situation, letter);
  return improvement != nullptr && rollout::is_withdrawn(*improvement, situation.publisher);
}

bool may_complete(const Situation& situation, const Letter& letter) {
  const rollout::Improvement* const improvement = find(situation, letter);
  if (improvement == nullptr) return false;
  Situation chosen = situation;
  chosen.device.automatic = true;
  chosen.device.declined_through.reset();
  chosen.policy.automatic = rollout::Automatic::Allowed;
  return ask(chosen, *improvement, Asked::ByItself).go;
}

Result<Outlook> decide(const Situation& situation, const Request& request) {
  if (situation.published.empty()) {
    return Outlook{
        Hold{Reason::NoImprovement, fmt::format("no improvement for this baseline: {} {}",
                                                situation.platform, situation.baseline)},
        {},
        {}};
  }
  if (request.kind == Request::Kind::Install) return asked_for(situation, request);
  return by_itself(situation, request);
}

std::string published_at_of(const Situation& situation, const Letter& letter) {
  for (const rollout::Improvement& each : situation.published) {
    if (each.letter == letter) return sys::to_text(each.published_at);
  }
  return "";
}

}  // namespace interlude::device
