#pragma once
// The messages between the processes, and their form: one byte that says which, then its fields.
// Numbers are varints; texts and bytes have their length before them. A reader takes each field
// with its limit, and nothing may be left over. Both ends are the same program: no version.

#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "sys/transport.hpp"
#include "tuf/target.hpp"

namespace interlude::sandbox {

enum class Message : std::uint8_t {
  // From the one who asks.
  Ask = 1,   ///< worker → verifier: nothing
  Metadata,  ///< worker → verifier: name of a file
  Fetch,     ///< worker → verifier: a target
  Get,       ///< verifier → fetcher: a request
  Stop,      ///< verifier → fetcher: enough of it
  Connect,   ///< fetcher → connector: number of an endpoint
  Open,      ///< verifier → worker: path of a mirror's file
  // Answers, none or more before the last.
  Working,  ///< verifier → worker: bytes done
  Piece,    ///< fetcher → verifier: of a body; verifier → worker: of a metadata file
  // The last one.
  Done,      ///< with a file where one was asked for
  Answered,  ///< fetcher → verifier: a response
  Failed,    ///< an error
};

inline constexpr std::size_t kLongestText = 8192;

class Writer {
 public:
  explicit Writer(Message message) : bytes_{static_cast<std::uint8_t>(message)} {}
  Writer& number(std::uint64_t value);
  Writer& text(std::string_view value);  ///< cut to kLongestText
  Writer& flag(bool value) { return number(value ? 1 : 0); }
  Writer& rest(ByteView value);  ///< to the end of the message
  ByteView bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

/// Every field is Corrupt where the message has not the form. After an error all fields are.
class Reader {
 public:
  /// `from` names the sender in errors.
  Reader(ByteView message, std::string_view from);
  Message message() const { return message_; }
  std::uint64_t number();
  std::string text();
  bool flag();
  ByteView rest();
  bool at_end() const { return !good_ || bytes_.left() == 0; }
  /// Corrupt where any field was wrong, or something is left.
  Status finish();

 private:
  ByteReader bytes_;
  std::string_view from_;
  Message message_ = Message::Failed;
  bool good_ = true;
};

/// What a transport has to say beside its answers.
struct Tally {
  std::uint64_t received_bytes = 0;
  std::uint64_t retry_after_seconds = 0;  ///< 0: nothing was said
};
Tally tally_of(const sys::Transport& transport);
void write(Writer& to, const Tally& tally);
Tally read_tally(Reader& message);

void write(Writer& to, const Error& error);
/// Its text is printable(); Cancelled is Unavailable here.
Error read_error(Reader& message);

void write(Writer& to, const sys::Request& request);
sys::Request read_request(Reader& message);

void write(Writer& to, const sys::Response& response);
sys::Response read_response(Reader& message);

/// Where it is, how long, and its SHA-256.
void write(Writer& to, const tuf::Target& target);
/// Corrupt unless the path is canonical and the hash a SHA-256.
Result<tuf::Target> read_target(Reader& message);

}  // namespace interlude::sandbox
