#include "sys/posix/random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>
#include <span>

namespace interlude::sys::posix {

Bytes Random::bytes(std::size_t count) {
  Bytes drawn(count);
  std::span<std::uint8_t> rest(drawn);
  while (!rest.empty()) {
    const ssize_t got = ::getrandom(rest.data(), rest.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) std::abort();
    rest = rest.subspan(static_cast<std::size_t>(got));
  }
  return drawn;
}

}  // namespace interlude::sys::posix
