#pragma once
// Pass phrases and PINs from people and scripts. They go straight into memory of the caller's, who
// knows how to wipe it.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/result.hpp"

namespace interlude::sys::posix {

/// Asks on the controlling terminal, whatever standard input is, and does not show what is typed.
/// Gives how many bytes of `into` that was, without the line's end. Errors: Denied (no terminal),
/// Cancelled (a signal, Ctrl-C say, interrupted it), Invalid (longer than `into`).
Result<std::size_t> ask_on_terminal(const std::string& prompt, std::span<std::uint8_t> into);

/// The next line of `fd`, or what is left of it; reads no byte more. `what` names it in errors.
Result<std::size_t> read_secret_line(int fd, const std::string& what, std::span<std::uint8_t> into);

}  // namespace interlude::sys::posix
