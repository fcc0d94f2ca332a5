#include "overlay/boot_file.hpp"

#include <fmt/format.h>

#include <charconv>

namespace interlude::overlay {
namespace {

constexpr std::uint64_t kLargestBootFile = 1U << 14U;

void set(BootFile& boot, std::string_view key, std::string_view value) {
  if (key == "generation") boot.generation = value;
  if (key == "previous") boot.previous = value;
  if (key == "state") boot.good = value == "good";
  if (key == "boot-failed") boot.failed = value;
  if (key == "why") boot.why = value;
  if (key == "removed") boot.removed = value;
  if (key == "counted") boot.counted = value;
  if (key == "tries") {
    (void)std::from_chars(value.data(), value.data() + value.size(), boot.tries);
  }
}

std::string one_line(std::string text) {
  for (char& each : text) {
    if (each == '\n') each = ' ';
  }
  return text;
}

}  // namespace

BootFile read_boot_file(sys::FileSystem& disk, const Layout& layout) {
  BootFile boot;
  const auto content = disk.read(layout.boot(), kLargestBootFile);
  if (!content) return boot;
  std::string_view text = as_text(*content);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    set(boot, line.substr(0, equals), line.substr(equals + 1));
  }
  return boot;
}

Status write_boot_file(sys::FileSystem& disk, const Layout& layout, const BootFile& boot) {
  std::string text =
      fmt::format("generation={}\nprevious={}\ntries={}\nstate={}\n", boot.generation,
                  boot.previous, boot.tries, boot.good ? "good" : "trying");
  if (!boot.failed.empty()) {
    text += fmt::format("boot-failed={}\nwhy={}\n", boot.failed, one_line(boot.why));
  }
  if (!boot.counted.empty()) text += fmt::format("counted={}\n", boot.counted);
  if (!boot.removed.empty()) text += fmt::format("removed={}\n", boot.removed);
  return sys::replace_file_spending(disk, layout.boot(), as_bytes(text), kFileMode,
                                    layout.reserve());
}

}  // namespace interlude::overlay
