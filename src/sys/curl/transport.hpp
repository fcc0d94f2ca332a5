#pragma once
// HTTP, HTTPS and file:// through libcurl. One handle, used again and again, so that the many small
// files of a poll share one connection.
//
// Bytes are asked for as they are (no compression on the way): ranges and announced lengths then
// mean the same to everybody. A transfer is given up after 15 s without a connection, or 30 s below
// 1 KiB/s. At most 5 redirects are followed, and none from https to anything else.

#include <functional>
#include <memory>
#include <string>

#include "sys/transport.hpp"

namespace interlude::sys::curl {

struct Options {
  std::string proxy;       ///< as libcurl takes it; empty: the usual environment variables decide
  std::string ca_file;     ///< PEM; empty: the system's
  std::string user_agent;  ///< empty: "interlude/VERSION"
  std::function<bool()> aborted;  ///< asked now and then; true ends the transfer: Cancelled
};

class Transport final : public sys::Transport {
 public:
  explicit Transport(Options options);
  ~Transport() override;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /// A range that starts at or beyond the end gives no body; `offset` is then the end, if the
  /// server says where that is.
  Result<Response> get(const Request& request, const BodySink& sink) override;
  std::uint64_t received_bytes() const override { return received_bytes_; }
  std::optional<std::uint64_t> retry_after_seconds() const override { return retry_after_; }

 private:
  struct Handle;

  Options options_;
  std::unique_ptr<Handle> handle_;
  std::uint64_t received_bytes_ = 0;
  std::optional<std::uint64_t> retry_after_;
};

}  // namespace interlude::sys::curl
