#pragma once
// The process that reads what came from the network: it follows The Update Framework's workflow,
// keeps the metadata in seen/, and lets downloads grow in incoming/. It has no network; the fetcher
// moves bytes for it, the worker opens mirrors' files. What it found good the worker gets byte for
// byte, and verifies again.

#include "device/direct_source.hpp"
#include "sandbox/channel.hpp"

namespace interlude::sandbox {

/// Answers Ask, Metadata and Fetch messages through `source`, until the channel ends. `worker` is
/// also used by whatever tells it how the work goes.
void verify_for(Channel& worker, device::DirectSource& source);

/// Tells the worker that `done` bytes are there, at most ten times a second.
class Report {
 public:
  explicit Report(Channel& worker) : worker_(worker) {}
  void operator()(std::uint64_t done);
  /// The same number again: it is still at work.
  void again() { (*this)(done_); }

 private:
  Channel& worker_;
  std::uint64_t done_ = 0;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace interlude::sandbox
