#include "dpkg/control.hpp"

#include <algorithm>

#include "dpkg/version.hpp"

namespace interlude::dpkg {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t start = text.find_first_not_of(kSpace);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(kSpace) - start + 1);
}

/// Calls `take` for each piece of `text` between separators.
template <class Take>
void each_piece(std::string_view text, char separator, Take take) {
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(separator, start), text.size());
    take(text.substr(start, end - start));
    start = end + 1;
  }
}

/// `name:any (>= 1.0) [amd64] <!nocheck>`: what follows the parenthesis is for source packages.
Relation parse_relation(std::string_view text) {
  Relation relation;
  const std::size_t name_end = std::min(text.find_first_of(" \t:(["), text.size());
  relation.package = text.substr(0, name_end);
  const std::size_t open = text.find('(');
  const std::size_t close = text.find(')', open == std::string_view::npos ? 0 : open);
  if (open == std::string_view::npos || close == std::string_view::npos) return relation;
  const std::string_view bound = trimmed(text.substr(open + 1, close - open - 1));
  const std::size_t version = std::min(bound.find_first_not_of("<>="), bound.size());
  relation.operation = bound.substr(0, version);
  relation.version = trimmed(bound.substr(version));
  return relation;
}

}  // namespace

std::vector<Paragraph> parse_paragraphs(std::string_view text) {
  std::vector<Paragraph> paragraphs;
  std::string* field = nullptr;
  bool inside = false;
  each_piece(text, '\n', [&](std::string_view line) {
    if (trimmed(line).empty()) {
      inside = false;
      field = nullptr;
      return;
    }
    if (line.front() == ' ' || line.front() == '\t') {
      if (field != nullptr) field->append("\n").append(line);
      return;
    }
    const std::size_t colon = line.find(':');
    field = nullptr;
    if (colon == std::string_view::npos || line.front() == '#') return;
    if (!inside) paragraphs.emplace_back();
    inside = true;
    field = &paragraphs.back()[std::string(line.substr(0, colon))];
    *field = trimmed(line.substr(colon + 1));
  });
  return paragraphs;
}

std::string field_of(const Paragraph& paragraph, std::string_view name) {
  const auto found = paragraph.find(name);
  return found == paragraph.end() ? "" : std::string(trimmed(found->second));
}

std::vector<Dependency> parse_dependencies(std::string_view field) {
  std::vector<Dependency> dependencies;
  each_piece(field, ',', [&](std::string_view entry) {
    Dependency dependency{std::string(trimmed(entry)), {}};
    if (dependency.text.empty()) return;
    each_piece(entry, '|', [&](std::string_view alternative) {
      Relation relation = parse_relation(trimmed(alternative));
      if (!relation.package.empty()) dependency.alternatives.push_back(std::move(relation));
    });
    dependencies.push_back(std::move(dependency));
  });
  return dependencies;
}

bool satisfies(const Relation& relation, std::string_view version) {
  const std::strong_ordering order = compare_versions(version, relation.version);
  if (relation.operation == "<<") return order < 0;
  if (relation.operation == "<=" || relation.operation == "<") return order <= 0;
  if (relation.operation == "=") return order == 0;
  if (relation.operation == ">=" || relation.operation == ">") return order >= 0;
  if (relation.operation == ">>") return order > 0;
  return true;
}

}  // namespace interlude::dpkg
