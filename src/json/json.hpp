#pragma once
// JSON from outside, read strictly, and the one canonical way to write it.
//
// nlohmann's parser keeps the last of duplicate members and turns large or fractional numbers into
// doubles; here both are errors, as is nesting beyond a cap, so that two readers can never see two
// meanings. Canonical JSON is the form TUF signs (specification 4.1, OLPC): UTF-8, no white space,
// members sorted by code point, integers only, and only
// '"' and '\' escaped.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace interlude::json {

using Value = nlohmann::json;

inline constexpr int kDeepest = 32;

/// Errors: Corrupt, naming what is wrong and, where known, at which byte. Duplicate members,
/// fractions, exponents, integers beyond ±(2^63-1), invalid UTF-8, nesting deeper than `kDeepest`
/// and anything after the value are refused.
Result<Value> parse(ByteView text);

/// The canonical form. Floating-point values have none: `value` must hold none (parse() never makes
/// one).
std::string canonical(const Value& value);

/// Without white space, members sorted, and always what parse() takes: bytes that are no text are
/// replaced. For files of our own, where a name or an error may have come from anywhere.
std::string compact(const Value& value);

/// Reads members of one object and remembers where it is, for errors like
/// `manifest.json: components[2].files[0].size: expected a whole number >= 0, found "x"`.
/// All errors are Corrupt.
class Reader {
 public:
  /// `where` is the document's name, e.g. "manifest.json". `value` is borrowed and must outlive the
  /// reader.
  Reader(const Value& value, std::string where) : value_(&value), where_(std::move(where)) {}

  const Value& value() const { return *value_; }
  const std::string& where() const { return where_; }
  bool has(std::string_view member) const;

  /// Fails unless this is an object with that member.
  Result<Reader> member(std::string_view name) const;
  /// The elements of this array, each with its place.
  Result<std::vector<Reader>> elements() const;
  /// The elements of the array `name`; empty where the member is absent.
  Result<std::vector<Reader>> optional_elements(std::string_view name) const;
  /// The members of this object in canonical order, each with its place.
  Result<std::vector<std::pair<std::string, Reader>>> members() const;

  Result<std::string> text() const;
  Result<std::uint64_t> number() const;
  Result<bool> boolean() const;

  Result<std::string> text(std::string_view name) const;
  Result<std::uint64_t> number(std::string_view name) const;
  Result<bool> boolean(std::string_view name) const;
  Result<std::string> text_or(std::string_view name, std::string_view otherwise) const;
  Result<std::uint64_t> number_or(std::string_view name, std::uint64_t otherwise) const;
  Result<bool> boolean_or(std::string_view name, bool otherwise) const;
  Result<std::vector<std::string>> texts(std::string_view name) const;  ///< empty where absent

  /// `WHERE: problem`, Corrupt.
  Error error(std::string_view problem) const;

 private:
  const Value* value_;
  std::string where_;
};

}  // namespace interlude::json
