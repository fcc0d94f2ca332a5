#pragma once
// TOML written by people, read strictly: every error names file, line and key, and a key nobody
// asked for is refused by name, because a misspelt one would otherwise be silently without effect.
//
// The TOML library stays behind this interface: it throws, and its headers are large.

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace interlude::document {

struct Value;

/// One table: the document itself or one of its `[[lists]]` of tables. All errors are Invalid, e.g.
/// `release.toml:12: letter: expected text`.
class Table {
 public:
  using Members = std::map<std::string, Value, std::less<>>;

  Table(std::string file, std::uint32_t line, std::shared_ptr<const Members> members)
      : file_(std::move(file)), line_(line), members_(std::move(members)) {}

  /// Refuses every key that is not `known`.
  Status only(std::span<const std::string_view> known) const;
  Status only(std::initializer_list<std::string_view> known) const {
    return only(std::span(known.begin(), known.size()));
  }
  bool has(std::string_view key) const;
  /// Where the value of `key` stands; where the table does, if it has none.
  std::uint32_t line(std::string_view key) const;

  Result<std::string> text(std::string_view key) const;
  Result<std::string> text_or(std::string_view key, std::string_view otherwise) const;
  /// A list of texts, or one text alone; empty where the key is absent.
  Result<std::vector<std::string>> texts(std::string_view key) const;
  Result<bool> flag(std::string_view key) const;
  /// A whole number from `lowest` to `highest`.
  Result<std::int64_t> integer(std::string_view key, std::int64_t lowest,
                               std::int64_t highest) const;
  /// A number, whole or not, from `lowest` to `highest`.
  Result<double> number(std::string_view key, double lowest, double highest) const;
  /// The tables `[[key]]` in order; empty where there are none.
  Result<std::vector<Table>> tables(std::string_view key) const;

  /// About the value of `key`, or about the whole table where `key` is empty or absent.
  Error error(std::string_view key, std::string_view problem) const;

 private:
  const Value* find(std::string_view key) const;

  std::string file_;
  std::uint32_t line_;
  std::shared_ptr<const Members> members_;
};

struct Other {};  ///< a kind of value that nothing here asks for: dates and times

struct Value {
  std::uint32_t line = 0;
  std::variant<Other, std::string, bool, std::int64_t, double, std::vector<Value>,
               std::shared_ptr<const Table::Members>>
      data;
};

/// `file` is the name that errors show. Errors: Invalid, with the line.
Result<Table> parse_table(std::string_view text, std::string file);

/// `text`, valid UTF-8, as a TOML string with its quotes; over several lines where it has several.
std::string toml_string(std::string_view text);

}  // namespace interlude::document
