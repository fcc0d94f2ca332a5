#include "units/service_manager.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "bus/library.hpp"
#include "units/properties.hpp"

namespace interlude::units {
namespace {

using bus::library;
using std::chrono::microseconds;
using std::chrono::seconds;

constexpr const char* kService = "org.freedesktop.systemd1";
constexpr const char* kObject = "/org/freedesktop/systemd1";
constexpr const char* kManager = "org.freedesktop.systemd1.Manager";
constexpr const char* kUnit = "org.freedesktop.systemd1.Unit";
constexpr std::uint64_t kAnswerMicroseconds = 30'000'000;
constexpr std::uint64_t kMostMemory = 512ULL << 20U;
constexpr std::uint64_t kMostTasks = 64;

struct ReleaseBus {
  void operator()(sd_bus* bus) const { library().close(bus); }
};
struct ReleaseMessage {
  void operator()(sd_bus_message* message) const { library().unref(message); }
};
using Bus = std::unique_ptr<sd_bus, ReleaseBus>;
using Message = std::unique_ptr<sd_bus_message, ReleaseMessage>;

class BusError {
 public:
  BusError() = default;
  ~BusError() { library().error_free(&error_); }
  BusError(const BusError&) = delete;
  BusError& operator=(const BusError&) = delete;

  sd_bus_error* get() { return &error_; }
  /// What went wrong, where `number` is below 0.
  Error error(int number, const std::string& doing) const {
    // It is gone, whatever words that comes in.
    for (const int gone : {ECONNRESET, ENOTCONN, EPIPE, ESHUTDOWN, ETIMEDOUT}) {
      if (number == -gone) return {ErrorKind::Unavailable, errno_error(doing, gone).message()};
    }
    const std::string_view name = error_.name == nullptr ? "" : error_.name;
    if (name.ends_with(".NoSuchUnit")) return {ErrorKind::NotFound, doing + ": no such unit"};
    if (error_.message != nullptr) return {ErrorKind::Corrupt, doing + ": " + error_.message};
    return {ErrorKind::Unavailable, errno_error(doing, -number).message()};
  }

 private:
  sd_bus_error error_{};
};

/// `/org/freedesktop/systemd1/unit/…` with everything but letters and digits as _xx.
std::string object_of(const std::string& unit) {
  std::string path = "/org/freedesktop/systemd1/unit/";
  for (const char c : unit) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    path += plain ? std::string(1, c) : fmt::format("_{:02x}", static_cast<unsigned char>(c));
  }
  return path;
}

/// The interface that has the results of a unit of this type; null where none has.
const char* results_of(const std::string& unit) {
  if (unit.ends_with(".service")) return "org.freedesktop.systemd1.Service";
  if (unit.ends_with(".socket")) return "org.freedesktop.systemd1.Socket";
  return nullptr;
}

}  // namespace

// Its members are of this file alone, and so is everything that knows what it is.
#pragma GCC diagnostic ignored "-Wsubobject-linkage"

struct ServiceManager::Connection {
  Bus bus;
  std::map<std::string, std::string> finished;  ///< results of jobs, by their object

  static int on_job_removed(sd_bus_message* signal, void* userdata, sd_bus_error*) {
    std::uint32_t id = 0;
    const char* job = nullptr;
    const char* unit = nullptr;
    const char* result = nullptr;
    if (library().read(signal, "uoss", &id, &job, &unit, &result) < 0) return 0;
    static_cast<Connection*>(userdata)->finished[job] = result;
    return 0;
  }

  Result<Message> call(sd_bus_message* message, const std::string& doing) {
    BusError error;
    sd_bus_message* reply = nullptr;
    const int done = library().call(bus.get(), message, kAnswerMicroseconds, error.get(), &reply);
    if (done < 0) return std::unexpected(error.error(done, doing));
    return Message(reply);
  }

  Result<Message> message(const char* method) {
    sd_bus_message* raw = nullptr;
    const int made =
        library().new_method_call(bus.get(), &raw, kService, kObject, kManager, method);
    if (made < 0) return std::unexpected(errno_error(method, -made));
    return Message(raw);
  }

  /// A method with texts as arguments.
  Result<Message> call(const char* method, std::initializer_list<std::string_view> arguments) {
    auto request = message(method);
    if (!request) return request;
    for (const std::string_view each : arguments) {
      const int done = library().append_basic(request->get(), 's', std::string(each).c_str());
      if (done < 0) return std::unexpected(errno_error(method, -done));
    }
    const std::string about = arguments.size() > 0 ? " " + std::string(*arguments.begin()) : "";
    return call(request->get(), method + about);
  }
};

ServiceManager::ServiceManager(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)) {}

ServiceManager::~ServiceManager() = default;

Result<std::unique_ptr<ServiceManager>> ServiceManager::connect(const Path& socket) {
  if (!library().status) return std::unexpected(library().status.error());
  auto connection = std::make_unique<Connection>();
  sd_bus* raw = nullptr;
  int done = library().new_bus(&raw);
  connection->bus.reset(raw);
  if (done >= 0) done = library().set_address(raw, ("unix:path=" + socket).c_str());
  if (done >= 0) done = library().start(raw);
  if (done < 0) {
    return fail(ErrorKind::Unavailable,
                errno_error("asking the service manager at " + socket, -done).message());
  }
  done = library().match_signal(raw, nullptr, nullptr, kObject, kManager, "JobRemoved",
                                Connection::on_job_removed, connection.get());
  if (done < 0) return std::unexpected(errno_error("listening to the service manager", -done));
  const auto subscribed = connection->call("Subscribe", {});
  if (!subscribed) return std::unexpected(subscribed.error());
  return std::unique_ptr<ServiceManager>(new ServiceManager(std::move(connection)));
}

Result<std::vector<std::string>> ServiceManager::active_units() {
  const auto reply = connection_->call("ListUnits", {});
  if (!reply) return std::unexpected(reply.error());
  std::vector<std::string> names;
  sd_bus_message* const list = reply->get();
  int done = library().enter_container(list, 'a', "(ssssssouso)");
  while (done >= 0) {
    const char* name = nullptr;
    const char* active = nullptr;
    const char* other = nullptr;
    std::uint32_t number = 0;
    done = library().read(list, "(ssssssouso)", &name, &other, &other, &active, &other, &other,
                          &other, &number, &other, &other);
    if (done == 0) return names;
    if (done > 0 && active == std::string_view("active")) names.emplace_back(name);
  }
  return std::unexpected(errno_error("listing units", -done));
}

Result<std::string> ServiceManager::text(const std::string& object, const char* interface,
                                         const char* name) {
  BusError error;
  char* value = nullptr;
  const int done = library().property_string(connection_->bus.get(), kService, object.c_str(),
                                             interface, name, error.get(), &value);
  if (done < 0) return std::unexpected(error.error(done, std::string(name) + " of " + object));
  std::string copy(value);
  std::free(value);  // sd-bus allocates it so
  return copy;
}

template <class T>
Result<T> ServiceManager::number(const std::string& object, const char* interface, const char* name,
                                 char type) {
  BusError error;
  T value{};
  const int done = library().property_trivial(connection_->bus.get(), kService, object.c_str(),
                                              interface, name, error.get(), type, &value);
  if (done < 0) return std::unexpected(error.error(done, std::string(name) + " of " + object));
  return value;
}

Result<std::optional<device::UnitFacts>> ServiceManager::facts(const std::string& unit) {
  const std::string object = object_of(unit);
  const auto state = text(object, kUnit, "ActiveState");
  if (!state && state.error().kind() == ErrorKind::Unavailable) {
    return std::unexpected(state.error());
  }
  const auto loaded = state ? text(object, kUnit, "LoadState") : state;
  if (!loaded || *loaded == "not-found") return std::optional<device::UnitFacts>();
  device::UnitFacts facts;
  facts.active = *state == "active" || *state == "reloading";
  facts.settled = *state != "activating" && *state != "deactivating";
  const auto refuses = number<int>(object, kUnit, "RefuseManualStop", 'b');
  facts.refuses = refuses && *refuses != 0;
  const char* const results = results_of(unit);
  if (results == nullptr) return facts;
  facts.result = text(object, results, "Result").value_or("");
  if (!unit.ends_with(".service")) return facts;
  facts.type = text(object, results, "Type").value_or("");
  facts.restarts = number<std::uint32_t>(object, results, "NRestarts", 'u').value_or(0);
  return facts;
}

Result<std::string> ServiceManager::system_state() {
  return text(kObject, kManager, "SystemState");
}

Status ServiceManager::wait_for(const std::string& job, const std::string& unit, seconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!connection_->finished.contains(job)) {
    const int done = library().process(connection_->bus.get(), nullptr);
    if (done < 0)
      return fail(ErrorKind::Unavailable, errno_error("waiting for " + unit, -done).message());
    if (done > 0) continue;
    const auto left =
        std::chrono::duration_cast<microseconds>(end - std::chrono::steady_clock::now());
    if (left <= microseconds(0)) {
      return fail(ErrorKind::Unavailable,
                  fmt::format("{} was not ready within {} s", unit, limit.count()));
    }
    const int waited =
        library().wait(connection_->bus.get(), static_cast<std::uint64_t>(left.count()));
    if (waited < 0 && waited != -EINTR) {
      return fail(ErrorKind::Unavailable, errno_error("waiting for " + unit, -waited).message());
    }
  }
  const std::string result = connection_->finished.extract(job).mapped();
  if (result == "done") return {};
  return fail(ErrorKind::Corrupt, unit + ": " + result);
}

Status ServiceManager::restart(const std::string& unit, seconds limit) {
  const auto reply = connection_->call("RestartUnit", {unit, "replace"});
  if (!reply) return std::unexpected(reply.error());
  const char* job = nullptr;
  const int read = library().read(reply->get(), "o", &job);
  if (read < 0) return std::unexpected(errno_error("restarting " + unit, -read));
  return wait_for(job, unit, limit);
}

Status ServiceManager::reset_failed(const std::string& unit) {
  const auto reply = connection_->call("ResetFailedUnit", {unit});
  if (!reply) return std::unexpected(reply.error());
  return {};
}

Status ServiceManager::run(const std::vector<std::string>& command, seconds limit) {
  const std::string name =
      fmt::format("run-interlude-probe-{}-{}.service", ::getpid(), ++commands_);
  auto request = connection_->message("StartTransientUnit");
  if (!request) return std::unexpected(request.error());
  int done = library().append(request->get(), "ss", name.c_str(), "replace");
  Properties properties(request->get());
  const auto limit_us = static_cast<std::uint64_t>(microseconds(limit).count());
  properties.add("Description", "s", "Interlude: a probe");
  properties.add("Type", "s", "oneshot");
  properties.add("CollectMode", "s", "inactive-or-failed");
  properties.add("DynamicUser", "b", 1);
  properties.add("NoNewPrivileges", "b", 1);
  properties.add("PrivateDevices", "b", 1);
  properties.add("ProtectHome", "s", "yes");
  properties.add("CapabilityBoundingSet", "t", std::uint64_t{0});
  properties.add("MemoryMax", "t", kMostMemory);
  properties.add("TasksMax", "t", kMostTasks);
  properties.add("TimeoutStartUSec", "t", limit_us);
  properties.add("TimeoutStopUSec", "t", std::uint64_t{1'000'000});
  properties.add_networks("IPAddressDeny", true);
  properties.add_networks("IPAddressAllow", false);
  properties.add_command(command);
  if (done >= 0) done = properties.finish();
  if (done < 0) return std::unexpected(errno_error("running " + command.front(), -done));
  const auto reply = connection_->call(request->get(), "running " + command.front());
  if (!reply) return std::unexpected(reply.error());
  const char* job = nullptr;
  const int read = library().read(reply->get(), "o", &job);
  if (read < 0) return std::unexpected(errno_error("running " + command.front(), -read));
  return wait_for(job, command.front(), limit + seconds(10));
}

Status ServiceManager::reexecute() {
  const auto reply = connection_->call("Reexecute", {});
  // It goes away before it answers.
  if (reply || reply.error().kind() == ErrorKind::Unavailable) return {};
  return std::unexpected(reply.error());
}

}  // namespace interlude::units
