#pragma once
// Which system calls each locked-in process may make. Every other one fails with "function not
// implemented" (ENOSYS), as if the kernel were older: libraries know how to go on from there.

#include "base/result.hpp"

namespace interlude::sandbox {

enum class Role {
  Fetcher,    ///< moves bytes over sockets it was given; opens nothing, connects nowhere
  Verifier,   ///< works on the files it is fenced in with; has no network
  Connector,  ///< resolves names and connects
};

/// For this process and for good. Needs no_new_privs.
Status limit_system_calls(Role role);

}  // namespace interlude::sandbox
