// readers GUARD ROOT SWITCHES READERS: programs that read while what they read is switched.
//
// ROOT is a device whose generations "a" and "b" and whose baseline hold the same files in one
// hierarchy, each with the name of its generation as content. Reader processes open these files, by
// path and through one descriptor of their directory, while this process has the guard show one
// generation after the other. A file that is not there, or two generations through one descriptor,
// ends the test. Exit 0: none missing, none mixed, and every reader saw every generation.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <vector>

namespace {

constexpr const char* kHierarchy = "/usr/lib/readers";
constexpr std::array kFiles = {"one", "two", "deep/three"};
const std::array<std::string, 3> kGenerations = {"baseline", "a", "b"};
/// Each differs from its neighbours, and from one to the next the tree underneath is the wanted
/// one: a kernel that only piles up goes back by taking off.
const std::array<std::string, 4> kOrder = {"a", "b", "a", "baseline"};

/// In memory that all processes share.
struct Counters {
  std::atomic<bool> is_over;
  std::atomic<unsigned long> reads, missing, mixed;
};

struct Seen {
  int error = 0;  ///< errno, or 0
  std::string content;
};

Seen read_at(int directory, const char* path) {
  const int fd = ::openat(directory, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {errno, ""};
  std::array<char, 64> text{};
  const ssize_t length = ::read(fd, text.data(), text.size());
  const int error = length < 0 ? errno : 0;
  ::close(fd);
  return {error, std::string(text.data(), length < 0 ? 0 : static_cast<std::size_t>(length))};
}

bool is_known(const std::string& content) {
  for (const std::string& each : kGenerations) {
    if (content == each) return true;
  }
  return false;
}

/// One reader, until it is over. Exit code 0 only if it saw every generation.
int read_on(const std::string& directory, Counters& counters) {
  std::array<bool, kGenerations.size()> saw{};
  const auto note = [&](const Seen& seen, const char* how, const char* file) {
    ++counters.reads;
    if (seen.error == 0 && is_known(seen.content)) return;
    ++counters.missing;
    std::fprintf(stderr, "%s, %s: %s \"%s\"\n", file, how, std::strerror(seen.error),
                 seen.content.c_str());
  };
  while (!counters.is_over) {
    for (const char* file : kFiles)
      note(read_at(AT_FDCWD, (directory + "/" + file).c_str()), "by path", file);
    const int fd = ::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
      note({errno, ""}, "the directory itself", directory.c_str());
      continue;
    }
    std::string first;
    for (const char* file : kFiles) {
      const Seen seen = read_at(fd, file);
      note(seen, "through its directory", file);
      if (first.empty()) first = seen.content;
      if (seen.content == first) continue;
      ++counters.mixed;
      std::fprintf(stderr,
                   "%s is of \"%s\", what was read before through the same descriptor of \"%s\"\n",
                   file, seen.content.c_str(), first.c_str());
    }
    ::close(fd);
    for (std::size_t i = 0; i < kGenerations.size(); ++i)
      saw[i] = saw[i] || first == kGenerations[i];
  }
  for (const bool each : saw) {
    if (!each) return 1;
  }
  return 0;
}

/// Lets the guard show `generation`; false if it refuses.
bool switch_to(const std::string& guard, const std::string& root, const std::string& generation) {
  const std::string link = root + "/var/lib/interlude/active";
  const std::string fresh = link + ".new";
  ::unlink(fresh.c_str());
  if (::symlink(("generations/" + generation).c_str(), fresh.c_str()) != 0 ||
      ::rename(fresh.c_str(), link.c_str()) != 0) {
    std::perror("pointing at a generation");
    return false;
  }
  const pid_t child = ::vfork();
  if (child == 0) {
    ::execl(guard.c_str(), guard.c_str(), "settle", "--root", root.c_str(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: readers GUARD ROOT SWITCHES READERS\n");
    return 2;
  }
  const std::string guard = argv[1];
  const std::string root = std::string(argv[2]) == "/" ? "" : argv[2];
  const long switches = std::atol(argv[3]);
  void* const shared =
      ::mmap(nullptr, sizeof(Counters), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return 2;
  auto& counters = *new (shared) Counters{};

  std::vector<pid_t> readers;
  for (long i = 0; i < std::atol(argv[4]); ++i) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(read_on(root + kHierarchy, counters));
    readers.push_back(child);
  }
  const auto started = std::chrono::steady_clock::now();
  long done = 0;
  bool is_refused = false;
  while (done < switches && !is_refused && counters.missing == 0 && counters.mixed == 0) {
    is_refused = !switch_to(guard, argv[2], kOrder[static_cast<std::size_t>(done) % kOrder.size()]);
    if (!is_refused) ++done;
  }
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - started;
  counters.is_over = true;
  bool is_blind = false;
  for (const pid_t each : readers) {
    int status = 0;
    if (::waitpid(each, &status, 0) != each || !WIFEXITED(status)) return 2;
    is_blind = is_blind || WEXITSTATUS(status) != 0;
  }
  std::printf(
      "%ld switches, %.1f ms each with the start of a process; %lu reads, %lu missing, %lu mixed\n",
      done, took.count() / static_cast<double>(done > 0 ? done : 1), counters.reads.load(),
      counters.missing.load(), counters.mixed.load());
  if (is_refused) std::printf("a switch was refused\n");
  if (is_blind) std::printf("a reader did not see every generation\n");
  return is_refused || is_blind || counters.missing != 0 || counters.mixed != 0 ? 1 : 0;
}
