#pragma once
// Some hundred devices with a clock that is set from outside: each poll opens an agent on its disk,
// as the worker process does, asks a real server on loopback, and ends.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "crash/fixture.hpp"
#include "sys/transport.hpp"

namespace interlude::evening {

/// How many devices gave which reason, by its name.
using Reasons = std::map<std::string, std::uint64_t>;

class Fleet {
 public:
  /// `clock` and `transport` are borrowed. Each device has polled once, at a moment of its own
  /// within the hour before the clock's time, and found nothing.
  Fleet(std::size_t size, crash::Publisher& publisher, const std::string& url,
        sys::sim::Clock& clock, sys::Transport& transport);
  ~Fleet();

  /// Lets time pass until `when`: every poll that falls due is made.
  void live_until(sys::Time when);

  std::size_t with(const std::string& letter) const;
  /// That have ever had it on.
  std::size_t exposed(const std::string& letter) const;
  std::uint64_t polls() const { return polls_; }
  /// Of all polls since the last call that left something published off, why.
  Reasons take_reasons();
  /// What was wrong with any poll: an error, or a "no" without a reason.
  const std::vector<std::string>& complaints() const { return complaints_; }
  /// What `interlude why` says on one device.
  std::string why(std::size_t device) const;
  /// The first device that has `letter` on; the number of devices where there is none.
  std::size_t first_with(const std::string& letter) const;

 private:
  struct Device;
  void poll(Device& device);
  void look(Device& device);

  sys::sim::Clock& clock_;
  sys::Transport& transport_;
  std::vector<std::unique_ptr<Device>> devices_;
  std::uint64_t polls_ = 0;
  Reasons reasons_;
  std::vector<std::string> complaints_;
};

}  // namespace interlude::evening
