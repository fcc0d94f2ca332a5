#include "json/json.hpp"

#include <fmt/format.h>

#include <limits>
#include <set>

#include "base/text.hpp"

namespace interlude::json {
namespace {

// Builds a value from parse events, refusing what the header says is refused.
class StrictBuilder : public nlohmann::json_sax<Value> {
 public:
  const std::string& problem() const { return problem_; }
  Value take() { return std::move(root_); }

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override {
    // check: number-range
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return refuse("a number is too large");
    }
    return put(value);
  }
  bool number_float(number_float_t, const string_t& digits) override {
    return refuse(
        fmt::format("\"{}\" is not a whole number in range", first_characters(digits, 40)));
  }
  bool string(string_t& value) override { return put(std::move(value)); }
  bool binary(binary_t&) override { return refuse("binary data"); }

  bool start_object(std::size_t) override { return open(Value::object()); }
  bool key(string_t& name) override {
    // check: members-once
    if (open_.back()->contains(name)) {
      return refuse(
          fmt::format("member \"{}\" stands twice in one object", first_characters(name, 80)));
    }
    key_ = std::move(name);
    return true;
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(Value::array()); }
  bool end_array() override { return close(); }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    return refuse(fmt::format("not valid JSON at byte {}", position));
  }

 private:
  bool refuse(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
    return false;
  }

  Value* place(Value&& value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Value& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    return &(parent[key_] = std::move(value));
  }

  bool put(Value value) {
    place(std::move(value));
    return true;
  }

  bool open(Value&& container) {
    // check: depth
    if (open_.size() >= static_cast<std::size_t>(kDeepest)) {
      return refuse(fmt::format("nested deeper than {}", kDeepest));
    }
    // A pointer into the parent stays valid: the parent grows again only after this one is closed.
    open_.push_back(place(std::move(container)));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  Value root_;
  std::vector<Value*> open_;
  std::string key_;
  std::string problem_;
};

void write_text(std::string& out, const std::string& text) {
  out.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
}

void write(std::string& out, const Value& value) {
  switch (value.type()) {
    case Value::value_t::object: {
      // nlohmann keeps members in a std::map: already sorted by UTF-8 bytes, which is code point
      // order.
      out.push_back('{');
      bool first = true;
      for (const auto& [name, member] : value.items()) {
        if (!first) out.push_back(',');
        first = false;
        write_text(out, name);
        out.push_back(':');
        write(out, member);
      }
      out.push_back('}');
      return;
    }
    case Value::value_t::array: {
      out.push_back('[');
      bool first = true;
      for (const Value& element : value) {
        if (!first) out.push_back(',');
        first = false;
        write(out, element);
      }
      out.push_back(']');
      return;
    }
    case Value::value_t::string:
      write_text(out, value.get_ref<const std::string&>());
      return;
    case Value::value_t::boolean:
      out += value.get<bool>() ? "true" : "false";
      return;
    case Value::value_t::number_integer:
      out += std::to_string(value.get<std::int64_t>());
      return;
    case Value::value_t::number_unsigned:
      out += std::to_string(value.get<std::uint64_t>());
      return;
    default:
      out += "null";
      return;
  }
}

std::string shown(const Value& value) {
  constexpr std::size_t kLongest = 60;
  std::string text = compact(value);
  if (text.size() > kLongest) text = std::string(first_characters(text, kLongest - 3)) + "...";
  return text;
}

}  // namespace

std::string compact(const Value& value) {
  return value.dump(-1, ' ', false, Value::error_handler_t::replace);
}

Result<Value> parse(ByteView text) {
  StrictBuilder builder;
  if (!Value::sax_parse(text.begin(), text.end(), &builder)) {
    return fail(ErrorKind::Corrupt, builder.problem());
  }
  return builder.take();
}

std::string canonical(const Value& value) {
  std::string out;
  write(out, value);
  return out;
}

Error Reader::error(std::string_view problem) const {
  return {ErrorKind::Corrupt, fmt::format("{}: {}", where_, problem)};
}

bool Reader::has(std::string_view member) const {
  return value_->is_object() && value_->contains(member);
}

Result<Reader> Reader::member(std::string_view name) const {
  if (!value_->is_object()) {
    return std::unexpected(error("expected an object, found " + shown(*value_)));
  }
  const auto found = value_->find(name);
  if (found == value_->end()) {
    return std::unexpected(error(fmt::format("member \"{}\" is missing", name)));
  }
  const bool top = where_.find(": ") == std::string::npos;
  return Reader(*found, where_ + (top ? ": " : ".") + std::string(name));
}

Result<std::vector<Reader>> Reader::elements() const {
  if (!value_->is_array()) {
    return std::unexpected(error("expected a list, found " + shown(*value_)));
  }
  std::vector<Reader> all;
  all.reserve(value_->size());
  for (std::size_t i = 0; i < value_->size(); ++i) {
    all.emplace_back((*value_)[i], fmt::format("{}[{}]", where_, i));
  }
  return all;
}

Result<std::vector<Reader>> Reader::optional_elements(std::string_view name) const {
  if (!has(name)) return std::vector<Reader>{};
  const Result<Reader> list = member(name);
  if (!list) return std::unexpected(list.error());
  return list->elements();
}

Result<std::vector<std::pair<std::string, Reader>>> Reader::members() const {
  if (!value_->is_object()) {
    return std::unexpected(error("expected an object, found " + shown(*value_)));
  }
  std::vector<std::pair<std::string, Reader>> all;
  all.reserve(value_->size());
  for (const auto& [name, inner] : value_->items()) {
    Result<Reader> reader = member(name);
    if (!reader) return std::unexpected(reader.error());
    all.emplace_back(name, std::move(*reader));
  }
  return all;
}

Result<std::string> Reader::text() const {
  if (value_->is_string()) return value_->get<std::string>();
  return std::unexpected(error("expected text, found " + shown(*value_)));
}

Result<std::uint64_t> Reader::number() const {
  const bool negative = value_->is_number_integer() && !value_->is_number_unsigned() &&
                        value_->get<std::int64_t>() < 0;
  if (value_->is_number_integer() && !negative) return value_->get<std::uint64_t>();
  return std::unexpected(error("expected a whole number >= 0, found " + shown(*value_)));
}

Result<bool> Reader::boolean() const {
  if (value_->is_boolean()) return value_->get<bool>();
  return std::unexpected(error("expected true or false, found " + shown(*value_)));
}

Result<std::string> Reader::text(std::string_view name) const {
  const Result<Reader> inner = member(name);
  if (!inner) return std::unexpected(inner.error());
  return inner->text();
}

Result<std::uint64_t> Reader::number(std::string_view name) const {
  const Result<Reader> inner = member(name);
  if (!inner) return std::unexpected(inner.error());
  return inner->number();
}

Result<bool> Reader::boolean(std::string_view name) const {
  const Result<Reader> inner = member(name);
  if (!inner) return std::unexpected(inner.error());
  return inner->boolean();
}

Result<std::string> Reader::text_or(std::string_view name, std::string_view otherwise) const {
  return has(name) ? text(name) : Result<std::string>(std::string(otherwise));
}

Result<std::uint64_t> Reader::number_or(std::string_view name, std::uint64_t otherwise) const {
  return has(name) ? number(name) : Result<std::uint64_t>(otherwise);
}

Result<bool> Reader::boolean_or(std::string_view name, bool otherwise) const {
  return has(name) ? boolean(name) : Result<bool>(otherwise);
}

Result<std::vector<std::string>> Reader::texts(std::string_view name) const {
  const Result<std::vector<Reader>> list = optional_elements(name);
  if (!list) return std::unexpected(list.error());
  std::vector<std::string> all;
  for (const Reader& element : *list) {
    Result<std::string> one = element.text();
    if (!one) return std::unexpected(one.error());
    all.push_back(std::move(*one));
  }
  return all;
}

}  // namespace interlude::json
