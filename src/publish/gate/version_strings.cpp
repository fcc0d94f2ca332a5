#include "publish/gate/version_strings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace interlude::publish {
namespace {

constexpr std::size_t kLongestProduct = 40;
constexpr std::size_t kLongestVersion = 40;
constexpr std::size_t kLongestComment = 120;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_figure(char c) {
  return c >= '0' && c <= '9';
}
bool is_of_token(char c) {
  return is_letter(c) || is_figure(c) || c == '-' || c == '_' || c == '.' || c == '+';
}
bool is_printable_ascii(char c) {
  return c >= 0x20 && c < 0x7f;
}

/// The product that ends before `end`; "" where what stands before it makes it part of a path or of
/// something longer.
std::string_view product_before(std::string_view text, std::size_t end, bool starts_text) {
  std::size_t start = end;
  while (start > 0 && end - start <= kLongestProduct && is_of_token(text[start - 1])) --start;
  const std::string_view product = text.substr(start, end - start);
  if (product.size() < 2 || product.size() > kLongestProduct || !is_letter(product.front())) {
    return {};
  }
  if (start == 0) return product;
  const char before = text[start - 1];
  if (!is_printable_ascii(before)) return product;
  const bool separates = std::string_view(" (;,\"'=").find(before) != std::string_view::npos;
  return separates && !starts_text ? product : std::string_view{};
}

/// Figures and dots, at least one of these, and what may be appended: "3.0.20", "1.1.1k-fips".
std::string_view version_at(std::string_view text, std::size_t start) {
  std::size_t end = start;
  std::size_t dots = 0;
  while (end < text.size() && end - start < kLongestVersion &&
         (is_of_token(text[end]) || text[end] == '~')) {
    dots += text[end] == '.' ? 1U : 0U;
    ++end;
  }
  while (end > start && text[end - 1] == '.') --end;  // a sentence ends
  const std::string_view version = text.substr(start, end - start);
  const bool goes_on = end < text.size() && text[end] == '/';
  if (version.size() < 3 || dots == 0 || goes_on) return {};
  const std::size_t dot = version.find('.');
  if (dot == std::string_view::npos || dot + 1 >= version.size()) return {};
  const bool numbers =
      std::ranges::all_of(version.substr(0, dot), is_figure) && is_figure(version[dot + 1]);
  return numbers ? version : std::string_view{};
}

/// " (like Gecko)" at `start`, or "".
std::string_view comment_at(std::string_view text, std::size_t start) {
  if (text.substr(start, 2) != " (") return {};
  const std::string_view rest = text.substr(start, kLongestComment);
  const std::size_t close = rest.find(')');
  if (close == std::string_view::npos) return {};
  const std::string_view comment = rest.substr(0, close + 1);
  return std::ranges::all_of(comment, is_printable_ascii) ? comment : std::string_view{};
}

Result<std::map<std::string, std::set<std::string>>> strings_of(const Content& content) {
  const auto file = content();
  if (!file) return std::unexpected(file.error());
  const Result<ByteView> bytes = (*file)->view();
  if (!bytes) return std::unexpected(bytes.error());
  return version_strings(*bytes);
}

std::vector<std::string> missing_in(const std::set<std::string>& texts,
                                    const std::set<std::string>& others) {
  std::vector<std::string> missing;
  std::ranges::set_difference(texts, others, std::back_inserter(missing));
  return missing;
}

}  // namespace

std::map<std::string, std::set<std::string>> version_strings(ByteView content) {
  const std::string_view text = as_text(content);
  std::map<std::string, std::set<std::string>> strings;
  for (std::size_t at = text.find_first_of("/ "); at != std::string_view::npos;
       at = text.find_first_of("/ ", at + 1)) {
    if (at + 1 >= text.size() || !is_figure(text[at + 1])) continue;
    const bool spaced = text[at] == ' ';
    const std::string_view product = product_before(text, at, spaced);
    const std::string_view version = version_at(text, at + 1);
    if (product.empty() || version.empty()) continue;
    // "Name 1.2" begins many a text: a name, and more than two numbers, for it to be a version.
    if (spaced && (std::ranges::count(version, '.') < 2 || is_letter(product.front()) == false ||
                   product.front() >= 'a')) {
      continue;
    }
    const std::string_view comment = comment_at(text, at + 1 + version.size());
    strings[std::string(product)].insert(
        fmt::format("{}{}{}{}", product, text[at], version, comment));
  }
  return strings;
}

Status judge_version_strings(std::span<const Subject> subjects, Findings& findings) {
  for (const Subject& subject : subjects) {
    const Change& change = *subject.change;
    if (!change.before || !change.after ||
        change.file.before->digest == change.file.after->digest) {
      continue;
    }
    const auto before = strings_of(change.before);
    if (!before) return std::unexpected(before.error().during(subject.path()));
    const auto after = strings_of(change.after);
    if (!after) return std::unexpected(after.error().during(subject.path()));
    for (const auto& [product, texts] : *before) {
      const auto found = after->find(product);
      if (found == after->end()) continue;
      const std::vector<std::string> gone = missing_in(texts, found->second);
      const std::vector<std::string> added = missing_in(found->second, texts);
      if (gone.empty() || added.empty()) continue;
      findings.warnings.push_back({rule::kVersionString,
                                   subject.path(),
                                   "a version string changes, which others may be sent and look at",
                                   some_of(gone),
                                   some_of(added),
                                   {},
                                   subject.component});
    }
  }
  return {};
}

}  // namespace interlude::publish
