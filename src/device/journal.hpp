#pragma once
// Stores each state before what it announces is done, and says so to whoever watches.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include "device/memory.hpp"
#include "device/source.hpp"

namespace interlude::device {

/// Hears `step NAME` when the state NAME has been stored and its work begins.
using StepListener = std::function<void(std::string_view name)>;

class Journal {
 public:
  /// `memory`, `source` and `clock` are borrowed.
  Journal(Memory& memory, const Source& source, sys::Clock& clock, Record record,
          StepListener listener)
      : memory_(&memory),
        source_(&source),
        clock_(&clock),
        record_(std::move(record)),
        listener_(std::move(listener)),
        counted_bytes_(source.received_bytes()),
        counted_time_(clock.steady()) {}

  Record& record() { return record_; }
  const Record& record() const { return record_; }

  /// Makes `state` the stored one, together with everything else that changed in the record.
  template <class S>
  Result<S> enter(S state) {
    record_.state = state;
    if (const Status stored = store(); !stored) {
      return std::unexpected(stored.error().during("storing the device's state"));
    }
    if (listener_) listener_(name_of(record_.state));
    return state;
  }

 private:
  Status store() {
    const std::uint64_t received = source_->received_bytes();
    // What the source says was counted by processes that may say anything.
    constexpr std::uint64_t kMost = 1ULL << 60U;
    auto& sum = record_.expense.received_bytes;
    if (received > counted_bytes_) sum = std::min(kMost, sum + (received - counted_bytes_));
    counted_bytes_ = std::max(counted_bytes_, received);
    const auto spent =
        std::chrono::floor<std::chrono::milliseconds>(clock_->steady() - counted_time_);
    record_.expense.milliseconds += static_cast<std::uint64_t>(spent.count());
    counted_time_ += spent;
    return memory_->store(record_);
  }

  Memory* memory_;
  const Source* source_;
  sys::Clock* clock_;
  Record record_;
  StepListener listener_;
  std::uint64_t counted_bytes_;
  std::chrono::nanoseconds counted_time_;
};

}  // namespace interlude::device
