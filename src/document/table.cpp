#include "document/table.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <limits>

namespace interlude::document {
namespace {

std::shared_ptr<const Table::Members> converted(const toml::table& table);

Value converted(const toml::node& node) {
  Value value;
  value.line = node.source().begin.line;
  if (const toml::value<std::string>* text = node.as_string()) {
    value.data = text->get();
  } else if (const toml::value<bool>* flag = node.as_boolean()) {
    value.data = flag->get();
  } else if (const toml::value<std::int64_t>* integer = node.as_integer()) {
    value.data = integer->get();
  } else if (const toml::value<double>* number = node.as_floating_point()) {
    value.data = number->get();
  } else if (const toml::array* list = node.as_array()) {
    std::vector<Value> elements;
    for (const toml::node& element : *list) elements.push_back(converted(element));
    value.data = std::move(elements);
  } else if (const toml::table* table = node.as_table()) {
    value.data = converted(*table);
  }
  return value;
}

std::shared_ptr<const Table::Members> converted(const toml::table& table) {
  auto members = std::make_shared<Table::Members>();
  for (const auto& [key, node] : table) {
    members->emplace(std::string(key.str()), converted(node));
  }
  return members;
}

}  // namespace

Result<Table> parse_table(std::string_view text, std::string file) {
  try {
    return Table(file, 1, converted(toml::parse(text)));
  } catch (const toml::parse_error& error) {
    return fail(ErrorKind::Invalid,
                fmt::format("{}:{}: {}", file, error.source().begin.line, error.description()));
  }
}

const Value* Table::find(std::string_view key) const {
  const auto found = members_->find(key);
  return found == members_->end() ? nullptr : &found->second;
}

bool Table::has(std::string_view key) const {
  return find(key) != nullptr;
}

std::uint32_t Table::line(std::string_view key) const {
  const Value* value = find(key);
  return value == nullptr ? line_ : value->line;
}

Error Table::error(std::string_view key, std::string_view problem) const {
  return {ErrorKind::Invalid,
          fmt::format("{}:{}: {}{}{}", file_, line(key), key, key.empty() ? "" : ": ", problem)};
}

Status Table::only(std::span<const std::string_view> known) const {
  for (const auto& [key, value] : *members_) {
    if (std::ranges::find(known, key) != known.end()) continue;
    return std::unexpected(
        error(key, fmt::format("unknown key; expected one of: {}", fmt::join(known, ", "))));
  }
  return {};
}

Result<std::string> Table::text(std::string_view key) const {
  const Value* value = find(key);
  if (value == nullptr) return std::unexpected(error(key, "is missing"));
  const auto* text = std::get_if<std::string>(&value->data);
  if (text == nullptr) return std::unexpected(error(key, "expected text"));
  return *text;
}

Result<std::string> Table::text_or(std::string_view key, std::string_view otherwise) const {
  return has(key) ? text(key) : Result<std::string>(std::string(otherwise));
}

Result<std::vector<std::string>> Table::texts(std::string_view key) const {
  std::vector<std::string> all;
  const Value* value = find(key);
  if (value == nullptr) return all;
  if (const auto* single = std::get_if<std::string>(&value->data)) {
    all.push_back(*single);
    return all;
  }
  const auto* list = std::get_if<std::vector<Value>>(&value->data);
  if (list == nullptr) return std::unexpected(error(key, "expected a list of texts"));
  for (const Value& element : *list) {
    const auto* text = std::get_if<std::string>(&element.data);
    if (text == nullptr) return std::unexpected(error(key, "expected a list of texts"));
    all.push_back(*text);
  }
  return all;
}

Result<bool> Table::flag(std::string_view key) const {
  const Value* value = find(key);
  if (value == nullptr) return std::unexpected(error(key, "is missing"));
  const auto* flag = std::get_if<bool>(&value->data);
  if (flag == nullptr) return std::unexpected(error(key, "expected true or false"));
  return *flag;
}

Result<std::int64_t> Table::integer(std::string_view key, std::int64_t lowest,
                                    std::int64_t highest) const {
  const Value* value = find(key);
  if (value == nullptr) return std::unexpected(error(key, "is missing"));
  const auto* integer = std::get_if<std::int64_t>(&value->data);
  if (integer == nullptr || *integer < lowest || *integer > highest) {
    return std::unexpected(
        error(key, fmt::format("expected a whole number, {} to {}", lowest, highest)));
  }
  return *integer;
}

Result<double> Table::number(std::string_view key, double lowest, double highest) const {
  const Value* value = find(key);
  if (value == nullptr) return std::unexpected(error(key, "is missing"));
  const auto* integer = std::get_if<std::int64_t>(&value->data);
  const auto* fraction = std::get_if<double>(&value->data);
  const double number = integer != nullptr    ? static_cast<double>(*integer)
                        : fraction != nullptr ? *fraction
                                              : std::numeric_limits<double>::quiet_NaN();
  if (!(number >= lowest && number <= highest)) {  // also what is no number
    return std::unexpected(error(key, fmt::format("expected a number, {} to {}", lowest, highest)));
  }
  return number;
}

Result<std::vector<Table>> Table::tables(std::string_view key) const {
  std::vector<Table> all;
  const Value* value = find(key);
  if (value == nullptr) return all;
  const auto refuse = [&] {
    return std::unexpected(error(key, fmt::format("expected [[{}]] tables", key)));
  };
  const auto* list = std::get_if<std::vector<Value>>(&value->data);
  if (list == nullptr) return refuse();
  for (const Value& element : *list) {
    const auto* members = std::get_if<std::shared_ptr<const Members>>(&element.data);
    if (members == nullptr) return refuse();
    all.emplace_back(file_, element.line, *members);
  }
  return all;
}

std::string toml_string(std::string_view text) {
  const bool lines = text.find('\n') != std::string_view::npos;
  const std::string_view quotes = lines ? "\"\"\"" : "\"";
  // A line break right after the opening quotes does not belong to the text.
  std::string out = fmt::format("{}{}", quotes, lines ? "\n" : "");
  for (const char byte : text) {
    const auto code = static_cast<unsigned char>(byte);
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += byte;
    } else if (byte != '\n' && (code < 0x20 || code == 0x7F)) {
      out += fmt::format("\\u{:04X}", code);
    } else {
      out += byte;
    }
  }
  out += quotes;
  return out;
}

}  // namespace interlude::document
