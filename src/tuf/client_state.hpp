#pragma once
// What a client holds between calls; seen by its own files only.

#include <map>
#include <optional>
#include <string_view>

#include "tuf/client.hpp"
#include "tuf/mirrors.hpp"
#include "tuf/store.hpp"
#include "tuf/workflow.hpp"

namespace interlude::tuf {

struct Client::State {
  State(sys::FileSystem& disk_, sys::Transport& transport, sys::Clock& clock_, Path directory,
        std::vector<Mirror> all, Reading reading_)
      : disk(disk_),
        clock(clock_),
        store(disk_, std::move(directory)),
        mirrors(transport, std::move(all)),
        reading(reading_) {}

  sys::FileSystem& disk;
  sys::Clock& clock;
  Store store;
  Mirrors mirrors;
  Reading reading;

  /// No: nothing to build upon. Offline: what is on disk, whatever its expiry.
  enum class Ready { No, Offline, Current } ready = Ready::No;
  sys::Time now;  ///< 5.1: one time for a whole update
  std::optional<Verified<Root>> root;
  std::map<std::uint64_t, Bytes> new_roots;  ///< trusted since this client was made, by version
  std::optional<Verified<Timestamp>> timestamp;
  std::optional<Verified<Snapshot>> snapshot;
  std::optional<Verified<Targets>> targets;

  /// A timestamp that `changed` received and `refresh` is to use.
  struct Answer {
    std::string from;  ///< the mirror's URL for metadata
    Fetched fetched;
  };
  std::optional<Answer> answer;

  Status begin();
  Status load_stored();
  Status load_below_root();
  bool complete() const;
  Status refresh_from(const Mirror& mirror);
  Status update_root(const Mirror& mirror);
  Status accept_root(Verified<Root> next);
  Status forget_announced();
  Status update_timestamp(const Mirror& mirror);
  Status update_snapshot(const Mirror& mirror);
  Status update_targets(const Mirror& mirror);
  Result<Verified<Targets>> fetch_targets(const Mirror& mirror, const std::string& role,
                                          const Signers& signers, const FileMeta& announced);
  Result<Verified<Targets>> delegated_role(const Delegation& delegation);
  Result<Bytes> new_root(std::string_view version) const;
  Status require_ready() const;
};

}  // namespace interlude::tuf
