#pragma once
// What the gate found, in the words that a person reads. docs/gate.md explains every rule.

#include <string>
#include <string_view>
#include <vector>

#include "improvement/manifest.hpp"

namespace interlude::publish {

// Rules, by the names that `--allow` and reports use.
namespace rule {
// Never to be allowed: a device refuses them, too.
inline constexpr std::string_view kSetuid = "setuid";
inline constexpr std::string_view kKind = "kind";
inline constexpr std::string_view kLink = "link";
inline constexpr std::string_view kName = "name";
// For the publisher to judge.
inline constexpr std::string_view kCapability = "capability";
inline constexpr std::string_view kConffile = "conffile";
inline constexpr std::string_view kDependency = "dependency";
inline constexpr std::string_view kElf = "elf";
inline constexpr std::string_view kHardening = "hardening";
inline constexpr std::string_view kInitramfs = "initramfs";
inline constexpr std::string_view kNeeded = "needed";
inline constexpr std::string_view kPlace = "place";
inline constexpr std::string_view kScript = "script";
inline constexpr std::string_view kSearchPath = "search-path";
inline constexpr std::string_view kSoname = "soname";
inline constexpr std::string_view kSymbol = "symbol";
inline constexpr std::string_view kTriggers = "triggers";
// Warnings only.
inline constexpr std::string_view kApply = "apply";
inline constexpr std::string_view kVersionString = "version-string";
}  // namespace rule

struct Finding {
  std::string_view rule;
  std::string path;  ///< of a file, or PACKAGE/MEMBER of what a package brings beside its files
  std::string what;
  std::string before;  ///< what was and what is, where that can be said in short
  std::string after;
  std::vector<std::string> details = {};  ///< all of them, where `what` counts several
  std::string component = {};
};

struct Findings {
  std::vector<Finding> blockers;
  std::vector<Finding> warnings;
};

/// "a, b, c and 4 more".
std::string some_of(const std::vector<std::string>& names);

}  // namespace interlude::publish
