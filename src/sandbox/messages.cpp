#include "sandbox/messages.hpp"

#include <algorithm>

#include "base/path.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"

namespace interlude::sandbox {
namespace {

constexpr std::uint64_t kMostReceived = 1ULL << 50U;  // bytes: nobody has that much in a poll

}  // namespace

Writer& Writer::number(std::uint64_t value) {
  append_varint(bytes_, value);
  return *this;
}

Writer& Writer::text(std::string_view value) {
  value = value.substr(0, kLongestText);
  number(value.size());
  append(bytes_, as_bytes(value));
  return *this;
}

Writer& Writer::rest(ByteView value) {
  append(bytes_, value);
  return *this;
}

Reader::Reader(ByteView message, std::string_view from) : bytes_(message, from), from_(from) {
  const auto first = bytes_.u8();
  good_ = first && *first >= static_cast<std::uint8_t>(Message::Ask) &&
          *first <= static_cast<std::uint8_t>(Message::Failed);
  if (good_) message_ = static_cast<Message>(*first);
}

std::uint64_t Reader::number() {
  const auto value = bytes_.varint();
  good_ = good_ && value;
  return good_ ? *value : 0;
}

std::string Reader::text() {
  const std::uint64_t size = number();
  good_ = good_ && size <= kLongestText;
  if (!good_) return "";
  const auto value = bytes_.take(size);
  good_ = good_ && value;
  return good_ ? to_text(*value) : "";
}

bool Reader::flag() {
  const std::uint64_t value = number();
  good_ = good_ && value <= 1;
  return value == 1;
}

ByteView Reader::rest() {
  const auto value = bytes_.take(bytes_.left());
  return good_ && value ? *value : ByteView();
}

Status Reader::finish() {
  if (good_ && bytes_.finish()) return {};
  return fail(ErrorKind::Corrupt,
              std::string(from_) + " sent a message that does not have the form it must have");
}

Tally tally_of(const sys::Transport& transport) {
  return {transport.received_bytes(), transport.retry_after_seconds().value_or(0)};
}

void write(Writer& to, const Tally& tally) {
  to.number(tally.received_bytes).number(tally.retry_after_seconds);
}

Tally read_tally(Reader& message) {
  Tally tally;
  tally.received_bytes = std::min(message.number(), kMostReceived);
  tally.retry_after_seconds = message.number();
  return tally;
}

void write(Writer& to, const Error& error) {
  to.number(static_cast<std::uint64_t>(error.kind())).text(error.message());
}

Error read_error(Reader& message) {
  const std::uint64_t kind = message.number();
  std::string text = printable(message.text());
  if (kind > static_cast<std::uint64_t>(ErrorKind::Cancelled)) {
    return {ErrorKind::Internal, std::move(text)};
  }
  // Nobody but a person cancels, and no person speaks through here.
  const auto told = static_cast<ErrorKind>(kind);
  return {told == ErrorKind::Cancelled ? ErrorKind::Unavailable : told, std::move(text)};
}

void write(Writer& to, const sys::Request& request) {
  to.text(request.url).number(request.limit_bytes).number(request.offset).text(request.etag);
}

sys::Request read_request(Reader& message) {
  sys::Request request;
  request.url = message.text();
  request.limit_bytes = message.number();
  request.offset = message.number();
  request.etag = message.text();
  return request;
}

void write(Writer& to, const sys::Response& response) {
  to.flag(response.not_modified).number(response.offset).text(response.etag);
}

sys::Response read_response(Reader& message) {
  sys::Response response;
  response.not_modified = message.flag();
  response.offset = message.number();
  response.etag = message.text();
  return response;
}

void write(Writer& to, const tuf::Target& target) {
  const auto hash = target.hashes.find("sha256");
  to.text(target.path).number(target.length);
  to.text(hash == target.hashes.end() ? "" : hash->second);
}

Result<tuf::Target> read_target(Reader& message) {
  tuf::Target target;
  target.path = message.text();
  target.length = message.number();
  const std::string hash = message.text();
  if (const Status whole = message.finish(); !whole) return std::unexpected(whole.error());
  const Status canonical = check_canonical(target.path);
  if (!canonical) return std::unexpected(canonical.error().during("the list"));
  if (const auto digest = crypto::Sha256::from_hex(hash); !digest) {
    return std::unexpected(digest.error().during(target.path));
  }
  target.hashes["sha256"] = hash;
  return target;
}

}  // namespace interlude::sandbox
