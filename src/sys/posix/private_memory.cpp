#include "sys/posix/private_memory.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace interlude::sys::posix {

Status keep_memory_private() {
  const rlimit none{0, 0};
  if (::setrlimit(RLIMIT_CORE, &none) != 0 || ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    return std::unexpected(errno_error("keeping private keys out of core dumps"));
  }
  return {};
}

}  // namespace interlude::sys::posix
