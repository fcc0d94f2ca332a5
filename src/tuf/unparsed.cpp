#include "tuf/unparsed.hpp"

#include <algorithm>
#include <optional>

#include "base/hex.hpp"

namespace interlude::tuf {
namespace {

constexpr std::size_t kMostSignatures = 256;
constexpr std::size_t kLongestField = 4096;

/// Takes literal pieces off the front of a text.
class Pieces {
 public:
  explicit Pieces(std::string_view text) : text_(text) {}

  bool take(std::string_view literal) {
    if (!text_.starts_with(literal)) return false;
    text_.remove_prefix(literal.size());
    return true;
  }
  /// A string of hexadecimal digits, or of none, up to its closing quote.
  std::optional<std::string> digits() {
    const std::size_t size = text_.substr(0, kLongestField).find_first_not_of("0123456789abcdef");
    if (size == std::string_view::npos) return std::nullopt;
    std::string value(text_.substr(0, size));
    text_.remove_prefix(size);
    if (!take("\"")) return std::nullopt;
    return value;
  }
  std::string_view rest() const { return text_; }

 private:
  std::string_view text_;
};

/// The byte that JSON writes as '\' and `sign`, and the canonical form as itself.
std::optional<char> control(char sign) {
  switch (sign) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return std::nullopt;
  }
}

/// The canonical form of compact JSON: other escapes than of '"' and '\' are resolved. Nothing
/// where there is one that the compact form does not use.
std::optional<Bytes> resolved(std::string_view compact) {
  Bytes out;
  out.reserve(compact.size());
  while (!compact.empty()) {
    const std::size_t plain = std::min(compact.find('\\'), compact.size());
    append(out, as_bytes(compact.substr(0, plain)));
    compact.remove_prefix(plain);
    if (compact.empty()) break;
    if (compact.size() < 2) return std::nullopt;
    if (compact[1] == '"' || compact[1] == '\\') {
      append(out, as_bytes(compact.substr(0, 2)));
      compact.remove_prefix(2);
    } else if (const auto byte = control(compact[1])) {
      out.push_back(static_cast<std::uint8_t>(*byte));
      compact.remove_prefix(2);
    } else {
      constexpr std::size_t kLength = 6;  // \u00XX
      if (!compact.starts_with("\\u00") || compact.size() < kLength) return std::nullopt;
      const auto code = from_hex(compact.substr(4, 2));
      if (!code || code->front() >= 0x20) return std::nullopt;
      out.push_back(code->front());
      compact.remove_prefix(kLength);
    }
  }
  return out;
}

std::unexpected<Error> not_compact(const std::string& name) {
  return fail(
      ErrorKind::Corrupt,
      name + ": is not in the compact form that a device takes (docs/formats/repository.md)");
}

}  // namespace

Result<Unparsed> take_apart(ByteView raw, const std::string& name) {
  Pieces pieces(as_text(raw));
  Unparsed all;
  if (!pieces.take(R"({"signatures":[)")) return not_compact(name);
  bool more = !pieces.take("]");
  while (more) {
    if (!pieces.take(R"({"keyid":")")) return not_compact(name);
    auto id = pieces.digits();
    if (!id || !pieces.take(R"(,"sig":")")) return not_compact(name);
    const auto digits = pieces.digits();
    if (!digits || !pieces.take("}")) return not_compact(name);
    const Result<Bytes> signature = from_hex(*digits);
    const bool fresh = all.signatures.emplace(*id, signature ? *signature : Bytes()).second;
    if (!fresh || all.signatures.size() > kMostSignatures) return not_compact(name);
    more = !pieces.take("]");
    if (more && !pieces.take(",")) return not_compact(name);
  }
  if (!pieces.take(R"(,"signed":)") || !pieces.rest().ends_with('}')) return not_compact(name);
  auto content = resolved(pieces.rest().substr(0, pieces.rest().size() - 1));
  if (!content) return not_compact(name);
  all.content = std::move(*content);
  return all;
}

}  // namespace interlude::tuf
