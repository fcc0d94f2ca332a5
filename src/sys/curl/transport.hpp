#pragma once
// HTTP and HTTPS through libcurl. One handle, used again and again, so that the many small files of
// a poll share one connection.
//
// With a Dialer, libcurl neither resolves names nor connects: each host and port is given a made-up
// address in the block 240.0.0.0/4, which belongs to nobody, and when libcurl wants a socket for
// one of those, the Dialer supplies a connected one. Redirects are followed here, at most 5, none
// from https to anything else and none to where the Dialer would not go.
//
// Bytes are asked for as they are (no compression on the way): ranges and announced lengths then
// mean the same to everybody. A transfer is given up after 15 s without a connection, or 30 s
// below 1 KiB/s (`Options::slow`). No file is opened after construction: it works where none can
// be.

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "sys/posix/dialer.hpp"
#include "sys/transport.hpp"

namespace interlude::sys::curl {

struct Options {
  std::string proxy;       ///< as libcurl takes it; empty: the usual environment variables decide
  std::string ca_file;     ///< PEM; empty: the system's
  std::string user_agent;  ///< empty: "interlude/VERSION"
  std::function<bool()> aborted;          ///< asked now and then; true ends the transfer: Cancelled
  std::shared_ptr<posix::Dialer> dialer;  ///< none: libcurl connects by itself
  std::chrono::seconds slow{30};          ///< how long it may stay below 1 KiB/s
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
  struct Transfer;

  /// One request and its answer; the URL it redirects to, if it does.
  Result<std::string> perform(Transfer& transfer, const std::string& url);
  Result<Response> answer(const Transfer& transfer);

  Options options_;
  std::unique_ptr<Handle> handle_;
  std::uint64_t received_bytes_ = 0;
  std::optional<std::uint64_t> retry_after_;
};

}  // namespace interlude::sys::curl
