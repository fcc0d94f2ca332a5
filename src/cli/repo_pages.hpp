#pragma once

#include <optional>
#include <string>

#include "cli/repo_session.hpp"

namespace interlude::cli {

/// After something was announced: makes the pages for people say so, too. A warning where that
/// fails; what was announced stays so.
std::optional<std::string> renew_pages(RepoSession& session);

}  // namespace interlude::cli
