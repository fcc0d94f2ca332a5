#pragma once

#include <span>

#include "publish/gate/elf_rules.hpp"

namespace interlude::publish {

struct ApplyProposal {
  improvement::Apply apply = improvement::Apply::LiveWithRestart;
  std::string reason;  ///< for a person, with the path that decides
};

/// A file of the same packages that is not of the component.
struct Companion {
  Path path;
  ElfFacts facts;
  bool changes = false;  ///< in another component
};

/// When a component may switch while programs run, from the files that change, and from those that
/// use them in other processes: docs/gate.md, "When it may switch". `subjects` are one component's.
ApplyProposal propose_apply(std::span<const Subject> subjects,
                            std::span<const Companion> companions);

/// Whether a file could be a helper program or a plugin, by its place.
bool may_be_companion(const Path& path);

}  // namespace interlude::publish
