#include "tuf/workflow.hpp"

#include <fmt/format.h>

#include "tuf/hashes.hpp"

namespace interlude::tuf {
namespace {

std::unexpected<Error> refuse(const std::string& name, const std::string& why) {
  return fail(ErrorKind::Untrusted, name + ": " + why);
}

}  // namespace

Status check_expiry(const std::string& name, sys::Time expires, sys::Time now) {
  if (expires > now) return {};
  return refuse(name,
                fmt::format("expired at {}, it is {}", sys::to_text(expires), sys::to_text(now)));
}

Result<Verified<Root>> next_root(const Root& trusted, ByteView raw) {
  const std::string name = fmt::format("{}.root.json", trusted.version + 1);
  // 5.3.4: signed by the threshold of the trusted root and by its own.
  const Result<Verified<Root>> by_trusted = Verified<Root>::check(raw, trusted.root, name);
  if (!by_trusted) return by_trusted;
  Result<Verified<Root>> next = check_own_root(raw, name);
  if (!next) return next;
  if ((*next)->version != trusted.version + 1) {  // 5.3.5
    return refuse(name, fmt::format("has version {} inside", (*next)->version));
  }
  return next;
}

Result<std::optional<Verified<Timestamp>>> next_timestamp(const Root& root, const Timestamp* stored,
                                                          ByteView raw, sys::Time now) {
  const std::string name = "timestamp.json";
  Result<Verified<Timestamp>> next =
      Verified<Timestamp>::check(raw, root.timestamp, name);  // 5.4.2
  if (!next) return std::unexpected(next.error());
  const Timestamp& fresh = **next;
  if (stored != nullptr) {  // 5.4.3
    if (fresh.version < stored->version) {
      return refuse(name, fmt::format("has version {}, version {} was here before", fresh.version,
                                      stored->version));
    }
    if (fresh.version == stored->version) {
      const Status fit = check_expiry(name, stored->expires, now);
      if (!fit) return std::unexpected(fit.error());
      return std::optional<Verified<Timestamp>>();
    }
    if (fresh.snapshot.version < stored->snapshot.version) {
      return refuse(name,
                    fmt::format("names version {} of the snapshot, version {} was here before",
                                fresh.snapshot.version, stored->snapshot.version));
    }
  }
  const Status fit = check_expiry(name, fresh.expires, now);  // 5.4.4
  if (!fit) return std::unexpected(fit.error());
  return std::optional<Verified<Timestamp>>(std::move(*next));
}

Result<Verified<Snapshot>> next_snapshot(const Root& root, const Timestamp& timestamp,
                                         const Snapshot* stored, ByteView raw, sys::Time now) {
  const std::string name = "snapshot.json";
  const FileMeta& announced = timestamp.snapshot;
  const Status bytes = check_bytes(raw, announced.length, announced.hashes, name);  // 5.5.2
  if (!bytes) return std::unexpected(bytes.error());
  Result<Verified<Snapshot>> next = Verified<Snapshot>::check(raw, root.snapshot, name);  // 5.5.3
  if (!next) return next;
  const Snapshot& fresh = **next;
  if (fresh.version != announced.version) {  // 5.5.4
    return refuse(name,
                  fmt::format("has version {}, announced is {}", fresh.version, announced.version));
  }
  if (stored != nullptr) {  // 5.5.5
    for (const auto& [file, before] : stored->meta) {
      const auto entry = fresh.meta.find(file);
      if (entry == fresh.meta.end()) {
        return refuse(name, fmt::format("no longer lists {}", file));
      }
      if (entry->second.version < before.version) {
        return refuse(name, fmt::format("lists version {} of {}, version {} was here before",
                                        entry->second.version, file, before.version));
      }
    }
  }
  const Status fit = check_expiry(name, fresh.expires, now);  // 5.5.6
  if (!fit) return std::unexpected(fit.error());
  return next;
}

Result<FileMeta> listed(const Snapshot& snapshot, const std::string& role) {
  // Here a role's name stands as it is: it is not a file's name yet.
  const auto entry = snapshot.meta.find(role + ".json");
  if (entry != snapshot.meta.end()) return entry->second;
  return refuse("snapshot.json", fmt::format("does not list the role \"{}\"", role));
}

Result<Verified<Targets>> next_targets(const std::string& role, const Signers& signers,
                                       const FileMeta& announced, ByteView raw, sys::Time now) {
  const std::string name = file_name_of_role(role);
  const Status bytes = check_bytes(raw, announced.length, announced.hashes, name);  // 5.6.2
  if (!bytes) return std::unexpected(bytes.error());
  Result<Verified<Targets>> next = Verified<Targets>::check(raw, signers, name);  // 5.6.3
  if (!next) return next;
  if ((*next)->version != announced.version) {  // 5.6.4
    return refuse(
        name, fmt::format("has version {}, announced is {}", (*next)->version, announced.version));
  }
  const Status fit = check_expiry(name, (*next)->expires, now);  // 5.6.5
  if (!fit) return std::unexpected(fit.error());
  return next;
}

template <class T>
bool is_current(const Verified<T>& stored, const FileMeta& announced, sys::Time now) {
  return stored->version == announced.version && stored->expires > now &&
         check_bytes(stored.raw(), announced.length, announced.hashes, "stored");
}
template bool is_current(const Verified<Snapshot>&, const FileMeta&, sys::Time);
template bool is_current(const Verified<Targets>&, const FileMeta&, sys::Time);

}  // namespace interlude::tuf
