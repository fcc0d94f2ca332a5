#pragma once
// As whom the locked-in processes work.

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/path.hpp"

namespace interlude::sandbox {

struct Account {
  uid_t uid = 0;
  gid_t gid = 0;
};

/// None where this process is not root: it keeps its own. Otherwise the system's `_interlude`, or
/// where there is none number 65533, which systemd, Debian and LSB leave unused. Not `nobody`:
/// whatever else runs as that could then write the trusted metadata.
std::optional<Account> unprivileged_account();

/// Makes `directory` and the files in it `account`'s, once. Does nothing where they are already.
/// Files that somebody else could have put there under a second name are left alone.
Status hand_over(const Path& directory, const Account& account);

}  // namespace interlude::sandbox
