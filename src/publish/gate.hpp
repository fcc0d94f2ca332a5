#pragma once
// What the publisher's side refuses to put into an improvement. A device refuses most of it again
// (improvement::parse_manifest); here it is said earlier, and with what to do.

#include <span>
#include <string>
#include <vector>

#include "publish/compare.hpp"

namespace interlude::publish {

/// Rules, by the name that `--allow NAME=REASON` overrides. The others cannot be overridden.
inline constexpr std::string_view kRuleCapability = "capability";

/// `allowances` that were needed, in their order. Errors: Denied, for
///  - a new setuid or setgid bit, or an old one with another owner;
///  - a directory that turns into something else, or something else into a directory;
///  - a symbolic link that leads out of the root, a name that is not canonical UTF-8;
///  - a file that gains a capability, unless "capability" is allowed.
/// Invalid for an allowance of an unknown rule or without a reason.
Result<std::vector<improvement::Allowance>> pass_gate(
    std::span<const Change> changes, std::span<const improvement::Allowance> allowances);

}  // namespace interlude::publish
