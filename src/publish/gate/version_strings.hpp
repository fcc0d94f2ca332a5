#pragma once

#include <map>
#include <set>
#include <span>
#include <string>

#include "publish/gate/elf_rules.hpp"

namespace interlude::publish {

/// What looks like a product and its version, as programs send it in User-Agent and Server headers
/// ("nginx/1.22.1", with the comment that follows in parentheses) or say it of themselves ("OpenSSL
/// 3.0.20" where a text begins): whole texts, by product.
std::map<std::string, std::set<std::string>> version_strings(ByteView content);

/// Warns where such a text is there no more, and another of the same product is: servers and pages
/// look at them. Errors: those of reading.
Status judge_version_strings(std::span<const Subject> subjects, Findings& findings);

}  // namespace interlude::publish
