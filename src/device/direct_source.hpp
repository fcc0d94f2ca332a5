#pragma once
// A source followed by this very process: The Update Framework's client over a transport.

#include <string>

#include "device/config.hpp"
#include "device/source.hpp"
#include "sys/clock.hpp"
#include "sys/file_system.hpp"
#include "sys/transport.hpp"
#include "tuf/client.hpp"

namespace interlude::device {

class DirectSource : public Source {
 public:
  /// `disk`, `transport` and `clock` are borrowed. `metadata` and `incoming` are folders.
  DirectSource(sys::FileSystem& disk, sys::Transport& transport, sys::Clock& clock, Path metadata,
               Path incoming, const Config& config, tuf::Reading reading = tuf::Reading::Any);

  /// The half of `ask` that makes the requests which every poll makes; lists come when needed.
  Status renew(const GoOn& go_on);
  /// As tuf::Client::metadata. After `renew` or `ask`.
  Result<Bytes> metadata(const std::string& file) { return client_.metadata(file); }

  Result<Listing> ask(const GoOn& go_on) override;
  Status fetch(const tuf::Target& target, const GoOn& go_on) override;
  std::uint64_t received_bytes() const override { return transport_->received_bytes(); }
  std::optional<std::uint64_t> retry_after_seconds() const override {
    return transport_->retry_after_seconds();
  }

 private:
  Result<Listing> list();
  PublisherWord word();

  sys::Transport* transport_;
  Path incoming_;
  std::string role_;
  std::string prefix_;
  tuf::Client client_;
};

}  // namespace interlude::device
