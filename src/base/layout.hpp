#pragma once
// Where a device keeps things. One root takes the place of "/" for all of it, so that any number of
// devices live side by side in folders (`--root`), and every test uses its own. The agent and the
// guard, which share no other code of the device, both go by it.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/path.hpp"

namespace interlude {

/// The generation that is the untouched baseline: always there, never written to.
inline constexpr std::string_view kBaseline = "baseline";
/// Ends the name of whatever is not complete. Start-up removes it, or continues it (incoming/).
inline constexpr std::string_view kPartial = ".partial";

/// Modes of what the device writes for itself and lets everybody read.
inline constexpr std::uint32_t kDirectoryMode = 0755;
inline constexpr std::uint32_t kFileMode = 0644;

class Layout {
 public:
  explicit Layout(Path root) : root_(std::move(root)) {}

  const Path& root() const { return root_; }

  // Configuration: written by the administrator and by `device init`.
  Path configuration() const { return join(root_, "etc/interlude"); }
  Path agent_toml() const { return join(configuration(), "agent.toml"); }
  /// What the package says of every device; read first.
  Path shipped_agent_toml() const { return join(root_, "usr/lib/interlude/agent.toml"); }
  Path drop_ins() const { return join(configuration(), "agent.d"); }
  /// Which generation is on, once more: where the store is lost, this tells that it should be
  /// there.
  Path marker() const { return join(configuration(), "active"); }
  Path probes() const { return join(configuration(), "probes.d"); }
  Path trusted_root() const { return join(configuration(), "trusted-root.json"); }

  // What must survive a power cut.
  Path library() const { return join(root_, "var/lib/interlude"); }
  Path record() const { return join(library(), "state.json"); }
  Path secret() const { return join(library(), "secret"); }
  Path settings() const { return join(library(), "settings.json"); }
  Path history() const { return join(library(), "history.jsonl"); }
  Path reserve() const { return join(library(), "reserve"); }
  /// What the device trusts of its repository.
  Path metadata() const { return join(library(), "metadata"); }
  /// What the process that meets the network trusts: what is in here may be anything.
  Path seen() const { return join(library(), "seen"); }
  Path objects() const { return join(library(), "objects"); }
  /// Where downloads grow: what is in here may be anything.
  Path incoming() const { return join(library(), "incoming"); }
  /// What was copied out of there and has the hash it must have.
  Path accepted() const { return join(library(), "accepted"); }
  Path generations() const { return join(library(), "generations"); }
  Path generation(std::string_view id) const { return join(generations(), id); }
  /// The link to the generation that is on.
  Path active() const { return join(library(), "active"); }
  /// The link to one that is to be on from the next boot on; there only while one waits.
  Path pending() const { return join(library(), "pending"); }
  /// What the boot guard goes by: docs/formats/device-state.md, "boot".
  Path boot() const { return join(library(), "boot"); }
  /// What the baseline's files below a generation were: overlay/facts.hpp.
  Path facts(std::string_view id) const { return join(generation(id), "facts"); }
  /// A file that anybody with the disk in hand can make: nothing of ours is shown while it is
  /// there.
  Path off() const { return join(library(), "off"); }

  // What need not.
  Path running() const { return join(root_, "run/interlude"); }
  Path lock() const { return join(running(), "lock"); }
  Path agent_lock() const { return join(running(), "agent.lock"); }
  Path version() const { return join(running(), "version"); }
  /// Held while mounts change: for milliseconds.
  Path mounts_lock() const { return join(running(), "mounts.lock"); }
  /// One file for each package manager at work.
  Path leases() const { return join(running(), "leases"); }
  /// The untouched baseline, whatever is shown over it.
  Path pin() const { return join(running(), "baseline"); }
  /// There while files below what is on may have changed and the agent has not looked yet.
  Path recheck() const { return join(running(), "recheck"); }

 private:
  Path root_;
};

}  // namespace interlude
