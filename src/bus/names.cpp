#include "bus/names.hpp"

#include <nlohmann/json.hpp>

namespace interlude::bus {
namespace {

constexpr std::string_view kPrefix = "org.interlude.Error.";
constexpr ErrorKind kKinds[] = {ErrorKind::Internal, ErrorKind::Invalid,   ErrorKind::NotFound,
                                ErrorKind::Corrupt,  ErrorKind::Untrusted, ErrorKind::Unavailable,
                                ErrorKind::NoSpace,  ErrorKind::Denied,    ErrorKind::Conflict,
                                ErrorKind::Cancelled};

struct Foreign {
  std::string_view name;
  ErrorKind kind;
  std::string_view meaning;  ///< stands before the bus's own words
};

constexpr Foreign kForeign[] = {
    {"org.freedesktop.DBus.Error.ServiceUnknown", ErrorKind::Denied,
     "only root may change this device: its D-Bus service is not installed"},
    {"org.freedesktop.DBus.Error.NameHasNoOwner", ErrorKind::Denied,
     "only root may change this device: its D-Bus service is not there"},
    {"org.freedesktop.DBus.Error.AccessDenied", ErrorKind::Denied, "the system bus refuses it"},
    {"org.freedesktop.DBus.Error.InvalidArgs", ErrorKind::Invalid, "calling the device's service"},
    {"org.freedesktop.DBus.Error.NoReply", ErrorKind::Unavailable,
     "the device's service ended without an answer"},
};

}  // namespace

std::string error_name(ErrorKind kind) {
  std::string name(kPrefix);
  bool starts = true;
  for (const char letter : name_of(kind)) {
    if (letter == '-') {
      starts = true;
    } else {
      name += starts ? static_cast<char>(letter - 'a' + 'A') : letter;
      starts = false;
    }
  }
  return name;
}

Error error_from(std::string_view name, std::string message) {
  for (const ErrorKind kind : kKinds) {
    if (name == error_name(kind)) return {kind, std::move(message)};
  }
  for (const Foreign& each : kForeign) {
    if (name == each.name) return Error(each.kind, std::move(message)).during(each.meaning);
  }
  return Error(ErrorKind::Internal, std::move(message)).during(name);
}

std::optional<ErrorKind> parse_kind(std::string_view name) {
  for (const ErrorKind kind : kKinds) {
    if (name == name_of(kind)) return kind;
  }
  return std::nullopt;
}

std::string utf8(const std::string& text) {
  const nlohmann::json value = text;
  return nlohmann::json::parse(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace))
      .get<std::string>();
}

}  // namespace interlude::bus
