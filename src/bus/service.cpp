#include "bus/service.hpp"

#include <sys/inotify.h>

#include <csignal>
#include <list>
#include <optional>
#include <utility>

#include "bus/authority.hpp"
#include "bus/names.hpp"
#include "bus/operation.hpp"
#include "bus/snapshot.hpp"
#include "bus/worker.hpp"
#include "device/why.hpp"

namespace interlude::bus {
namespace {

constexpr std::uint64_t kMicroseconds = 1'000'000;
constexpr std::uint64_t kTimerAccuracy = 100'000;
constexpr std::size_t kMostWaiting = 32;
constexpr std::size_t kLongestQuestion = 200;
constexpr std::chrono::seconds kProcessesStay{5};

class Service {
 public:
  Service(sys::FileSystem& disk, sys::Clock& clock, const ServiceOptions& options)
      : disk_(disk), clock_(clock), options_(options), layout_(options.root) {}

  Status run();

  // What the table below names.
  static int on_poll(sd_bus_message* call, void* self, sd_bus_error* error);
  static int on_check(sd_bus_message* call, void* self, sd_bus_error* error);
  static int on_install(sd_bus_message* call, void* self, sd_bus_error* error);
  static int on_remove(sd_bus_message* call, void* self, sd_bus_error* error);
  static int on_set_automatic(sd_bus_message* call, void* self, sd_bus_error* error);
  static int on_why(sd_bus_message* call, void* self, sd_bus_error* error);
  static int on_get_status(sd_bus_message* call, void* self, sd_bus_error* error);
  static int on_get_history(sd_bus_message* call, void* self, sd_bus_error* error);
  static int get(sd_bus*, const char*, const char*, const char* property, sd_bus_message* reply,
                 void* self, sd_bus_error* error);

 private:
  /// One call that wants to change something, from its arrival until its work begins.
  struct Waiting {
    Service* service = nullptr;
    Message call;
    Operation operation;
    std::unique_ptr<Question> question;
    Track track;  ///< of its sender
    std::list<Waiting>::iterator self = {};
  };

  static Service& of(void* self) { return *static_cast<Service*>(self); }
  static int on_idle(sd_event_source*, std::uint64_t, void* self);
  static int on_change(sd_event_source*, const inotify_event*, void* self);
  static int on_signal(sd_event_source*, const signalfd_siginfo*, void* self);
  static int on_gone(sd_bus_track*, void* waiting);

  Status prepare();
  Status admit(sd_bus_message* call, Operation operation);
  Status wait_for_authority(sd_bus_message* call, Operation operation);
  Status check_free() const;
  Status begin(sd_bus_message* call, const Operation& operation);
  void ended(sd_bus_message* call, const std::string& name, const Status& status);
  void announce();
  void stay();
  bool is_busy() const { return worker_ != nullptr || !waiting_.empty(); }
  Result<device::Report> report() const;
  void add_processes(device::Report& report);
  Status refresh();
  int reply(sd_bus_message* call, const Result<std::string>& text, sd_bus_error* error);

  sys::FileSystem& disk_;
  sys::Clock& clock_;
  ServiceOptions options_;
  Layout layout_;
  Events events_;
  Bus bus_;
  Slot object_;
  Source idle_;
  Source changes_;
  Source terminate_;
  Source interrupt_;
  std::list<Waiting> waiting_;
  std::unique_ptr<Worker> worker_;
  std::string working_;
  Snapshot shown_;
  Snapshot announced_;
  std::uint64_t shown_at_ = 0;  ///< the event loop's turn
  /// Who ran what when somebody asked last.
  struct Processes {
    std::chrono::nanoseconds at{};
    std::string letter;
    std::optional<running::Findings> findings;
  };
  std::optional<Processes> processes_;
  bool is_stopping_ = false;
};

int refuse(const Status& status, sd_bus_error* error) {
  if (status) return 1;
  return sd_bus_error_set(error, error_name(status.error().kind()).c_str(),
                          utf8(status.error().message()).c_str());
}

/// Messages may quote file names, which are not always UTF-8.
std::string written(const json::Value& value) {
  return value.dump(-1, ' ', false, json::Value::error_handler_t::replace);
}

constexpr std::uint64_t kAnybody = SD_BUS_VTABLE_UNPRIVILEGED;
constexpr std::uint64_t kChanges = SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE;

const sd_bus_vtable kTable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_PROPERTY("InterfaceVersion", "u", Service::get, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Platform", "s", Service::get, 0, kChanges),
    SD_BUS_PROPERTY("Baseline", "s", Service::get, 0, kChanges),
    SD_BUS_PROPERTY("Letter", "s", Service::get, 0, kChanges),
    SD_BUS_PROPERTY("State", "s", Service::get, 0, kChanges),
    SD_BUS_PROPERTY("Reason", "s", Service::get, 0, kChanges),
    SD_BUS_PROPERTY("ReasonText", "s", Service::get, 0, kChanges),
    SD_BUS_PROPERTY("Available", "s", Service::get, 0, kChanges),
    SD_BUS_PROPERTY("Automatic", "b", Service::get, 0, kChanges),
    SD_BUS_PROPERTY("LastPoll", "t", Service::get, 0, kChanges),
    SD_BUS_PROPERTY("LastVerifiedPoll", "t", Service::get, 0, kChanges),
    SD_BUS_PROPERTY("NextPoll", "t", Service::get, 0, kChanges),
    SD_BUS_PROPERTY("Warning", "s", Service::get, 0, kChanges),
    SD_BUS_PROPERTY("LastError", "s", Service::get, 0, kChanges),
    SD_BUS_PROPERTY("Working", "s", Service::get, 0, kChanges),
    SD_BUS_METHOD("Poll", "", "", Service::on_poll, kAnybody),
    SD_BUS_METHOD("Check", "", "", Service::on_check, kAnybody),
    SD_BUS_METHOD_WITH_NAMES("Install", "sas", SD_BUS_PARAM(letter) SD_BUS_PARAM(components), "", ,
                             Service::on_install, kAnybody),
    SD_BUS_METHOD("Remove", "", "", Service::on_remove, kAnybody),
    SD_BUS_METHOD_WITH_NAMES("SetAutomatic", "b", SD_BUS_PARAM(on), "", , Service::on_set_automatic,
                             kAnybody),
    SD_BUS_METHOD_WITH_NAMES("Why", "s", SD_BUS_PARAM(what), "s", SD_BUS_PARAM(json),
                             Service::on_why, kAnybody),
    SD_BUS_METHOD_WITH_NAMES("GetStatus", "", , "s", SD_BUS_PARAM(json), Service::on_get_status,
                             kAnybody),
    SD_BUS_METHOD_WITH_NAMES("GetHistory", "", , "s", SD_BUS_PARAM(json), Service::on_get_history,
                             kAnybody),
    SD_BUS_SIGNAL_WITH_NAMES("Progress", "sd", SD_BUS_PARAM(what) SD_BUS_PARAM(share), 0),
    SD_BUS_SIGNAL_WITH_NAMES("Done", "sbs",
                             SD_BUS_PARAM(operation) SD_BUS_PARAM(ok) SD_BUS_PARAM(message), 0),
    SD_BUS_VTABLE_END};

// Reading.

Result<device::Report> Service::report() const {
  return device::make_report(disk_, layout_, clock_.now());
}

// Anybody may ask as often as he likes; all of /proc is not read as often.
void Service::add_processes(device::Report& report) {
  const auto now = clock_.steady();
  const std::string on = report.active ? report.active->generation.letter : std::string();
  if (!processes_ || now - processes_->at > kProcessesStay || processes_->letter != on) {
    device::look_at_processes(report, disk_, layout_);
    processes_ = {now, on, report.running};
  }
  report.running = processes_->findings;
}

int Service::reply(sd_bus_message* call, const Result<std::string>& text, sd_bus_error* error) {
  stay();
  if (!text) return refuse(std::unexpected(text.error()), error);
  return sd_bus_reply_method_return(call, "s", text->c_str());
}

int Service::on_get_status(sd_bus_message* call, void* self, sd_bus_error* error) {
  auto report = of(self).report();
  if (!report) return of(self).reply(call, std::unexpected(report.error()), error);
  of(self).add_processes(*report);
  return of(self).reply(call, written(to_json(*report)), error);
}

int Service::on_why(sd_bus_message* call, void* self, sd_bus_error* error) {
  const char* what = nullptr;
  const int read = sd_bus_message_read(call, "s", &what);
  if (read < 0) return read;
  if (std::string_view(what).size() > kLongestQuestion) {
    return of(self).reply(call, fail(ErrorKind::Invalid, "what: longer than 200 bytes"), error);
  }
  const auto report = of(self).report();
  if (!report) return of(self).reply(call, std::unexpected(report.error()), error);
  const auto answers = device::why(*report, what);
  if (!answers) return of(self).reply(call, std::unexpected(answers.error()), error);
  return of(self).reply(call, written(device::to_json(*answers)), error);
}

int Service::on_get_history(sd_bus_message* call, void* self, sd_bus_error* error) {
  Service& service = of(self);
  const auto entries = device::Memory(service.disk_, service.layout_).history();
  if (!entries) return service.reply(call, std::unexpected(entries.error()), error);
  json::Value list = json::Value::array();
  for (const device::HistoryEntry& entry : *entries) list.push_back(to_json(entry));
  return service.reply(call, written(list), error);
}

Status Service::refresh() {
  std::uint64_t turn = 0;
  (void)sd_event_now(events_.get(), CLOCK_MONOTONIC, &turn);  // 0: read anew, which is right, too
  if (turn != 0 && turn == shown_at_) return {};
  const auto now = report();
  if (!now) return std::unexpected(now.error());
  shown_ = snapshot_of(*now, working_);
  shown_at_ = turn;
  return {};
}

int Service::get(sd_bus*, const char*, const char*, const char* property, sd_bus_message* reply,
                 void* self, sd_bus_error* error) {
  Service& service = of(self);
  service.stay();
  if (std::string_view(property) == "InterfaceVersion") {
    return sd_bus_message_append(reply, "u", kInterfaceVersion);
  }
  if (const Status fresh = service.refresh(); !fresh) return refuse(fresh, error);
  const PropertyValue& value = service.shown_.at(property);
  if (const bool* flag = std::get_if<bool>(&value)) {
    return sd_bus_message_append(reply, "b", *flag ? 1 : 0);
  }
  if (const std::uint64_t* number = std::get_if<std::uint64_t>(&value)) {
    return sd_bus_message_append(reply, "t", *number);
  }
  return sd_bus_message_append(reply, "s", std::get<std::string>(value).c_str());
}

/// Says which properties are others than before.
void Service::announce() {
  shown_at_ = 0;
  if (!refresh()) return;
  const Snapshot before = std::exchange(announced_, shown_);
  std::vector<char*> changed;
  for (auto& [name, value] : shown_) {
    const auto old = before.find(name);
    if (old == before.end() || old->second != value) changed.push_back(const_cast<char*>(&name[0]));
  }
  if (changed.empty()) return;
  changed.push_back(nullptr);
  (void)sd_bus_emit_properties_changed_strv(bus_.get(), kObject, kInterface,
                                            changed.data());  // a bus that is gone ends the loop
}

int Service::on_change(sd_event_source*, const inotify_event*, void* self) {
  of(self).announce();
  return 0;
}

// Changing.

int Service::on_poll(sd_bus_message* call, void* self, sd_bus_error* error) {
  return refuse(of(self).admit(call, poll()), error);
}

int Service::on_check(sd_bus_message* call, void* self, sd_bus_error* error) {
  return refuse(of(self).admit(call, look()), error);
}

int Service::on_remove(sd_bus_message* call, void* self, sd_bus_error* error) {
  return refuse(of(self).admit(call, remove()), error);
}

int Service::on_set_automatic(sd_bus_message* call, void* self, sd_bus_error* error) {
  int on = 0;
  const int read = sd_bus_message_read(call, "b", &on);
  if (read < 0) return read;
  return refuse(of(self).admit(call, set_automatic(on != 0)), error);
}

int Service::on_install(sd_bus_message* call, void* self, sd_bus_error* error) {
  const char* letter = nullptr;
  int read = sd_bus_message_read(call, "s", &letter);
  if (read < 0) return read;
  std::vector<std::string> components;
  read = sd_bus_message_enter_container(call, 'a', "s");
  for (const char* name = nullptr;
       read > 0 && (read = sd_bus_message_read(call, "s", &name)) > 0;) {
    components.emplace_back(name);
  }
  if (read < 0) return read;
  const auto report = of(self).report();
  if (!report) return refuse(std::unexpected(report.error()), error);
  auto operation = install(letter, components, *report);
  if (!operation) return refuse(std::unexpected(operation.error()), error);
  return refuse(of(self).admit(call, std::move(*operation)), error);
}

Status Service::check_free() const {
  if (worker_ == nullptr && !is_stopping_) return {};
  return fail(ErrorKind::Conflict, "\"" + working_ + "\" is under way; try again when it is done");
}

Status Service::admit(sd_bus_message* call, Operation operation) {
  stay();
  if (const Status free = check_free(); !free) return free;
  const auto caller = caller_of(call);
  if (!caller) return std::unexpected(caller.error());
  if (*caller == 0) return begin(call, operation);
  const Status forbidden = operation.forbidden(policy::load(disk_, options_.root));
  if (!forbidden) return forbidden;
  return wait_for_authority(call, std::move(operation));
}

Status Service::wait_for_authority(sd_bus_message* call, Operation operation) {
  if (waiting_.size() >= kMostWaiting) {
    return fail(ErrorKind::Unavailable, "too many callers wait for polkit already");
  }
  const auto place = waiting_.insert(waiting_.end(), Waiting{});
  place->service = this;
  place->call.reset(sd_bus_message_ref(call));
  place->operation = std::move(operation);
  place->self = place;
  Status asked = make(place->track, "watching a caller", [&](sd_bus_track** track) {
    return sd_bus_track_new(bus_.get(), track, on_gone, &*place);
  });
  if (asked) {
    asked = check(sd_bus_track_add_sender(place->track.get(), call), "watching a caller");
  }
  if (asked) {
    auto question = Question::ask(call, place->operation.action, [place](const Status& allowed) {
      // Out of the list first: what follows may fail, and is about this call alone.
      Service& service = *place->service;
      std::list<Waiting> mine;
      mine.splice(mine.end(), service.waiting_, place);
      Status begun = allowed;
      if (begun) begun = service.check_free();
      if (begun) begun = service.begin(place->call.get(), place->operation);
      if (!begun) {
        (void)sd_bus_reply_method_errorf(place->call.get(),
                                         error_name(begun.error().kind()).c_str(), "%s",
                                         utf8(begun.error().message()).c_str());
      }
      service.stay();
    });
    if (question) {
      place->question = std::move(*question);
    } else {
      asked = std::unexpected(question.error());
    }
  }
  if (!asked) waiting_.erase(place);
  return asked;
}

int Service::on_gone(sd_bus_track*, void* waiting) {
  Waiting& gone = *static_cast<Waiting*>(waiting);
  Service& service = *gone.service;
  service.waiting_.erase(gone.self);
  service.stay();
  return 0;
}

Status Service::begin(sd_bus_message* call, const Operation& operation) {
  std::vector<std::string> arguments{options_.worker};
  arguments.insert(arguments.end(), operation.command.begin(), operation.command.end());
  arguments.push_back("--as-child");
  arguments.push_back("--root=" + options_.root);
  arguments.insert(arguments.end(), operation.arguments.begin(), operation.arguments.end());
  std::shared_ptr<sd_bus_message> asked(sd_bus_message_ref(call), sd_bus_message_unref);
  auto worker = Worker::start(
      events_.get(), arguments,
      [this](const std::string& what, double share) {
        (void)sd_bus_emit_signal(bus_.get(), kObject, kInterface, "Progress", "sd",
                                 utf8(what).c_str(), share);  // who listens may miss one
      },
      [this, asked, name = operation.name](const Status& status) {
        ended(asked.get(), name, status);
      });
  if (!worker) return std::unexpected(worker.error());
  worker_ = std::move(*worker);
  working_ = operation.name;
  announce();
  return {};
}

/// Whoever asked may be gone: its reply then goes nowhere.
void Service::ended(sd_bus_message* call, const std::string& name, const Status& status) {
  worker_.reset();
  working_.clear();
  announce();
  const std::string message = status ? std::string() : utf8(status.error().message());
  (void)sd_bus_emit_signal(bus_.get(), kObject, kInterface, "Done", "sbs", name.c_str(),
                           status ? 1 : 0, message.c_str());
  if (status) {
    (void)sd_bus_reply_method_return(call, "");
  } else {
    (void)sd_bus_reply_method_errorf(call, error_name(status.error().kind()).c_str(), "%s",
                                     message.c_str());
  }
  if (is_stopping_) (void)sd_event_exit(events_.get(), 0);
  stay();
}

// Coming and going.

void Service::stay() {
  (void)sd_event_source_set_time_relative(
      idle_.get(), static_cast<std::uint64_t>(options_.idle.count()) * kMicroseconds);
  (void)sd_event_source_set_enabled(idle_.get(), SD_EVENT_ONESHOT);
}

int Service::on_idle(sd_event_source*, std::uint64_t, void* self) {
  Service& service = of(self);
  if (service.is_busy()) return 0;  // its end counts anew
  // Without the name no call arrives any more; those that came before are answered, and if one of
  // them is work, the name is taken again.
  sd_bus* const bus = service.bus_.get();
  (void)sd_bus_release_name(bus, kService);
  while (sd_bus_process(bus, nullptr) > 0) {
  }
  if (!service.is_busy()) return sd_event_exit(service.events_.get(), 0);
  return sd_bus_request_name(bus, kService, 0);
}

int Service::on_signal(sd_event_source*, const signalfd_siginfo*, void* self) {
  Service& service = of(self);
  service.is_stopping_ = true;
  if (service.worker_ == nullptr) return sd_event_exit(service.events_.get(), 0);
  service.worker_->stop();
  return 0;
}

Status Service::prepare() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGCHLD, SIGTERM, SIGINT}) sigaddset(&signals, number);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  if (const Status made = make(events_, "starting", sd_event_new); !made) return made;
  sd_event* const events = events_.get();
  Status made = make(bus_, "connecting to the system bus", sd_bus_open_system);
  if (!made) return fail(ErrorKind::Unavailable, made.error().message());
  const std::uint64_t idle = static_cast<std::uint64_t>(options_.idle.count()) * kMicroseconds;
  made = make(idle_, "starting", [&](sd_event_source** source) {
    return sd_event_add_time_relative(events, source, CLOCK_BOOTTIME, idle, kTimerAccuracy, on_idle,
                                      this);
  });
  for (const auto& [number, source] :
       {std::pair(SIGTERM, &terminate_), std::pair(SIGINT, &interrupt_)}) {
    if (!made) return made;
    made = make(*source, "starting", [&, signal = number](sd_event_source** raw) {
      return sd_event_add_signal(events, raw, signal, on_signal, this);
    });
  }
  if (!made) return made;
  // What others write is seen while this runs; a device that is not provisioned has nothing to see.
  (void)make(changes_, "watching", [&](sd_event_source** source) {
    return sd_event_add_inotify(events, source, layout_.library().c_str(), IN_MOVED_TO, on_change,
                                this);
  });
  made = make(object_, "starting", [&](sd_bus_slot** slot) {
    return sd_bus_add_object_vtable(bus_.get(), slot, kObject, kInterface, kTable, this);
  });
  if (!made) return made;
  if (refresh()) announced_ = shown_;
  made = check(sd_bus_attach_event(bus_.get(), events, SD_EVENT_PRIORITY_NORMAL), "starting");
  if (!made) return made;
  made = check(sd_bus_set_exit_on_disconnect(bus_.get(), 1), "starting");
  if (!made) return made;
  made = check(sd_bus_request_name(bus_.get(), kService, 0),
               std::string("taking the name ") + kService);
  if (!made) return fail(ErrorKind::Unavailable, made.error().message());
  return made;
}

Status Service::run() {
  if (const Status prepared = prepare(); !prepared) return prepared;
  return check(sd_event_loop(events_.get()), "serving");
}

}  // namespace

Status serve(sys::FileSystem& disk, sys::Clock& clock, const ServiceOptions& options) {
  return Service(disk, clock, options).run();
}

}  // namespace interlude::bus
