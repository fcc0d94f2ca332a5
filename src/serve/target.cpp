#include "serve/target.hpp"

#include <charconv>

namespace interlude::serve {
namespace {

constexpr std::string_view kIndex = "index.html";

/// The byte that two hexadecimal digits of either case stand for.
Result<char> unescape(std::string_view digits) {
  constexpr int kHexadecimal = 16;
  std::uint8_t byte = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, byte, kHexadecimal);
  if (digits.size() != 2 || error != std::errc() || stop != end) {
    return fail(ErrorKind::NotFound, "malformed escape");
  }
  return static_cast<char>(byte);
}

}  // namespace

Result<Path> path_of(std::string_view target) {
  if (!target.starts_with('/')) return fail(ErrorKind::NotFound, "not an absolute path");
  target = target.substr(1, target.find('?') - 1);
  Path path;
  while (!target.empty()) {
    if (target.front() != '%') {
      path.push_back(target.front());
      target.remove_prefix(1);
      continue;
    }
    const Result<char> byte = unescape(target.substr(1, 2));
    if (!byte) return std::unexpected(byte.error());
    path.push_back(*byte);
    target.remove_prefix(3);
  }
  if (path.empty() || path.ends_with('/')) path += kIndex;
  // Only after decoding: "%2e%2e" is ".." as well.
  if (const Status canonical = check_canonical(path); !canonical) {
    return fail(ErrorKind::NotFound, canonical.error().message());
  }
  return path;
}

}  // namespace interlude::serve
