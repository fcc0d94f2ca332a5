#pragma once
// A network that follows a script. It serves bytes that were put under URLs, or the files of a
// (simulated) folder under a URL prefix, with ETags and ranges, and misbehaves where told.

#include <map>
#include <string>
#include <vector>

#include "sys/file_system.hpp"
#include "sys/transport.hpp"

namespace interlude::sys::sim {

struct Fault {
  enum class Kind {
    Refuse,       ///< nobody listens: Unavailable
    Slow,         ///< `after_bytes` of the body, then nothing until the time is up: Unavailable
    NotFound,     ///< 404
    ServerError,  ///< 500: Unavailable
    Busy,         ///< 503 with Retry-After: Unavailable
    Truncate,     ///< the connection ends after `after_bytes` of the body: Unavailable
    Endless,      ///< the right body, then more without end, no length announced
    IgnoreRange,  ///< the whole body, whatever was asked for
    Garbage,      ///< other bytes of the same length
  };

  Kind kind = Kind::Refuse;
  std::uint64_t after_bytes = 0;
  std::uint64_t retry_after_seconds = 0;
  unsigned times = ~0U;  ///< how many requests it meets before it is over
};

class Transport final : public sys::Transport {
 public:
  void put(const std::string& url, Bytes body);
  void remove(const std::string& url);
  /// Files of `directory` appear below `url_prefix` (which ends in "/"). `disk` is borrowed.
  void mount(std::string url_prefix, sys::FileSystem& disk, Path directory);

  /// Every request whose URL contains `part` meets the fault; the one named last goes first.
  void fail(std::string part, Fault fault);
  void heal() { faults_.clear(); }

  /// Everything asked for so far, in order.
  const std::vector<Request>& requests() const { return requests_; }

  Result<Response> get(const Request& request, const BodySink& sink) override;
  std::uint64_t received_bytes() const override { return received_bytes_; }
  std::optional<std::uint64_t> retry_after_seconds() const override { return retry_after_; }

 private:
  struct Folder {
    std::string prefix;
    sys::FileSystem* disk = nullptr;
    Path directory;
  };

  Result<Bytes> resource(const std::string& url) const;
  /// The fault for this request, one use of it taken.
  std::optional<Fault> take_fault(const std::string& url);
  /// What a misbehaving server does instead of, or before, answering.
  Status refusal(const Fault& fault, const std::string& url);
  Status deliver(const Request& request, std::uint64_t from, ByteView body, const BodySink& sink);

  std::map<std::string, Bytes> bodies_;
  std::vector<Folder> folders_;
  std::vector<std::pair<std::string, Fault>> faults_;
  std::vector<Request> requests_;
  std::uint64_t received_bytes_ = 0;
  std::optional<std::uint64_t> retry_after_;
};

}  // namespace interlude::sys::sim
