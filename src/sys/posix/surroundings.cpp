#include "sys/posix/surroundings.hpp"

#include <sys/timex.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <string>

#include "sys/posix/file_system.hpp"

namespace interlude::sys::posix {
namespace {

constexpr std::uint64_t kLargestAttribute = 4096;

/// One line of sysfs, without its end; empty where it cannot be read.
std::string attribute(sys::FileSystem& disk, const Path& supply, const char* name) {
  const auto text = disk.read(join(supply, name), kLargestAttribute);
  if (!text) return "";
  std::string line(as_text(*text));
  while (!line.empty() && line.back() == '\n') line.pop_back();
  return line;
}

std::optional<std::uint32_t> number(const std::string& text) {
  std::uint32_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || parsed.ec != std::errc()) return std::nullopt;
  return value;
}

}  // namespace

bool clock_is_synchronised() {
  timex state{};
  return adjtimex(&state) >= 0 && (state.status & STA_UNSYNC) == 0;
}

std::chrono::minutes utc_offset() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  if (localtime_r(&now, &local) == nullptr) return std::chrono::minutes(0);
  return std::chrono::minutes(local.tm_gmtoff / 60);
}

std::optional<std::uint32_t> battery(const Path& power_supplies) {
  FileSystem disk;
  const auto supplies = disk.list(power_supplies);
  std::optional<std::uint32_t> lowest;
  if (!supplies) return lowest;
  for (const std::string& name : *supplies) {
    const Path supply = join(power_supplies, name);
    const std::string type = attribute(disk, supply, "type");
    if (type != "Battery" && attribute(disk, supply, "online") == "1") return std::nullopt;
    if (type != "Battery" || attribute(disk, supply, "scope") == "Device") continue;
    if (attribute(disk, supply, "status") == "Charging") return std::nullopt;
    const auto charge = number(attribute(disk, supply, "capacity"));
    if (charge) lowest = std::min(*charge, lowest.value_or(*charge));
  }
  return lowest;
}

}  // namespace interlude::sys::posix
