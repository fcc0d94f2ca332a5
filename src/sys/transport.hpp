#pragma once
// The network as a parameter: one GET at a time, bounded, streaming.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/bytes.hpp"

namespace interlude::sys {

struct Request {
  std::string url;  ///< http://, https:// or file://
  std::uint64_t limit_bytes =
      0;  ///< a body longer than this is refused (NoSpace) before more of it is read
  std::uint64_t offset = 0;  ///< ask for the rest from here on (Range)
  std::string etag;          ///< If-None-Match; not sent when empty
};

struct Response {
  bool not_modified = false;  ///< 304: no body came
  std::uint64_t offset = 0;   ///< where the body really started: 0 if the server ignored the Range
  std::string etag;
};

/// Takes the body piece by piece. `offset` is where in the resource the piece starts. Returning an
/// error ends the transfer with that error.
using BodySink = std::function<Status(std::uint64_t offset, ByteView piece)>;

class Transport {
 public:
  virtual ~Transport() = default;

  /// Errors: NotFound (404, 403, or no such file); Unavailable (everything a later try can mend:
  /// refused connection, timeout, too slow, 5xx, 429, body shorter than announced); NoSpace (longer
  /// than `limit_bytes`); Invalid (URL).
  virtual Result<Response> get(const Request& request, const BodySink& sink) = 0;

  /// All bytes received so far, response headers included.
  virtual std::uint64_t received_bytes() const = 0;

  /// Seconds a server asked us to wait with its last 429 or 503 (Retry-After), if it did; forgotten
  /// by the next get.
  virtual std::optional<std::uint64_t> retry_after_seconds() const = 0;
};

/// The whole body as one value (empty where the answer is 304).
Result<Bytes> get_all(Transport& transport, const Request& request);

}  // namespace interlude::sys
