#pragma once
// Components that must not switch while programs run: their files would be mixed with what those
// programs have loaded already. They wait for the next boot, or until nobody runs them; the others
// of the same letter go ahead.

#include <optional>
#include <string>
#include <vector>

#include "device/supervision.hpp"

namespace interlude::device {

struct Held {
  std::string component;
  Reason reason = Reason::AtBoot;
  std::string sentence;
  improvement::Apply apply{};  ///< how it switches here
  bool was_on = false;         ///< with an older fix, that must stay on meanwhile
};

/// How components may switch here.
struct Manner {
  improvement::Apply at_least{};  ///< the administrator's, where it is stricter than the manifest's
  bool in_use_too = true;         ///< also those that wait for an end of use do wait
};

/// The components of `whole` that would change and must wait now.
Result<std::vector<Held>> held_back(const Improved& whole, const std::optional<Improved>& active,
                                    Supervision& supervision, const Manner& manner);

/// `whole` as it can be switched on now, with those components waiting. Nothing where that is not
/// possible: no other is on, or an older fix would go off meanwhile.
std::optional<Improved> without(const Improved& whole, const std::vector<Held>& held);

/// For a person.
std::string sum_up(const std::vector<Held>& held);

}  // namespace interlude::device
