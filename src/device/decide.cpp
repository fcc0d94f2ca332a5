#include "device/decide.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

namespace interlude::device {
namespace {

using improvement::Letter;

std::string known_letters(const Situation& situation) {
  std::string text;
  for (const Published& each : situation.published) {
    if (!text.empty()) text += ", ";
    text += each.letter.text();
  }
  return text;
}

Result<Verdict> asked_for(const Situation& situation, const Request& request) {
  if (!request.letter) return Install{situation.published.back().letter};
  const bool known = std::ranges::any_of(
      situation.published, [&](const Published& each) { return each.letter == *request.letter; });
  if (known) return Install{*request.letter};
  return fail(ErrorKind::NotFound,
              fmt::format("no improvement ({}) for {} {}; published: {}", request.letter->text(),
                          situation.platform, situation.baseline, known_letters(situation)));
}

Verdict by_itself(const Situation& situation, const Request& request) {
  const auto newest = newest_beyond(situation);
  if (!newest) return Current{};
  Hold hold{Reason::Removed, fmt::format("({}) is published, but it was taken off here: it comes "
                                         "back when asked for, or with a newer letter",
                                         newest->text())};
  for (const Published& each : std::views::reverse(situation.published)) {
    if (situation.active && each.letter <= *situation.active) break;
    if (situation.declined_through && each.letter <= *situation.declined_through) break;
    if (situation.quarantine.contains(each.content)) {
      hold = {Reason::Quarantined,
              fmt::format("({}) failed on this device before; it is not tried again unless asked "
                          "for",
                          each.letter.text())};
      continue;
    }
    if (request.kind == Request::Kind::Check) {
      return Hold{Reason::Available, fmt::format("({}) is available", each.letter.text())};
    }
    if (!situation.automatic) {
      return Hold{
          Reason::AutomaticOff,
          fmt::format("({}) is available; automatic installation is off", each.letter.text())};
    }
    return Install{each.letter};
  }
  return hold;
}

}  // namespace

std::optional<Letter> newest_beyond(const Situation& situation) {
  if (situation.published.empty()) return std::nullopt;
  const Letter& newest = situation.published.back().letter;
  if (situation.active && newest <= *situation.active) return std::nullopt;
  return newest;
}

Result<Verdict> decide(const Situation& situation, const Request& request) {
  if (situation.published.empty()) {
    return Hold{Reason::NoImprovement, fmt::format("no improvement for this baseline: {} {}",
                                                   situation.platform, situation.baseline)};
  }
  if (situation.rollout_required) {
    return Hold{Reason::RolloutDataMissing,
                "the publisher demands rollout data, and there is none"};
  }
  if (request.kind == Request::Kind::Install) return asked_for(situation, request);
  return by_itself(situation, request);
}

}  // namespace interlude::device
