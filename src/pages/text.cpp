#include "pages/text.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>

namespace interlude::pages {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t bytes = 0;  // 0: no UTF-8
};

// The first code point of `text`, which is not empty, in its shortest form.
CodePoint decoded(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
  std::uint32_t value = lead & (0x7FU >> bytes);
  for (std::size_t at = 1; at < bytes; ++at) {
    if ((byte(at) & 0xC0U) != 0x80) return {};
    value = value << 6U | (byte(at) & 0x3FU);
  }
  constexpr std::array<std::uint32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < kLeast.at(bytes) || value > 0x10FFFF || surrogate) return {};
  return {value, bytes};
}

bool is_shown(std::uint32_t value) {
  const auto within = [&](std::uint32_t first, std::uint32_t last) {
    return value >= first && value <= last;
  };
  const bool control = value < 0x20 || within(0x7F, 0x9F);
  const bool line = within(0x2028, 0x2029);
  const bool direction = within(0x202A, 0x202E) || within(0x2066, 0x2069);
  const bool no_character = within(0xFDD0, 0xFDEF) || (value & 0xFFFEU) == 0xFFFE;
  return !control && !line && !direction && !no_character;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint next = decoded(text);
    if (next.value == '&') {
      out += "&amp;";
    } else if (next.value == '<') {
      out += "&lt;";
    } else if (next.value == '>') {
      out += "&gt;";
    } else if (next.value == '"') {
      out += "&quot;";
    } else if (next.value == '\'') {
      out += "&#39;";
    } else if (next.value == '\t' || next.value == '\n' || next.value == '\r') {
      out += ' ';
    } else if (next.bytes == 0 || !is_shown(next.value)) {
      out += kReplacement;
    } else {
      out += text.substr(0, next.bytes);
    }
    text.remove_prefix(next.bytes == 0 ? 1 : next.bytes);
  }
  return out;
}

bool is_web_address(std::string_view text) {
  const bool web = text.starts_with("https://") || text.starts_with("http://");
  return web && text.find_first_of(" \t\n\r\"<>\\^`{|}") == std::string_view::npos;
}

std::string date_text(sys::Time time) {
  constexpr std::array<std::string_view, 12> kMonths = {
      "January", "February", "March",     "April",   "May",      "June",
      "July",    "August",   "September", "October", "November", "December"};
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(time));
  return fmt::format("{} {} {}", static_cast<unsigned>(date.day()),
                     kMonths.at(static_cast<unsigned>(date.month()) - 1),
                     static_cast<int>(date.year()));
}

std::string time_text(sys::Time time) {
  return fmt::format("{}, {} UTC", date_text(time), sys::to_text(time).substr(11, 5));
}

std::string span_text(std::chrono::minutes span) {
  constexpr auto kHour = std::chrono::minutes(60);
  constexpr auto kDay = std::chrono::minutes(24 * 60);
  if (span.count() % kDay.count() == 0 && span >= 2 * kDay) {
    return fmt::format("{}\u00a0days", span / kDay);
  }
  if (span.count() % kHour.count() == 0) return fmt::format("{}\u00a0h", span / kHour);
  return fmt::format("{}\u00a0min", span.count());
}

std::string share_text(unsigned basis_points) {
  const unsigned whole = basis_points / 100;
  const unsigned rest = basis_points % 100;
  if (rest == 0) return fmt::format("{}\u00a0%", whole);
  if (rest % 10 == 0) return fmt::format("{}.{}\u00a0%", whole, rest / 10);
  return fmt::format("{}.{:02}\u00a0%", whole, rest);
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = bits << 8U | (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      out += i <= count ? kDigits[bits >> (18 - 6 * i) & 0x3FU] : '=';
    }
  }
  return out;
}

}  // namespace interlude::pages
