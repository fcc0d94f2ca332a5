#pragma once
// Every key of a policy file: how it is read, checked, and shown.

#include <span>

#include "document/table.hpp"
#include "policy/policy.hpp"

namespace interlude::policy {

struct Key {
  std::string_view name;
  /// Takes the value from `table`, which has the key. Invalid, with file and line.
  Status (*read)(Effective& into, const document::Table& table, std::string_view key);
  /// As a policy file could say it; null where only leaving it out says it.
  json::Value (*show)(const Effective& from);
};

std::span<const Key> keys();

}  // namespace interlude::policy
