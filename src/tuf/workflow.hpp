#pragma once
// The decisions of the client workflow (specification 5), as pure functions: what is trusted, the
// bytes that came, and the time in; newly trusted metadata or a refusal out. In which order bytes
// are fetched and stored is the client's part (tuf/client.cpp).
//
// `now` is taken once per update (5.1). Expired means: expires <= now. `reading` says what may be
// done with `raw` before it is known who signed it.

#include <optional>

#include "tuf/metadata.hpp"

namespace interlude::tuf {

/// Untrusted if it has expired.
Status check_expiry(const std::string& name, sys::Time expires, sys::Time now);

/// 5.3.4 and 5.3.5: `raw` is the root that follows `trusted`. Its own expiry does not matter yet.
Result<Verified<Root>> next_root(const Root& trusted, ByteView raw, Reading reading);

/// 5.4.2 to 5.4.4. `stored` is the trusted timestamp, if any, whatever its expiry. Nothing comes
/// back where `raw` has the stored version: the stored one stays.
Result<std::optional<Verified<Timestamp>>> next_timestamp(const Root& root, const Timestamp* stored,
                                                          ByteView raw, sys::Time now,
                                                          Reading reading);

/// 5.5.2 to 5.5.6. `stored` is the last trusted snapshot, if any, even if it is expired or no
/// longer is the announced one: no list may go back behind it.
Result<Verified<Snapshot>> next_snapshot(const Root& root, const Timestamp& timestamp,
                                         const Snapshot* stored, ByteView raw, sys::Time now,
                                         Reading reading);

/// What the snapshot says about the list `role`. Untrusted if it does not know it.
Result<FileMeta> listed(const Snapshot& snapshot, const std::string& role);

/// 5.6.2 to 5.6.5, for the top-level list and delegated ones alike: `signers` are the delegator's.
/// A list that says that it is another one is refused.
Result<Verified<Targets>> next_targets(const std::string& role, const Signers& signers,
                                       const FileMeta& announced, ByteView raw, sys::Time now,
                                       Reading reading);

/// Whether what is stored is exactly what is announced, and has not expired: no request is needed.
template <class T>
bool is_current(const Verified<T>& stored, const FileMeta& announced, sys::Time now);

/// 5.6.7: the delegations of `targets` that may speak for `path`, in order.
std::vector<Delegation> delegations_for(const Targets& targets, const std::string& path);
/// 4.5: by path pattern or by prefix of the path's hash. `*` is any run of characters within one
/// part of the path, `?` is one character; all others mean themselves.
bool matches(const Delegation& delegation, const std::string& path);

}  // namespace interlude::tuf
