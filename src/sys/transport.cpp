#include "sys/transport.hpp"

namespace interlude::sys {

Result<Bytes> get_all(Transport& transport, const Request& request) {
  Bytes body;
  const Result<Response> response =
      transport.get(request, [&body](std::uint64_t, ByteView piece) -> Status {
        append(body, piece);
        return {};
      });
  if (!response) return std::unexpected(response.error());
  return body;
}

}  // namespace interlude::sys
