#pragma once
// The same repository at several places, none of them trusted: what one does not have, or has
// wrong, the next may have right.

#include <functional>
#include <string>
#include <vector>

#include "base/path.hpp"
#include "sys/transport.hpp"

namespace interlude::tuf {

/// Where one copy of a repository is.
struct Mirror {
  std::string metadata;  ///< URL that metadata files are below
  std::string targets;   ///< URL that target files are below
};

/// Repositories laid out as ours are: URL/metadata/… and URL/targets/….
std::vector<Mirror> mirrors_at(const std::vector<std::string>& urls);

/// A metadata file as a mirror sent it.
struct Fetched {
  Bytes raw;
  std::string etag;
  bool not_modified = false;  ///< nothing came: it still is what the request's etag names
};

class Mirrors {
 public:
  Mirrors(sys::Transport& transport, std::vector<Mirror> all)
      : transport_(&transport), all_(std::move(all)) {}

  sys::Transport& transport() const { return *transport_; }

  /// Calls `attempt` with one mirror after the other, once each, until one succeeds; that one comes
  /// first next time. Errors that no other mirror can mend (the disk's, Cancelled) end it at once.
  /// Otherwise the error that tells most: a refusal of what came, rather than that nothing came.
  Status try_each(const std::function<Status(const Mirror& mirror)>& attempt);

  /// The metadata file `file` of a mirror. Errors: NotFound, Unavailable, Cancelled, Invalid (URL),
  /// Corrupt (more than `limit_bytes`).
  Result<Fetched> metadata(const Mirror& mirror, const std::string& file, std::uint64_t limit_bytes,
                           const std::string& etag = "") const;

 private:
  sys::Transport* transport_;
  std::vector<Mirror> all_;
  std::size_t preferred_ = 0;
};

/// What a failed transfer means here: longer than allowed is Corrupt, what the system says about
/// the network is Unavailable.
Error transfer_error(const Error& error, const std::string& file, std::uint64_t limit_bytes);

}  // namespace interlude::tuf
