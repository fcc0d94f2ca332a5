#include "sys/posix/open_file.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <cerrno>

#include "sys/path_error.hpp"

namespace interlude::sys::posix {
namespace {

class MappedFile final : public ReadFile {
 public:
  MappedFile(OpenFile file, const Path& path)
      : fd_(std::move(file.fd)),
        size_(static_cast<std::uint64_t>(file.status.st_size)),
        path_(path) {}
  ~MappedFile() override {
    if (mapping_ != nullptr) ::munmap(mapping_, size_);
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::uint64_t size() const override { return size_; }

  Result<ByteView> view() override {
    if (size_ == 0) return ByteView();
    if (mapping_ == nullptr) {
      void* const mapped = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd_.get(), 0);
      if (mapped == MAP_FAILED) return std::unexpected(path_error("mapping", path_));
      mapping_ = mapped;
    }
    return ByteView(static_cast<const std::uint8_t*>(mapping_), size_);
  }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into) override {
    return posix::read_at(fd_.get(), offset, into, path_);
  }

 private:
  UniqueFd fd_;
  std::uint64_t size_;
  Path path_;
  void* mapping_ = nullptr;
};

class DescriptorAppendFile final : public AppendFile {
 public:
  DescriptorAppendFile(OpenFile file, const Path& path)
      : fd_(std::move(file.fd)),
        size_(static_cast<std::uint64_t>(file.status.st_size)),
        path_(path) {}

  Status append(ByteView bytes) override {
    const Status written = write_all(fd_.get(), bytes, path_);
    if (written) size_ += bytes.size();
    return written;
  }
  std::uint64_t size() const override { return size_; }
  Status sync() override {
    if (::fsync(fd_.get()) != 0) return std::unexpected(path_error("syncing", path_));
    return {};
  }

 private:
  UniqueFd fd_;
  std::uint64_t size_;
  Path path_;
};

Result<OpenFile> checked_regular(UniqueFd fd, std::string_view activity, const Path& path) {
  OpenFile file{std::move(fd), {}};
  if (::fstat(file.fd.get(), &file.status) != 0) {
    return std::unexpected(path_error(activity, path));
  }
  if (S_ISDIR(file.status.st_mode)) return std::unexpected(path_error(activity, path, EISDIR));
  if (!S_ISREG(file.status.st_mode)) {
    return fail(ErrorKind::Conflict, std::string(activity) + " " + path + ": not a regular file");
  }
  return file;
}

}  // namespace

Result<OpenFile> open_regular(const Path& file) {
  UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return std::unexpected(path_error("opening", file));
  return checked_regular(std::move(fd), "opening", file);
}

Result<OpenFile> open_regular_beneath(int directory, const Path& relative) {
  if (const Status canonical = check_canonical(relative); !canonical) {
    return std::unexpected(canonical.error());
  }
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  UniqueFd fd(
      static_cast<int>(::syscall(SYS_openat2, directory, relative.c_str(), &how, sizeof how)));
  if (!fd) return std::unexpected(path_error("opening", relative));
  return checked_regular(std::move(fd), "opening", relative);
}

Result<OpenFile> open_for_writing(const Path& file, std::uint32_t mode, bool truncate) {
  constexpr int kFlags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK;
  UniqueFd created(::open(file.c_str(), kFlags | O_CREAT | O_EXCL, mode & kModeBits));
  if (created) {
    // Not set by open() alone: the umask takes bits away.
    if (::fchmod(created.get(), mode & kModeBits) != 0) {
      return std::unexpected(path_error("setting the mode of", file));
    }
    return checked_regular(std::move(created), "writing", file);
  }
  if (errno != EEXIST) return std::unexpected(path_error("creating", file));
  UniqueFd existing(::open(file.c_str(), kFlags | (truncate ? O_TRUNC : 0)));
  if (!existing) return std::unexpected(path_error("writing", file));
  return checked_regular(std::move(existing), "writing", file);
}

Result<std::size_t> read_at(int fd, std::uint64_t offset, std::span<std::uint8_t> into,
                            const Path& path) {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t got =
        ::pread(fd, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(path_error("reading", path));
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

Status write_all(int fd, ByteView bytes, const Path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return std::unexpected(path_error("writing", path));
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

std::unique_ptr<ReadFile> make_read_file(OpenFile file, const Path& path) {
  return std::make_unique<MappedFile>(std::move(file), path);
}

std::unique_ptr<AppendFile> make_append_file(OpenFile file, const Path& path) {
  return std::make_unique<DescriptorAppendFile>(std::move(file), path);
}

}  // namespace interlude::sys::posix
