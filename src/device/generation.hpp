#pragma once
// A generation: the complete description of what is on. It is named by the hash of its description,
// and never changes once it has that name: the same improvement with the same components on is the
// same generation, so that going back to it, or installing it again, finds it.

#include <string>
#include <string_view>
#include <vector>

#include "improvement/manifest.hpp"
#include "json/json.hpp"

namespace interlude::device {

/// What became of one component of an improvement on this device.
enum class Standing {
  On,
  Absent,        ///< none of its files is here
  AlreadyFixed,  ///< the files are fixed without us
  Foreign,       ///< a file was modified locally; the component is left alone
  NotChosen,     ///< the person named other components
  Exposed,       ///< was on, and then its files were changed to others that are not fixed either
  Waiting,       ///< for the next boot, or until nobody runs it
  OnHold,        ///< its package is on hold; the component is left alone
};

struct ComponentState {
  std::string name;
  std::string before;  ///< versions, for people
  std::string after;
  Standing standing = Standing::On;
  /// Where Foreign: the path with both hashes; where Waiting: how it applies; where OnHold, Exposed:
  /// why.
  std::string note;

  bool operator==(const ComponentState&) const = default;
};

struct Generation {
  std::string letter;
  std::string content;  ///< SHA-256 of the signed manifest file, in hexadecimal
  std::vector<ComponentState> components;

  bool operator==(const Generation&) const = default;
  bool is_on(std::string_view component) const;
  bool any_on() const;
};

/// The name of its directory: 32 hexadecimal digits of the description's SHA-256.
std::string id_of(const Generation& generation);

/// "on", "absent", "already-fixed", "foreign", "not-chosen", "vulnerable-again", "waiting", "on-hold".
std::string_view name_of(Standing standing);

json::Value to_json(const Generation& generation);
json::Value to_json(const ComponentState& component);
Result<Generation> generation_from(const json::Reader& document);
Result<std::vector<ComponentState>> components_from(const std::vector<json::Reader>& list);

/// A generation with the manifest that says which files it has.
struct Improved {
  Generation generation;
  improvement::Manifest manifest;

  /// The components of the manifest that are on.
  std::vector<const improvement::Component*> on() const;
};

}  // namespace interlude::device
