#pragma once
// The system's service manager over its own socket: which units there are, restarting one and
// waiting until it is ready, running a command as a unit. It goes to process 1 directly, not
// through the message bus: that is one program less between a bad library and the way back.
//
// Connect before a switch: what this needs is loaded then, as it was.

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/path.hpp"
#include "device/workload.hpp"

namespace interlude::units {

class ServiceManager {
 public:
  /// Unavailable where nobody answers there.
  static Result<std::unique_ptr<ServiceManager>> connect(
      const Path& socket = "/run/systemd/private");
  ~ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  /// Names of the units that are active.
  Result<std::vector<std::string>> active_units();
  /// Nothing where nobody knows such a unit.
  Result<std::optional<device::UnitFacts>> facts(const std::string& unit);
  /// "running", "degraded", "starting" …
  Result<std::string> system_state();

  /// Each waits for the job's end, at most for `limit`. Errors: Unavailable (it took longer),
  /// Corrupt (the job failed; the message has its result), NotFound.
  Status restart(const std::string& unit, std::chrono::seconds limit);
  Status reset_failed(const std::string& unit);
  /// As a transient unit with an account of its own, no rights, no network but loopback.
  Status run(const std::vector<std::string>& command, std::chrono::seconds limit);

  /// Process 1 executes itself anew. The connection is of no use afterwards.
  Status reexecute();

 private:
  struct Connection;
  explicit ServiceManager(std::unique_ptr<Connection> connection);
  Status wait_for(const std::string& job, const std::string& unit, std::chrono::seconds limit);
  Result<std::string> text(const std::string& object, const char* interface, const char* name);
  template <class T>
  Result<T> number(const std::string& object, const char* interface, const char* name, char type);

  std::unique_ptr<Connection> connection_;
  unsigned commands_ = 0;
};

}  // namespace interlude::units
