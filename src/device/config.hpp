#pragma once
// agent.toml: which device this is and whom it follows. Read in this order, the last file that sets
// a key wins: what the package ships (usr/lib/interlude/agent.toml), etc/interlude/agent.toml, and
// drop-ins in etc/interlude/agent.d/*.toml by their names. Where no file names platform or baseline
// the operating system's own files do (own_system.hpp).

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/layout.hpp"
#include "sys/file_system.hpp"

namespace interlude::device {

struct Config {
  std::string platform;
  std::string baseline_version;
  std::string source = "local";   ///< the repository's name for itself: first part of every id
  std::vector<std::string> urls;  ///< mirrors, the preferred one first
  std::string proxy;              ///< empty: as the environment says
  std::string ca_file;            ///< empty: the system's
  /// Other hosts that mirrors may redirect to: "host" (ports 80 and 443) or "host:port".
  std::vector<std::string> redirect_hosts;
  std::chrono::seconds poll_interval = std::chrono::minutes(60);
  /// How long a generation is watched before it is committed; not set: as the backend needs.
  std::optional<std::chrono::minutes> probation;
  enum class BackendKind {
    Tree,     ///< a folder with a link that switches: device/tree_backend.hpp
    Overlay,  ///< the system's own directories: device/overlay_backend.hpp
  };
  BackendKind backend = BackendKind::Tree;
  /// Where the baseline is read, absolute. Of the overlay backend it is where that pins it, and no
  /// file says it.
  Path tree;
  /// Share unchanged files with the baseline by hard links instead of copying them where the file
  /// system has no reflinks. Faster and smaller, but a program that writes into its own tree then
  /// writes into the baseline.
  bool hard_links = false;

  bool operator==(const Config&) const = default;
};

/// Errors: NotFound (not provisioned: no agent.toml); Invalid, with file and line: syntax, an
/// unknown key, a value of the wrong type, a required key that no file sets.
Result<Config> load_config(sys::FileSystem& disk, const Layout& layout);

/// What holds before anybody has said anything: the shipped file, and the operating system's own
/// name. Nothing need be set. Invalid as above.
Result<Config> load_defaults(sys::FileSystem& disk, const Layout& layout);

/// Invalid, naming the option, where load_config() would not take what `config` says of the source.
Status check_source(const Config& config);

/// An agent.toml that load_config() reads back as `config`; what is empty is left to the defaults.
std::string to_toml(const Config& config);

}  // namespace interlude::device
