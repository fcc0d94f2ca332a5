#pragma once
// The process that speaks HTTP, and that does nothing else: it is told a URL and what is wanted of
// it, and sends the body back in pieces. It has no file and makes no connection.

#include <functional>

#include "sandbox/channel.hpp"
#include "sandbox/messages.hpp"
#include "sys/transport.hpp"

namespace interlude::sandbox {

/// Answers Get messages through a transport, until the channel ends.
class FetchService {
 public:
  explicit FetchService(Channel channel) : channel_(std::move(channel)) {}

  /// Whether who asked has heard enough: for the transport's `aborted`.
  bool stopped();
  void serve(sys::Transport& transport);
  /// Tells who asks first that nothing can be fetched.
  void refuse(const Error& error);

 private:
  bool answer(sys::Transport& transport, ByteView message);

  Channel channel_;
  bool stopped_ = false;
};

/// The other end. What comes from there may be anything: it is never longer than asked for, and
/// never starts behind what was asked for.
class RemoteTransport final : public sys::Transport {
 public:
  /// `alive` is called about once a second while nothing comes.
  RemoteTransport(Channel fetcher, std::function<void()> alive)
      : fetcher_(std::move(fetcher)), alive_(std::move(alive)) {}

  /// Also Unavailable where less than 1 KiB/s comes for a minute.
  Result<sys::Response> get(const sys::Request& request, const sys::BodySink& sink) override;
  std::uint64_t received_bytes() const override { return received_bytes_; }
  std::optional<std::uint64_t> retry_after_seconds() const override { return retry_after_; }

 private:
  class Body;
  struct Answer {
    Result<sys::Response> response;
    Tally tally;
  };
  /// An error of this means that the other end does not keep to what was agreed.
  Result<Answer> exchange(const sys::Request& request, Body& body);
  Result<Received> next(Body& body);
  static Result<Answer> read_answer(Reader& reader);

  Channel fetcher_;
  std::function<void()> alive_;
  std::uint64_t received_bytes_ = 0;
  std::optional<std::uint64_t> retry_after_;
};

}  // namespace interlude::sandbox
