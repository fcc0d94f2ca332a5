#pragma once

#include <span>

#include "publish/gate/elf_rules.hpp"

namespace interlude::publish {

/// What a path may become, whatever is in the file: rights, kinds, names, and places that an
/// improvement does not reach.
void judge_entries(std::span<const Subject> subjects, Findings& findings);

/// UTF-8 without control characters. Overlong forms and surrogates are left to the JSON reader,
/// which sees every manifest that we write.
bool is_printable_utf8(std::string_view text);

}  // namespace interlude::publish
