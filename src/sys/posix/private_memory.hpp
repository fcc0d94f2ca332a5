#pragma once

#include "base/result.hpp"

namespace interlude::sys::posix {

/// For a process that is about to hold private keys: from now on no core dump shows its memory,
/// neither as a file nor through a pipe of the system's (PR_SET_DUMPABLE comes before both), and no
/// other process of the same user can attach to it. Programs it starts inherit only that they leave
/// no core file.
Status keep_memory_private();

}  // namespace interlude::sys::posix
