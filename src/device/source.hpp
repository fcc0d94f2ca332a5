#pragma once
// Whom a device follows: what its repository offers for this platform and baseline, verified.

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "device/config.hpp"
#include "device/layout.hpp"
#include "improvement/manifest.hpp"
#include "sys/clock.hpp"
#include "sys/transport.hpp"
#include "tuf/client.hpp"

namespace interlude::device {

/// What the repository lists for this device.
struct Listing {
  bool known_baseline = false;  ///< there is a list for this platform and baseline at all
  bool rollout_required = false;
  std::map<improvement::Letter, tuf::Target> manifests;  ///< by letter
  std::map<std::string, tuf::Target> targets;            ///< all of them, by path
};

/// One improvement, read and checked.
struct Offer {
  improvement::Manifest manifest;
  std::string content;       ///< SHA-256 of the signed manifest file
  std::string published_at;  ///< empty where the repository does not say
};

/// SHA-256 of a target, in hexadecimal; empty where the metadata has none.
std::string content_of(const tuf::Target& target);

class Source {
 public:
  using GoOn = std::function<bool(std::uint64_t done)>;

  Source(sys::FileSystem& disk, sys::Transport& transport, sys::Clock& clock, const Layout& layout,
         const Config& config);

  /// Asks the repository. One conditional GET where nothing is new.
  Result<Listing> ask();

  /// Fetches and reads the manifest of `letter`, which `listing` must have.
  Result<Offer> manifest(const Listing& listing, const improvement::Letter& letter,
                         const GoOn& go_on);

  /// Fetches a payload of `id` into incoming/ and returns where it is.
  Result<Path> payload(const Listing& listing, const improvement::Id& id,
                       const improvement::Payload& payload, const GoOn& go_on);

 private:
  Result<Listing> list();
  Result<Path> fetch(const tuf::Target& target, const GoOn& go_on);

  sys::FileSystem* disk_;
  Layout layout_;
  std::string source_;
  std::string platform_;
  std::string baseline_;
  std::unique_ptr<tuf::Client> client_;
};

}  // namespace interlude::device
