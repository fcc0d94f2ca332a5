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

Result<Verified<Root>> next_root(const Root& trusted, ByteView raw, Reading reading) {
  const std::string name = fmt::format("{}.root.json", trusted.version + 1);
  // 5.3.4: signed by the threshold of the trusted root and by its own.
  const Result<Verified<Root>> by_trusted = Verified<Root>::check(raw, trusted.root, name, reading);
  // check: root-signed-by-trusted
  if (!by_trusted) return by_trusted;
  Result<Verified<Root>> next = check_own_root(raw, name);
  if (!next) return next;
  // check: root-version (5.3.5)
  if ((*next)->version != trusted.version + 1) {
    return refuse(name, fmt::format("has version {} inside", (*next)->version));
  }
  return next;
}

Result<std::optional<Verified<Timestamp>>> next_timestamp(const Root& root, const Timestamp* stored,
                                                          ByteView raw, sys::Time now,
                                                          Reading reading) {
  const std::string name = "timestamp.json";
  Result<Verified<Timestamp>> next =
      Verified<Timestamp>::check(raw, root.timestamp, name, reading);  // 5.4.2
  if (!next) return std::unexpected(next.error());
  const Timestamp& fresh = **next;
  if (stored != nullptr) {  // 5.4.3
    // check: timestamp-version
    if (fresh.version < stored->version) {
      return refuse(name, fmt::format("has version {}, version {} was here before", fresh.version,
                                      stored->version));
    }
    // check: timestamp-equal
    if (fresh.version == stored->version) {
      // check: timestamp-stored-expiry
      const Status fit = check_expiry(name, stored->expires, now);
      if (!fit) return std::unexpected(fit.error());
      return std::optional<Verified<Timestamp>>();
    }
    // check: timestamp-snapshot-version
    if (fresh.snapshot.version < stored->snapshot.version) {
      return refuse(name,
                    fmt::format("names version {} of the snapshot, version {} was here before",
                                fresh.snapshot.version, stored->snapshot.version));
    }
  }
  // check: timestamp-expiry (5.4.4)
  const Status fit = check_expiry(name, fresh.expires, now);
  if (!fit) return std::unexpected(fit.error());
  return std::optional<Verified<Timestamp>>(std::move(*next));
}

Result<Verified<Snapshot>> next_snapshot(const Root& root, const Timestamp& timestamp,
                                         const Snapshot* stored, ByteView raw, sys::Time now,
                                         Reading reading) {
  const std::string name = "snapshot.json";
  const FileMeta& announced = timestamp.snapshot;
  // check: snapshot-bytes (5.5.2)
  const Status bytes = check_bytes(raw, announced.length, announced.hashes, name);
  if (!bytes) return std::unexpected(bytes.error());
  Result<Verified<Snapshot>> next =
      Verified<Snapshot>::check(raw, root.snapshot, name, reading);  // 5.5.3
  if (!next) return next;
  const Snapshot& fresh = **next;
  // check: snapshot-version (5.5.4)
  if (fresh.version != announced.version) {
    return refuse(name,
                  fmt::format("has version {}, announced is {}", fresh.version, announced.version));
  }
  if (stored != nullptr) {  // 5.5.5
    for (const auto& [file, before] : stored->meta) {
      const auto entry = fresh.meta.find(file);
      // check: snapshot-role-dropped
      if (entry == fresh.meta.end()) {
        return refuse(name, fmt::format("no longer lists {}", file));
      }
      // check: snapshot-role-version
      if (entry->second.version < before.version) {
        return refuse(name, fmt::format("lists version {} of {}, version {} was here before",
                                        entry->second.version, file, before.version));
      }
    }
  }
  // check: snapshot-expiry (5.5.6)
  const Status fit = check_expiry(name, fresh.expires, now);
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
                                       const FileMeta& announced, ByteView raw, sys::Time now,
                                       Reading reading) {
  const std::string name = file_name_of_role(role);
  // check: targets-bytes (5.6.2)
  const Status bytes = check_bytes(raw, announced.length, announced.hashes, name);
  if (!bytes) return std::unexpected(bytes.error());
  Result<Verified<Targets>> next = Verified<Targets>::check(raw, signers, name, reading);  // 5.6.3
  if (!next) return next;
  // check: targets-version (5.6.4)
  if ((*next)->version != announced.version) {
    return refuse(
        name, fmt::format("has version {}, announced is {}", (*next)->version, announced.version));
  }
  // check: targets-role-name
  if ((*next)->role_name.value_or(role) != role) {
    return refuse(name, fmt::format("is the list \"{}\"", *(*next)->role_name));
  }
  // check: targets-expiry (5.6.5)
  const Status fit = check_expiry(name, (*next)->expires, now);
  if (!fit) return std::unexpected(fit.error());
  return next;
}

template <class T>
bool is_current(const Verified<T>& stored, const FileMeta& announced, sys::Time now) {
  if (stored->version != announced.version) return false;
  // check: stored-expiry
  if (stored->expires <= now) return false;
  return bool(check_bytes(stored.raw(), announced.length, announced.hashes, "stored"));
}
template bool is_current(const Verified<Snapshot>&, const FileMeta&, sys::Time);
template bool is_current(const Verified<Targets>&, const FileMeta&, sys::Time);

}  // namespace interlude::tuf
