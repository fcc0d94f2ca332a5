#pragma once
// A publisher and a device in memory: a repository with real signatures on one simulated disk, the
// device's files on another, and a network between them.

#include <functional>
#include <map>
#include <string>

#include "crypto/signer.hpp"
#include "device/agent.hpp"
#include "device/direct_source.hpp"
#include "device/provision.hpp"
#include "repository/rollouts.hpp"
#include "sys/sim/clock.hpp"
#include "sys/sim/file_system.hpp"
#include "sys/sim/random.hpp"
#include "sys/sim/transport.hpp"
#include "tuf/test_key_ring.hpp"

namespace interlude::crash {

inline constexpr std::string_view kUrl = "http://publisher";
inline constexpr std::string_view kBaselineFolder = "/baseline";

sys::Time start_time();

/// Every path below a folder with all that matters about it, as one line of text each.
using Snapshot = std::map<std::string, std::string>;
Snapshot snapshot_of(sys::FileSystem& disk, const Path& root);

/// What one letter makes of the baseline: changes, and the new contents in their order.
struct Edition {
  std::vector<improvement::FileChange> files;  ///< sorted by path
  std::vector<Bytes> fresh;  ///< of the regular files with new content, in that order
};

/// A repository with the improvements "a", "b" … for platform "box", baseline "1": each changes a
/// program, a library, a link and a mode, adds a folder with a file, and deletes a file.
class Publisher {
 public:
  /// Who signs at `now`.
  explicit Publisher(sys::Time now = start_time());

  /// From here on it is `now` for whoever signs.
  void set_time(sys::Time now) { clock_.set(now); }
  /// Publishes the next letters up to `letter`.
  void publish_through(const std::string& letter);
  /// From the next letter on the list says that rollout data is required.
  void require_rollout() { rollout_ = "required"; }
  /// From the next letter on each has this schedule.
  void schedule(const rollout::Schedule& schedule) { schedule_ = schedule; }
  /// What the list "rollout" says of the letters, signed `ago` before now.
  void say(const std::map<std::string, rollout::Entry>& by_letter,
           std::chrono::seconds ago = std::chrono::seconds(0));
  /// Signs the root anew, with the version that follows.
  void renew_root();
  /// Marks a letter as recalled by the key that signed it.
  void recall(const std::string& letter, const rollout::Recall& recall);
  /// From the next letter on what lies in usr/lib is a component of its own, "core".
  void split_core() { core_ = "core"; }
  /// Changes each component before it is published: how it applies, its rules, its probes.
  void adjust(std::function<void(improvement::Component&)> change) { adjust_ = std::move(change); }
  /// The next letter's payload from the baseline makes other bytes of the right lengths.
  void spoil_small_payload() { spoil_small_payload_ = true; }
  /// What somebody could sign who has the key of `role` ("rollout", "platforms", …).
  Bytes sign(const json::Value& content, const std::string& role);
  std::string key_id(const std::string& role);
  sys::sim::FileSystem& disk() { return disk_; }
  Bytes trusted_root();
  /// What a device's tree is with `letter` on; "" is the baseline.
  const Snapshot& tree_with(const std::string& letter) { return trees_.at(letter); }

 private:
  void publish(const std::string& letter);
  improvement::Component component(const std::string& name, const std::string& letter,
                                   const Edition& wanted);
  tuf::Repository repository();
  const crypto::Signer* signer(const std::string& role);

  sys::sim::FileSystem disk_;
  sys::sim::Clock clock_;
  tuf::TestKeyRing ring_;
  /// One key a role, so that whoever has it has the role.
  tuf::Founding founding_{ring_.make_role(1, 1), ring_.make_role(1, 1), ring_.make_role(1, 1),
                          ring_.make_role(1, 1), ring_.make_role(1, 1), ring_.make_role(1, 1)};
  std::string newest_;
  std::string rollout_ = "none";
  std::optional<rollout::Schedule> schedule_;
  bool spoil_small_payload_ = false;
  std::string core_ = "box";
  std::function<void(improvement::Component&)> adjust_ = [](improvement::Component&) {};
  std::map<std::string, Snapshot> trees_;
};

/// What new_device() is made with.
device::Provisioning provisioning(Publisher& publisher);
/// A provisioned device on its baseline.
sys::sim::FileSystem new_device(Publisher& publisher);

using Work = std::function<Status(device::Agent&)>;
/// Hears each step with the disk at hand.
using OnStep = std::function<void(sys::FileSystem&, std::string_view)>;
/// Makes the network misbehave, or looks at what was asked of it.
using Network = std::function<void(sys::sim::Transport&)>;

/// One run of the agent program: starts, recovers, does `work`, ends.
Status run_agent(sys::sim::FileSystem& disk, Publisher& publisher, const Work& work,
                 const OnStep& on_step = {}, const Network& before = {}, const Network& after = {},
                 sys::Time now = start_time(), const device::Circumstances& circumstances = {},
                 device::Workload* workload = nullptr, overlay::Mounts* mounts = nullptr);

Status poll(device::Agent& agent);
Work install(const std::string& letter);
Status remove(device::Agent& agent);

/// The letter that is on, "" on the baseline.
std::string letter_on(sys::FileSystem& disk);
/// The tree that is on.
Snapshot active_tree(sys::FileSystem& disk);

}  // namespace interlude::crash
