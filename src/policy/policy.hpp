#pragma once
// The administrator's policy: files policy.d/*.toml, docs/policy.md.
//
// Files of /etc/interlude/policy.d and /usr/lib/interlude/policy.d are read together in the order
// of their names; a later one wins, key by key. One in /etc hides one of the same name in /usr/lib.
//
// A file that cannot be read may have forbidden something. So there is always an answer, and it
// errs on the strict side: with any problem nothing new is installed, and only root changes
// anything. What takes back (root's removal, a failed check, a withdrawal) goes on: a misspelt word
// must not keep something broken on a device.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/path.hpp"
#include "improvement/manifest.hpp"
#include "json/json.hpp"
#include "rollout/policy.hpp"
#include "sys/file_system.hpp"

namespace interlude::policy {

/// What people without the administrator's rights may ask for over D-Bus.
enum class LocalUsers {
  Default,     ///< what polkit lets them
  StatusOnly,  ///< only to look, whatever polkit says
};

struct Origin {
  Path file;
  std::uint32_t line = 0;  ///< 0: the file as a whole

  bool operator==(const Origin&) const = default;
  std::string text() const;
};

struct Effective {
  /// With a `problem`, which names file, line and key, everything is on hold, and others than root
  /// only look.
  rollout::Policy policy;
  LocalUsers local_users = LocalUsers::Default;
  std::vector<std::string> restart_never;    ///< patterns of units
  std::vector<std::string> restart_allowed;  ///< likewise
  std::optional<std::chrono::hours> in_use_deadline;
  improvement::Apply apply_at_least = improvement::Apply::Live;
  /// By key, where its value was set; a key that is not in here has its default.
  std::map<std::string, Origin, std::less<>> origins;
};

/// `root` takes the place of "/".
Effective load(sys::FileSystem& disk, const Path& root);

/// Reads one file on top of `effective`. Invalid, with file, line and key; nothing is changed then.
Status read_file(Effective& effective, std::string_view text, const Path& file);

/// Denied, with the key and where it stands, unless people without the administrator's rights may
/// change anything at all, install, remove what is on, or choose whether to install by itself.
Status may_change(const Effective& effective);
Status may_install(const Effective& effective);
Status may_remove(const Effective& effective);
Status may_set_automatic(const Effective& effective);

/// `{"policy": {KEY: {"value", "file", "line"}}, "problem"}`; file and line are null for a default.
json::Value to_json(const Effective& effective);
/// "KEY = VALUE  # FILE:LINE", one key a line, as a policy file has them.
std::string to_text(const Effective& effective);

}  // namespace interlude::policy
