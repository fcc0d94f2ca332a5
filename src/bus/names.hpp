#pragma once
// What others call us by on the system bus: docs/dbus.md.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace interlude::bus {

inline constexpr const char* kService = "org.interlude.Agent1";
inline constexpr const char* kObject = "/org/interlude/Agent1";
inline constexpr const char* kInterface = "org.interlude.Agent1";
/// Raised when a member changes its meaning, not when one joins.
inline constexpr unsigned kInterfaceVersion = 1;

/// "org.interlude.Error.NotFound"
std::string error_name(ErrorKind kind);
/// An error as the bus delivers it, of ours or of the bus itself.
Error error_from(std::string_view name, std::string message);
/// The kind whose name_of() is `name`.
std::optional<ErrorKind> parse_kind(std::string_view name);

/// `text` as it may travel: what is not UTF-8 in it is replaced.
std::string utf8(const std::string& text);

}  // namespace interlude::bus
