#pragma once
// What is to be signed again soon. A file is *due* when less than a third of its lifetime is left:
// then `repo refresh` signs it, if it can. It is *late* below a sixth: then somebody has to look.

#include <string>
#include <vector>

#include "tuf/repository.hpp"

namespace interlude::repository {

struct Age {
  std::string role;
  std::uint64_t version = 0;
  sys::Time expires;
  std::chrono::seconds left{0};  ///< negative once expired
  std::uint64_t bytes = 0;
  bool due = false;
  bool late = false;
};

/// Of root, timestamp, snapshot, targets and every delegated list, in this order.
std::vector<Age> ages(const tuf::Contents& contents, sys::Time now,
                      const tuf::Lifetimes& lifetimes);

}  // namespace interlude::repository
