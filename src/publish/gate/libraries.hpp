#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "publish/compare.hpp"
#include "publish/gate/elf_facts.hpp"

namespace interlude::publish {

/// Which shared libraries a device will have, by the names that the loader looks for: those of the
/// baseline that stay, and those that the patched side brings.
class Libraries {
 public:
  Libraries(const Sides& sides, const Comparison& comparison);

  /// Whether what is not found here is nowhere: the baseline is a folder, not some packages.
  bool complete() const { return complete_; }
  bool has(const std::string& name) const { return places_.contains(name); }
  /// Of those only that the improvement adds, the path; "" where the baseline has one.
  Path only_added(const std::string& name) const;
  /// Whether a library of that name, for that machine, defines a version of symbols; nothing where
  /// none can be read. Cost: reads the library once.
  std::optional<bool> defines(const std::string& name, const std::string& version,
                              const ElfFacts& user) const;

 private:
  const Item* resolve(const Path& path) const;
  const ElfFacts* facts_of(const Path& path) const;

  const Sides& sides_;
  std::set<Path> deleted_;
  bool complete_;
  std::map<std::string, std::vector<Path>> places_;
  mutable std::map<Path, std::optional<ElfFacts>> read_;
};

}  // namespace interlude::publish
