#include "sys/curl/content_range.hpp"

#include <charconv>

namespace interlude::sys::curl {

std::optional<std::uint64_t> start_of_content(std::string_view content_range) {
  constexpr std::string_view kUnit = "bytes ";
  constexpr std::string_view kUnsatisfied = "*/";
  if (!content_range.starts_with(kUnit)) return std::nullopt;
  content_range.remove_prefix(kUnit.size());
  const bool unsatisfied = content_range.starts_with(kUnsatisfied);
  if (unsatisfied) content_range.remove_prefix(kUnsatisfied.size());
  const char* const end = content_range.data() + content_range.size();
  std::uint64_t start = 0;
  const auto [stop, error] = std::from_chars(content_range.data(), end, start);
  const bool ends_well = unsatisfied ? stop == end : stop != end && *stop == '-';
  if (error != std::errc() || !ends_well) return std::nullopt;
  return start;
}

}  // namespace interlude::sys::curl
