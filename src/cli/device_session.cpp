#include "cli/device_session.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <utility>

#include "bus/network.hpp"
#include "device/provision.hpp"
#include "overlay/namespaces.hpp"
#include "overlay/switcher.hpp"
#include "policy/policy.hpp"
#include "probes/probe_file.hpp"
#include "sandbox/landlock.hpp"
#include "sys/file_transport.hpp"
#include "sys/posix/surroundings.hpp"

namespace interlude::cli {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kLongestWait = 10s;
constexpr std::chrono::milliseconds kBetweenTries = 100ms;
constexpr std::uint32_t kDirectoryMode = 0755;

Result<sys::posix::LockFile> wait_for(const Path& lock) {
  for (auto waited = 0ms;; waited += kBetweenTries) {
    auto held = sys::posix::LockFile::acquire(lock);
    if (held || held.error().kind() != ErrorKind::Conflict || waited >= kLongestWait) return held;
    if (interrupted()) return fail(ErrorKind::Cancelled, "stopped while waiting for " + lock);
    std::this_thread::sleep_for(kBetweenTries);
  }
}

bool is_folder(sys::FileSystem& disk, const Path& path) {
  const auto info = disk.info(path);
  return info && info->type == sys::FileType::Directory;
}

/// The URL of a repository that somebody copied to `given`: itself, or the public/ folder in it.
Result<std::string> copied_repository(sys::FileSystem& disk, const Path& given) {
  const auto folder = disk.resolve(given);
  if (!folder) return std::unexpected(folder.error().during("--from"));
  for (const Path& place : {*folder, join(*folder, "public")}) {
    if (!is_folder(disk, join(place, "metadata"))) continue;
    const bool is_complete = is_folder(disk, join(place, "targets")) &&
                             sys::exists(disk, join(place, "metadata/timestamp.json"));
    if (is_complete) return sys::file_url_of(place);
    return fail(ErrorKind::NotFound,
                "--from: the repository in " + place +
                    " is not complete: metadata/timestamp.json or targets/ is missing. Is it "
                    "still being copied?");
  }
  return fail(ErrorKind::NotFound, "--from: " + *folder +
                                       " is no repository: it has no metadata/ and targets/, and "
                                       "no public/ with them");
}

Result<probes::ProbeFile> read_own_probes(sys::FileSystem& disk, const Path& file) {
  constexpr std::uint64_t kLargestFile = 1U << 20U;
  const auto text = disk.read(file, kLargestFile);
  if (!text) return std::unexpected(text.error());
  return probes::parse_probe_file(as_text(*text), file, probes::By::Administrator);
}

/// The administrator's own probes. What is wrong with a file is said; the others count, and nothing
/// is held up for it: going back least of all.
std::vector<improvement::Probe> own_probes(const Invocation& run, sys::FileSystem& disk,
                                           const Path& folder) {
  std::vector<improvement::Probe> all;
  const auto names = disk.list(folder);
  for (const std::string& name : names ? *names : std::vector<std::string>()) {
    if (!name.ends_with(".toml")) continue;
    const auto read = read_own_probes(disk, join(folder, name));
    if (!read) {
      run.note("warning: " + read.error().message());
      continue;
    }
    for (const probes::ProbeOf& each : read->probes) {
      all.push_back(each.probe);
      all.back().name = name + "/" + each.probe.name;
    }
  }
  return all;
}

/// What holds on this machine now.
device::Circumstances circumstances(const Invocation& run, sys::FileSystem& disk,
                                    const Layout& layout) {
  device::Circumstances now;
  const auto read = policy::load(disk, layout.root());
  now.policy = read.policy;
  now.restarts = {read.restart_never, read.restart_allowed};
  now.in_use_deadline = read.in_use_deadline;
  now.apply_at_least = read.apply_at_least;
  now.probes = own_probes(run, disk, layout.probes());
  now.clock_synchronised = sys::posix::clock_is_synchronised();
  now.utc_offset = sys::posix::utc_offset();
  now.is_metered = bus::connection_is_metered;
  now.battery = sys::posix::battery();
  return now;
}

}  // namespace

Result<Path> own_program() {
  sys::posix::FileSystem disk;
  return disk.resolve("/proc/self/exe");
}

Result<Path> program_of_ours(const std::string& name) {
  sys::posix::FileSystem disk;
  const auto self = own_program();
  if (!self) return self;
  const Path here = parent_of(*self);
  const Path built = join(here, name);
  const Path installed = join(parent_of(here), "libexec/interlude/" + name);
  for (const Path& program : {installed, built}) {
    if (sys::exists(disk, program)) return program;
  }
  return fail(ErrorKind::NotFound, "neither " + installed + " nor " + built + " exists");
}

Result<device::Config> load_config_from(const Layout& layout, const Path& from) {
  sys::posix::FileSystem disk;
  auto config = device::load_config(disk, layout);
  if (!config || from.empty()) return config;
  const auto url = copied_repository(disk, from);
  if (!url) return std::unexpected(url.error());
  config->urls = {*url};
  return config;
}

Status become(std::vector<std::string> words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  (void)::execvp(pointers.front(), pointers.data());  // returns only where it failed
  return std::unexpected(errno_error("starting " + words.front()));
}

Result<sys::posix::LockFile> take_hold(const Layout& layout) {
  sys::posix::FileSystem disk;
  const Status made = sys::make_directories(disk, layout.running(), kDirectoryMode);
  if (!made) return std::unexpected(made.error());
  return wait_for(layout.lock());
}

void add_root_option(CLI::App& command, std::string& root) {
  root = "/";
  command.add_option("--root", root, "Folder that takes the place of / for the device's files")
      ->type_name("STATE")
      ->check([](const std::string& given) {
        return given.empty() ? std::string("it is empty") : std::string();
      });
}

Result<device::Report> full_report(const std::string& root) {
  sys::posix::FileSystem disk;
  const Layout layout(root);
  auto report = device::make_report(disk, layout, sys::posix::Clock().now());
  if (report) device::look_at_processes(*report, disk, layout);
  return report;
}

Status print_report(const Invocation& run, const std::string& root) {
  const auto report = full_report(root);
  if (!report) return std::unexpected(report.error());
  const int landlock = sandbox::landlock_version();
  if (run.json()) {
    json::Value document = to_json(*report);
    const auto account = sandbox::unprivileged_account();
    document["sandbox"] = {{"landlock", landlock},
                           {"user", account ? json::Value(account->uid) : json::Value()}};
    if (report->config.backend == device::Config::BackendKind::Overlay) {
      utsname kernel{};
      (void)::uname(&kernel);  // fails for no valid argument
      document["kernel"] = {{"release", kernel.release},
                            {"switches", name_of(overlay::best_method())}};
    }
    run.print(document);
  } else {
    run.print(to_text(*report));
    if (landlock == 0) run.print("  this kernel has no Landlock: one fence less around downloads");
  }
  return {};
}

Status check_protection(const std::string& root) {
  sys::posix::FileSystem disk;
  const auto report = device::make_report(disk, Layout(root), sys::posix::Clock().now());
  if (!report) return std::unexpected(report.error());
  if (report->warning.empty()) return {};
  return fail(ErrorKind::Unavailable, report->warning);
}

DeviceSession::DeviceSession(sys::posix::LockFile lock, const Layout& layout,
                             const device::Config& config)
    : layout_(layout), lock_(std::move(lock)), source_(layout, config) {}

Result<std::unique_ptr<DeviceSession>> DeviceSession::open(const Invocation& run,
                                                           const Options& options) {
  const Layout layout(options.root);
  sys::posix::FileSystem disk;
  auto config = load_config_from(layout, options.from);
  if (!config) return std::unexpected(config.error());
  if (options.poll_interval) config->poll_interval = *options.poll_interval;
  auto lock = take_hold(layout);
  if (!lock) return std::unexpected(lock.error());

  if (const Status set_up = device::set_up_from_files(disk, layout, *config); !set_up) {
    return std::unexpected(set_up.error());
  }

  std::unique_ptr<DeviceSession> session(new DeviceSession(std::move(*lock), layout, *config));
  DeviceSession& self = *session;
  device::Agent::Watch watch;
  if (options.verbose) {
    watch.step = [&run](std::string_view name) { run.note("step " + std::string(name)); };
  }
  watch.progress = [&self, &run, shows = options.show_progress || run.is_child()](
                       std::string_view what, double share) {
    return shows ? self.show(run, what, share) : !interrupted();
  };
  if (config->backend == device::Config::BackendKind::Overlay) {
    if (const Status live = self.enter_system(layout, options.from); !live)
      return std::unexpected(live.error());
  }
  auto agent = device::Agent::open(
      {self.disk_, self.clock_, self.random_, self.source_,
       self.workload_ ? &*self.workload_ : nullptr, self.mounts_ ? &*self.mounts_ : nullptr},
      layout, *config, circumstances(run, self.disk_, layout), std::move(watch));
  if (!agent) return std::unexpected(agent.error());
  self.agent_ = std::move(*agent);
  const auto recovered = self.agent_->recover();
  if (!recovered) return std::unexpected(recovered.error());
  self.was_interrupted_ = *recovered;
  return session;
}

Status DeviceSession::boot_passed() {
  if (!mounts_) return {};
  return overlay::Switcher(disk_, *mounts_, layout_).boot_passed();
}

Status DeviceSession::enter_system(const Layout& layout, const Path& from) {
  if (const Status seen = overlay::check_namespace(); !seen) return seen;
  // Mounts are told by their whole path, links resolved.
  const auto place = disk_.resolve(layout.root());
  if (!place) return std::unexpected(place.error().during("--root"));
  mounts_.emplace(Layout(*place));
  if (layout.root() != "/") return {};  // no system runs from there
  const auto self = own_program();
  if (!self) return std::unexpected(self.error());
  const auto helper = program_of_ours("interlude-probe-load");
  if (!helper) return std::unexpected(helper.error());
  units::SystemWorkload::Options options;
  options.load_helper = *helper;
  options.refresh = {*self, "check", "--connection"};
  if (!from.empty()) options.refresh.push_back("--from=" + from);
  workload_.emplace(processes_, std::move(options));
  return {};
}

bool DeviceSession::show(const Invocation& run, std::string_view what, double share) {
  if (what != shown_) {
    shown_ = what;
    progress_.reset();  // its line ends before the next begins
    progress_.reset(new Progress(run.progress(shown_)));
  }
  return progress_->update(share);
}

}  // namespace interlude::cli
