#pragma once
// What a repository offers: one file, and the signed list it stands in.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "json/json.hpp"
#include "sys/clock.hpp"

namespace interlude::tuf {

/// One file as signed metadata lists it.
struct Target {
  std::string
      path;  ///< its name in the repository, e.g. "local/debian-12-x86_64/12.11/a/x.payload"
  std::uint64_t length = 0;
  std::map<std::string, std::string> hashes;  ///< algorithm ("sha256", "sha512") to lower-case hex
  json::Value custom;                         ///< what the signer added; null where absent
};

/// One verified list of targets.
struct TargetsRole {
  std::string name;
  std::uint64_t version = 0;
  sys::Time expires;
  std::map<std::string, Target> targets;  ///< by path
  json::Value extra;  ///< an object: signed members the specification does not know ("rollout")
  std::vector<std::string> key_ids;  ///< of all who may sign it, as its delegator says, sorted
};

}  // namespace interlude::tuf
