#pragma once
// Whom a device follows: what its repository offers for this platform and baseline, and its files.
//
// This is the line between the part of the device that meets what a stranger sent and the part that
// may change the device. On the far side, metadata is verified and downloads grow in incoming/;
// what comes over the line is a Listing. Files do not: the near side copies them out of incoming/
// and checks them for itself (intake.hpp). DirectSource does the far side's work in this process;
// sandbox::Source has it done by processes that may do nothing else.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "improvement/manifest.hpp"
#include "tuf/target.hpp"

namespace interlude::device {

inline constexpr std::string_view kManifestName = "manifest.json.zst";

/// The list "rollout": what the publisher says while rollouts run, as far as it could be had.
struct PublisherWord {
  bool fresh = false;                ///< verified, and valid now
  std::string problem;               ///< why it is not; empty where the repository has no such list
  sys::Time expires;                 ///< its own, signed
  std::vector<std::string> key_ids;  ///< who may sign it
  json::Value members = json::Value::object();  ///< signed, not yet read
};

/// What the repository lists for this device.
struct Listing {
  bool known_baseline = false;  ///< there is a list for this platform and baseline at all
  bool rollout_required = false;
  sys::Time timestamp_expires;
  std::chrono::hours timestamp_life{
      0};  ///< the longest one, as the platform's list says; 0: it does not
  PublisherWord word;
  std::map<improvement::Letter, tuf::Target> manifests;  ///< by letter
  std::map<std::string, tuf::Target> targets;            ///< all of them, by path
};

/// A listing of `targets`, with the manifests among them found: those called
/// PREFIX/LETTER/manifest.json.zst that have a SHA-256. `prefix` is "SOURCE/PLATFORM/BASELINE".
Listing make_listing(const std::string& prefix, std::map<std::string, tuf::Target> targets,
                     bool rollout_required);

/// SHA-256 of a target, in hexadecimal; empty where the metadata has none.
std::string content_of(const tuf::Target& target);

class Source {
 public:
  /// Hears the bytes done; false stops: Cancelled.
  using GoOn = std::function<bool(std::uint64_t done)>;

  virtual ~Source() = default;

  /// Asks the repository. One conditional GET where nothing is new. `go_on` is asked now and then.
  virtual Result<Listing> ask(const GoOn& go_on) = 0;

  /// Fetches `target`, one of the last listing's, into incoming/ under the name of its content.
  /// What is there afterwards is not to be believed.
  virtual Status fetch(const tuf::Target& target, const GoOn& go_on) = 0;

  /// All bytes received so far.
  virtual std::uint64_t received_bytes() const = 0;
  /// As sys::Transport's.
  virtual std::optional<std::uint64_t> retry_after_seconds() const = 0;
};

}  // namespace interlude::device
