#pragma once
// Words for people.

#include <cstdio>
#include <string_view>

namespace interlude::sys {

/// Writes `text` to `to`, whatever becomes of it: a log on a full disk and a reader that went away
/// must not stop, or fail, the work that is told of.
inline void say(std::FILE* to, std::string_view text) {
  (void)std::fwrite(text.data(), 1, text.size(), to);
}

}  // namespace interlude::sys
