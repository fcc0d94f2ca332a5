#include "running/detector.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <utility>

#include "running/build_id.hpp"

namespace interlude::running {
namespace {

constexpr std::size_t kLongestText = 16U << 20U;  // of one process's maps
constexpr std::uint64_t kLargestFile = 1ULL << 30U;

class Descriptor {
 public:
  explicit Descriptor(const Path& path)
      : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

/// Reads up to `into.size()` bytes at `offset`; fewer at the end of the file or after an error.
std::size_t read_some(int fd, std::uint64_t offset, std::span<std::uint8_t> into) {
  std::size_t done = 0;
  while (done < into.size()) {
    const auto at = static_cast<off_t>(offset + done);
    const ssize_t got = ::pread(fd, into.data() + done, into.size() - done, at);
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

/// A text of the kernel's; nothing where the process is gone or not ours to look into.
std::optional<std::string> read_text(const Path& path) {
  const Descriptor file(path);
  if (!file.is_open()) return std::nullopt;
  std::string text;
  char piece[16384];
  ssize_t got = 0;
  while (text.size() < kLongestText && (got = ::read(file.get(), piece, sizeof piece)) > 0) {
    text.append(piece, static_cast<std::size_t>(got));
  }
  if (got < 0) return std::nullopt;
  return text;
}

struct Content {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::optional<std::string> build_id;
};

std::optional<Content> look_at(const Descriptor& file) {
  struct stat info {};
  if (!file.is_open() || ::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) return {};
  return Content{info.st_dev, info.st_ino,
                 build_id([&](std::uint64_t offset, std::span<std::uint8_t> into) {
                   return read_some(file.get(), offset, into) == into.size();
                 })};
}

std::optional<crypto::Sha256> hash_of(const Descriptor& file) {
  crypto::Hasher hasher;
  std::vector<std::uint8_t> piece(256U << 10U);
  for (std::uint64_t done = 0; done < kLargestFile;) {
    const std::size_t got = read_some(file.get(), done, piece);
    hasher.update({piece.data(), got});
    done += got;
    if (got < piece.size()) return hasher.finish_sha256();
  }
  return std::nullopt;
}

/// Watched paths with their versions, each version read once.
class Library {
 public:
  explicit Library(std::span<const Watched> watched) {
    for (const Watched& each : watched) {
      Known known{&each, {}};
      for (const Version& version : each.versions) {
        known.versions.emplace_back(version.digest, look_at(Descriptor(version.file)));
      }
      for (const Path& name : each.also) by_further_name_.emplace(name, each.path);
      by_path_.emplace(each.path, std::move(known));
    }
  }

  enum class Answer { Wanted, Old, Unknown };
  struct Judgement {
    Path path;  ///< the watched one
    Answer answer = Answer::Unknown;
  };
  /// Nothing where it is no watched file. `map_file` is where the mapped bytes can be read.
  std::optional<Judgement> judge(const Mapping& mapping, const Path& map_file) {
    const auto exact = by_path_.find(mapping.path);
    const bool is_named = exact != by_path_.end();
    if (!is_named && !by_further_name_.contains(mapping.path)) return std::nullopt;
    const auto key = std::pair(mapping.path, std::pair(mapping.device, mapping.inode));
    // What is mapped keeps its number, so within one look the pair stays true.
    const auto remembered = answers_.find(key);
    if (remembered != answers_.end()) return remembered->second;
    const auto judgement = is_named
                               ? Judgement{mapping.path, compare(exact->second, mapping, map_file)}
                               : compare_further(mapping, map_file);
    if (!judgement || judgement->answer != Answer::Unknown) answers_.emplace(key, judgement);
    return judgement;
  }

 private:
  struct Known {
    const Watched* watched = nullptr;
    std::vector<std::pair<crypto::Sha256, std::optional<Content>>> versions;
  };

  static Answer answer_for(const Known& known, const crypto::Sha256& digest) {
    return known.watched->wanted == digest ? Answer::Wanted : Answer::Old;
  }

  static Answer compare(const Known& known, const Mapping& mapping, const Path& map_file) {
    if (!known.watched->wanted) return Answer::Old;
    const auto digest = content_of(known, mapping, map_file);
    if (digest) return answer_for(known, *digest);
    return mapping.deleted ? Answer::Old : Answer::Unknown;
  }

  std::optional<Judgement> compare_further(const Mapping& mapping, const Path& map_file) {
    const auto [begin, end] = by_further_name_.equal_range(mapping.path);
    for (auto candidate = begin; candidate != end; ++candidate) {
      const Known& known = by_path_.find(candidate->second)->second;
      const auto digest = content_of(known, mapping, map_file);
      const bool is_ours = digest && std::ranges::any_of(known.versions, [&](const auto& version) {
                             return version.first == *digest;
                           });
      if (is_ours) return Judgement{candidate->second, answer_for(known, *digest)};
    }
    return std::nullopt;
  }

  /// By numbers, by build-id, by hash; nothing where it cannot be read.
  static std::optional<crypto::Sha256> content_of(const Known& known, const Mapping& mapping,
                                                  const Path& map_file) {
    for (const auto& [digest, content] : known.versions) {
      const bool same = content && content->device == mapping.device &&
                        content->inode == mapping.inode && !mapping.deleted;
      if (same) return digest;
    }
    const Descriptor mapped(map_file);
    const auto content = look_at(mapped);
    if (!content) return std::nullopt;
    if (const auto digest = by_build_id(known, *content)) return digest;
    return hash_of(mapped);
  }

  /// The one version with this build-id; nothing where none has it, or several.
  static std::optional<crypto::Sha256> by_build_id(const Known& known, const Content& content) {
    if (!content.build_id) return std::nullopt;
    std::optional<crypto::Sha256> found;
    for (const auto& [digest, version] : known.versions) {
      // A version that cannot be read might be the one.
      if (!version) return std::nullopt;
      if (version->build_id != content.build_id || found == digest) continue;
      if (found) return std::nullopt;
      found = digest;
    }
    return found;
  }

  std::map<Path, Known, std::less<>> by_path_;
  std::multimap<Path, Path, std::less<>> by_further_name_;  ///< to watched paths
  std::map<std::pair<Path, std::pair<std::uint64_t, std::uint64_t>>, std::optional<Judgement>>
      answers_;
};

/// The directories of a /proc that are processes.
Result<std::vector<int>> processes(const Path& proc) {
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(::opendir(proc.c_str()), ::closedir);
  if (!listing) return std::unexpected(errno_error("looking at processes in " + proc));
  std::vector<int> pids;
  while (const dirent* const entry = ::readdir(listing.get())) {
    const std::string_view name = entry->d_name;
    int pid = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (parsed.ec == std::errc() && parsed.ptr == name.data() + name.size()) pids.push_back(pid);
  }
  std::ranges::sort(pids);
  return pids;
}

/// Number `word`, counted from 1, of the line "NAME:" in /proc/PID/status; 0 where there is none.
std::uint32_t number_in(std::string_view status, std::string_view name, int word) {
  const std::string start = "\n" + std::string(name) + ":";
  const std::size_t at = status.find(start);
  if (at == std::string_view::npos) return 0;
  std::string_view line = status.substr(at + start.size());
  line = line.substr(0, line.find('\n'));
  std::uint32_t number = 0;
  for (; word > 0; --word) {
    line.remove_prefix(std::min(line.find_first_of("0123456789"), line.size()));
    const auto parsed = std::from_chars(line.data(), line.data() + line.size(), number);
    line.remove_prefix(static_cast<std::size_t>(parsed.ptr - line.data()));
  }
  return number;
}

/// Names of users out of passwd(5), read as a file: asking the system's name service would load
/// whatever modules it is configured for.
class Users {
 public:
  explicit Users(const Path& root) {
    const auto text = read_text(join(root, "etc/passwd"));
    std::string_view rest = text ? std::string_view(*text) : std::string_view();
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      const std::size_t name_end = line.find(':');
      const std::size_t number_at = line.find(':', std::min(name_end, line.size() - 1) + 1);
      if (name_end == std::string_view::npos || number_at == std::string_view::npos) continue;
      std::uint32_t uid = 0;
      const char* const end = line.data() + line.size();
      const auto parsed = std::from_chars(line.data() + number_at + 1, end, uid);
      if (parsed.ec == std::errc()) names_.emplace(uid, shown(line.substr(0, name_end)));
    }
  }

  std::string name(std::uint32_t uid) const {
    const auto found = names_.find(uid);
    return found == names_.end() ? std::to_string(uid) : found->second;
  }

 private:
  std::map<std::uint32_t, std::string> names_;
};

std::string program_of(const Path& process) {
  char target[4096];
  const ssize_t length = ::readlink(join(process, "exe").c_str(), target, sizeof target);
  if (length <= 0) {
    const std::string name = read_text(join(process, "comm")).value_or("?");
    return shown(std::string_view(name).substr(0, name.find('\n')));
  }
  std::string_view name(target, static_cast<std::size_t>(length));
  if (name.ends_with(" (deleted)")) name.remove_suffix(10);
  return shown(file_name_of(name));
}

void add(std::vector<Path>& paths, const Path& path) {
  if (std::ranges::find(paths, path) == paths.end()) paths.push_back(path);
}

class Look {
 public:
  Look(const World& world, std::span<const Watched> watched)
      : world_(world), library_(watched), users_(world.root) {}

  Result<Findings> run() {
    struct stat root {};
    if (::stat(world_.root.c_str(), &root) != 0) {
      return std::unexpected(errno_error("looking at " + world_.root));
    }
    const auto pids = processes(world_.proc);
    if (!pids) return std::unexpected(pids.error());
    for (const int pid : *pids) {
      if (pid != world_.except) look_at_process(pid, root);
    }
    return std::move(findings_);
  }

 private:
  void look_at_process(int pid, const struct stat& our_root) {
    const Path process = join(world_.proc, std::to_string(pid));
    const std::string status = read_text(join(process, "status")).value_or("");
    const bool is_ours =
        world_.except != 0 && number_in(status, "PPid", 1) == static_cast<unsigned>(world_.except);
    if (is_ours) return;
    struct stat its_root {};
    if (::stat(join(process, "root/.").c_str(), &its_root) != 0) {
      if (errno == EACCES || errno == EPERM) ++findings_.unreadable;
      return;
    }
    if (its_root.st_dev != our_root.st_dev || its_root.st_ino != our_root.st_ino) {
      ++findings_.elsewhere;
      return;
    }
    const auto text = read_text(join(process, "maps"));
    if (!text) {
      if (errno == EACCES || errno == EPERM) ++findings_.unreadable;
      return;
    }
    ++findings_.looked_at;
    Process found;
    bool unknown = false;
    for (const Mapping& mapping : parse_maps(*text)) {
      if (!mapping.executable) continue;
      const auto judgement = library_.judge(mapping, join(process, "map_files/" + mapping.range));
      if (!judgement) continue;
      add(found.maps, judgement->path);
      if (judgement->answer == Library::Answer::Old) add(found.old, judgement->path);
      unknown = unknown || judgement->answer == Library::Answer::Unknown;
    }
    if (unknown) ++findings_.unreadable;
    if (found.maps.empty()) return;
    describe(found, pid, process, status);
    findings_.processes.push_back(std::move(found));
  }

  void describe(Process& found, int pid, const Path& process, const std::string& status) {
    found.pid = pid;
    found.program = program_of(process);
    found.uid = number_in(status, "Uid", 2);  // the effective one
    found.belongs = parse_control_group(read_text(join(process, "cgroup")).value_or(""));
    found.user = users_.name(found.uid);
  }

  World world_;
  Library library_;
  Users users_;
  Findings findings_;
};

}  // namespace

Result<Findings> look(const World& world, std::span<const Watched> watched) {
  return Look(world, watched).run();
}

}  // namespace interlude::running
