#pragma once
// What a publisher writes about a fix: a TOML file of `[[advisory]]` tables. Format:
// docs/formats/advisory.md.

#include <string>
#include <string_view>
#include <vector>

#include "improvement/manifest.hpp"

namespace interlude::advisory {

/// `id` is required; `component` may be left out where the improvement has only one. White space in
/// texts is folded, so that a description may be written over several lines.
/// Errors: Invalid, with `file` and line; unknown keys are refused by name.
Result<std::vector<improvement::Advisory>> parse_advisories(std::string_view text,
                                                            const std::string& file);

/// Every run of white space as one space, none at the ends.
std::string folded(std::string_view text);

}  // namespace interlude::advisory
