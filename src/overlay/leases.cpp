#include "overlay/leases.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <memory>

#include "sys/posix/unique_fd.hpp"

namespace interlude::overlay {
namespace {

constexpr mode_t kFolderMode = 0700;
constexpr mode_t kLeaseMode = 0600;

/// The fields of /proc/PID/stat from the second on: the program's name without its parentheses, the
/// state, the parent…
std::vector<std::string> fields_of(int pid) {
  std::array<char, 2048> text{};
  const sys::posix::UniqueFd fd(
      ::open(fmt::format("/proc/{}/stat", pid).c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return {};
  const ssize_t length = ::read(fd.get(), text.data(), text.size());
  if (length <= 0) return {};
  const std::string_view line(text.data(), static_cast<std::size_t>(length));
  // The name may hold anything, parentheses and blanks too: it ends at the last one.
  const std::size_t open = line.find('(');
  const std::size_t close = line.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return {};
  std::vector<std::string> fields{std::string(line.substr(open + 1, close - open - 1))};
  std::string_view rest = line.substr(close + 1);
  while (!rest.empty()) {
    if (rest.front() == ' ' || rest.front() == '\n') {
      rest.remove_prefix(1);
      continue;
    }
    const std::size_t end = std::min(rest.find_first_of(" \n"), rest.size());
    fields.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end);
  }
  return fields;
}

std::optional<int> process_number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value <= 0) return std::nullopt;
  return value;
}

constexpr std::string_view kLocked = ".locked";

Path lease_of(const Layout& layout, int pid, std::string_view start_time) {
  return join(layout.leases(), fmt::format("{}.{}", pid, start_time));
}

}  // namespace

Status open_lease(const Layout& layout, int pid, LeaseEnds ends) {
  const auto started = start_time_of(pid);
  if (!started) return fail(ErrorKind::NotFound, fmt::format("there is no process {}", pid));
  if (::mkdir(layout.leases().c_str(), kFolderMode) != 0 && errno != EEXIST) {
    return std::unexpected(errno_error("making " + layout.leases()));
  }
  Path lease = lease_of(layout, pid, *started);
  if (ends == LeaseEnds::WithLock) lease += kLocked;
  const sys::posix::UniqueFd fd(
      ::open(lease.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kLeaseMode));
  if (!fd) return std::unexpected(errno_error("making " + lease));
  return {};
}

Status end_lease(const Layout& layout, int pid) {
  const auto started = start_time_of(pid);
  if (!started) return {};
  const Path lease = lease_of(layout, pid, *started);
  if (::unlink(lease.c_str()) != 0 && errno != ENOENT) {
    return std::unexpected(errno_error("removing " + lease));
  }
  return {};
}

Result<std::vector<Lessee>> live_leases(const Layout& layout) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(layout.leases().c_str()), &::closedir);
  if (!folder) {
    if (errno == ENOENT) return std::vector<Lessee>();
    return std::unexpected(errno_error("listing " + layout.leases()));
  }
  std::vector<Lessee> live;
  while (const dirent* const entry = ::readdir(folder.get())) {
    const std::string_view name = entry->d_name;
    const bool needs_lock = name.ends_with(kLocked);
    const std::string_view process =
        needs_lock ? name.substr(0, name.size() - kLocked.size()) : name;
    const std::size_t dot = process.find('.');
    const auto pid = process_number(process.substr(0, dot));
    if (!pid || dot == std::string_view::npos) continue;
    const bool is_there = start_time_of(*pid) == process.substr(dot + 1);
    if (is_there && (!needs_lock || holder_of_package_locks(layout) == pid)) {
      live.push_back({*pid, program_of(*pid)});
    } else {
      (void)::unlink(join(layout.leases(), name).c_str());  // counts for nothing anyhow
    }
  }
  return live;
}

std::optional<int> holder_of_package_locks(const Layout& layout) {
  for (const char* lock : {"lock-frontend", "lock"}) {
    const Path file = join(layout.root(), join("var/lib/dpkg", lock));
    const sys::posix::UniqueFd fd(::open(file.c_str(), O_RDWR | O_CLOEXEC));
    if (!fd) continue;
    struct flock wanted {};
    wanted.l_type = F_WRLCK;
    wanted.l_whence = SEEK_SET;
    if (::fcntl(fd.get(), F_GETLK, &wanted) == 0 && wanted.l_type != F_UNLCK && wanted.l_pid > 0) {
      return wanted.l_pid;
    }
  }
  return std::nullopt;
}

std::optional<std::string> start_time_of(int pid) {
  constexpr std::size_t kStartTime = 20;  // field 22; the first here is field 2
  const auto fields = fields_of(pid);
  if (fields.size() <= kStartTime) return std::nullopt;
  constexpr std::size_t kState = 1;
  if (fields[kState] == "Z" || fields[kState] == "X") return std::nullopt;  // it has ended
  return fields[kStartTime];
}

std::optional<int> parent_of_process(int pid) {
  constexpr std::size_t kParent = 2;
  const auto fields = fields_of(pid);
  if (fields.size() <= kParent) return std::nullopt;
  return process_number(fields[kParent]);
}

std::string program_of(int pid) {
  const auto fields = fields_of(pid);
  return fields.empty() ? "" : fields.front();
}

}  // namespace interlude::overlay
