#pragma once
// Who signs a role, as metadata lists it, and changes of it: pure editing of a root's or a list's
// signed part. Keys that no role names any more are dropped from the file: every device pays for
// them.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "json/json.hpp"
#include "tuf/metadata.hpp"

namespace interlude::tuf {

struct RoleKeys {
  std::vector<json::Value> keys;  ///< {"keytype","scheme","keyval"}, in the order of listing
  std::uint64_t threshold = 1;

  std::vector<std::string> ids() const;
};

struct KeyChange {
  std::vector<json::Value> add;
  std::vector<std::string> remove;         ///< ids, or beginnings of them that fit one key only
  std::optional<std::uint64_t> threshold;  ///< as it is where not given
};

/// Errors: Conflict (a key to add is there already), NotFound (one to remove is not), Invalid (a
/// beginning that fits several, or a threshold that the keys could not reach).
Result<RoleKeys> changed(RoleKeys now, const KeyChange& change, const std::string& role);

/// Of the top-level role `role` in a root's signed part.
RoleKeys root_keys(const json::Value& root, const std::string& role);
void set_root_keys(json::Value& root, const std::string& role, const RoleKeys& keys);

/// Of the delegated role `role` in the signed part of targets; nothing where there is none.
std::optional<RoleKeys> delegated_keys(const json::Value& targets, const std::string& role);
/// Of a role that is delegated to.
void set_delegated_keys(json::Value& targets, const std::string& role, const RoleKeys& keys);
/// Appends a terminating delegation.
void delegate(json::Value& targets, const std::string& role, const std::string& pattern,
              const RoleKeys& keys);

/// {"keys":{…},"keyids":[…],"threshold":n} and back, for a file of its own. Corrupt where a key id
/// is not its key's.
json::Value to_json(const RoleKeys& keys);
Result<RoleKeys> role_keys_from(const json::Reader& object);

}  // namespace interlude::tuf
