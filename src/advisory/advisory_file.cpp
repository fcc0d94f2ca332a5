#include "advisory/advisory_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "document/table.hpp"

namespace interlude::advisory {
namespace {

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/// A manifest can hold no control characters, and a terminal should never be shown any.
bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

Result<std::string> shown_text(const document::Table& table, std::string_view key) {
  const Result<std::string> text = table.text_or(key, "");
  if (!text) return text;
  std::string line = folded(*text);
  if (std::ranges::any_of(line, is_control)) {
    return std::unexpected(table.error(key, "has a control character"));
  }
  return line;
}

Result<improvement::Advisory> read(const document::Table& table) {
  if (const Status known = table.only({"id", "component", "impact", "description", "references"});
      !known) {
    return std::unexpected(known.error());
  }
  improvement::Advisory advisory;
  for (auto [key, member] : {std::pair{"id", &advisory.id},
                             {"component", &advisory.component},
                             {"impact", &advisory.impact},
                             {"description", &advisory.description}}) {
    Result<std::string> text = shown_text(table, key);
    if (!text) return std::unexpected(text.error());
    *member = std::move(*text);
  }
  if (advisory.id.empty()) return std::unexpected(table.error("id", "is missing"));
  Result<std::vector<std::string>> references = table.texts("references");
  if (!references) return std::unexpected(references.error());
  for (std::string& reference : *references) {
    reference = folded(reference);
    if (!std::ranges::any_of(reference, is_control)) continue;
    return std::unexpected(table.error("references", "has a control character"));
  }
  advisory.references = std::move(*references);
  return advisory;
}

}  // namespace

std::string folded(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (!is_space(c)) {
      line.push_back(c);
    } else if (!line.empty() && line.back() != ' ') {
      line.push_back(' ');
    }
  }
  if (line.ends_with(' ')) line.pop_back();
  return line;
}

Result<std::vector<improvement::Advisory>> parse_advisories(std::string_view text,
                                                            const std::string& file) {
  const Result<document::Table> top = document::parse_table(text, file);
  if (!top) return std::unexpected(top.error());
  if (const Status known = top->only({"advisory"}); !known) return std::unexpected(known.error());
  const Result<std::vector<document::Table>> tables = top->tables("advisory");
  if (!tables) return std::unexpected(tables.error());

  std::vector<improvement::Advisory> all;
  std::set<std::pair<std::string, std::string>> seen;
  for (const document::Table& table : *tables) {
    Result<improvement::Advisory> advisory = read(table);
    if (!advisory) return std::unexpected(advisory.error());
    if (!seen.emplace(advisory->id, advisory->component).second) {
      return std::unexpected(table.error("id", fmt::format("\"{}\" stands twice", advisory->id)));
    }
    all.push_back(std::move(*advisory));
  }
  if (all.empty()) return std::unexpected(top->error("", "has no [[advisory]] table"));
  return all;
}

}  // namespace interlude::advisory
