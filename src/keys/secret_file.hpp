#pragma once
// Files that only their owner reads.

#include "crypto/secret.hpp"
#include "sys/file_system.hpp"

namespace interlude::keys {

/// The whole file, into secure memory and nowhere else. Errors: Denied (others than its owner may
/// read or write it), NoSpace (longer than `limit_bytes`).
Result<crypto::Secret> read_secret_file(sys::FileSystem& disk, const Path& file,
                                        std::uint64_t limit_bytes);

/// Writes a file that does not exist yet, mode 0600, and syncs it. Conflict if it does.
Status write_new_file(sys::FileSystem& disk, const Path& file, std::string_view content);

}  // namespace interlude::keys
