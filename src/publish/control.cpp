#include "publish/control.hpp"

#include <algorithm>

namespace interlude::publish {
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

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Where a character sorts among those that are no digits; the end of the text is 0.
int order_of(char c) {
  if (c == '~') return -1;
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return c;
  return static_cast<unsigned char>(c) + 256;
}

/// Takes the digits that `text` starts with, without leading zeros.
std::string_view take_number(std::string_view& text) {
  while (text.starts_with('0')) text.remove_prefix(1);
  const auto end = std::ranges::find_if_not(text, is_digit);
  const auto length = static_cast<std::size_t>(end - text.begin());
  const std::string_view digits = text.substr(0, length);
  text.remove_prefix(length);
  return digits;
}

std::strong_ordering compare_parts(std::string_view left, std::string_view right) {
  while (!left.empty() || !right.empty()) {
    while ((!left.empty() && !is_digit(left.front())) ||
           (!right.empty() && !is_digit(right.front()))) {
      const auto take = [](std::string_view& text) {
        if (text.empty() || is_digit(text.front())) return 0;
        const int order = order_of(text.front());
        text.remove_prefix(1);
        return order;
      };
      const int left_order = take(left);
      const int right_order = take(right);
      if (left_order != right_order) return left_order <=> right_order;
    }
    const std::string_view left_number = take_number(left);
    const std::string_view right_number = take_number(right);
    if (left_number.size() != right_number.size()) {
      return left_number.size() <=> right_number.size();
    }
    if (left_number != right_number) return left_number.compare(right_number) <=> 0;
  }
  return std::strong_ordering::equal;
}

struct Version {
  std::string_view epoch;
  std::string_view upstream;
  std::string_view revision;
};

Version split_version(std::string_view text) {
  Version version;
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos) {
    version.epoch = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  const std::size_t dash = text.rfind('-');
  version.upstream = text.substr(0, dash);
  if (dash != std::string_view::npos) version.revision = text.substr(dash + 1);
  return version;
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

std::strong_ordering compare_versions(std::string_view left, std::string_view right) {
  const Version one = split_version(left);
  const Version other = split_version(right);
  for (const auto part : {&Version::epoch, &Version::upstream, &Version::revision}) {
    const std::strong_ordering order = compare_parts(one.*part, other.*part);
    if (order != std::strong_ordering::equal) return order;
  }
  return std::strong_ordering::equal;
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

}  // namespace interlude::publish
