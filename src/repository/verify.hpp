#pragma once
// A published repository as a device sees it, from the first root to the last byte of every file.

#include <functional>

#include "sys/clock.hpp"
#include "sys/file_system.hpp"
#include "sys/transport.hpp"

namespace interlude::repository {

struct Verified {
  std::size_t lists = 0;  ///< delegated ones
  std::size_t files = 0;
  std::uint64_t bytes = 0;  ///< of files
};

/// Follows the repository at `url` with the public client, starting at `root`, in the new folder
/// `scratch`; then hashes every file of every list. `progress` gets files done and known of; false
/// ends with Cancelled. Errors: the client's, naming the file.
Result<Verified> verify(sys::FileSystem& disk, sys::Transport& transport, sys::Clock& clock,
                        const Path& scratch, const std::string& url, ByteView root,
                        const std::function<bool(std::size_t done, std::size_t all)>& progress);

}  // namespace interlude::repository
