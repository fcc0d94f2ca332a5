#include "sys/sim/file_system.hpp"

#include <algorithm>
#include <cerrno>

#include "sys/path_error.hpp"

namespace interlude::sys::sim {
namespace {

constexpr std::uint32_t kModeBits = 07777;
constexpr std::uint64_t kDevice = 1;
using FinalLink = Disk::FinalLink;

class SharedContent final : public ReadFile {
 public:
  explicit SharedContent(std::shared_ptr<const Bytes> content) : content_(std::move(content)) {}
  std::uint64_t size() const override { return content_->size(); }
  Result<ByteView> view() override { return ByteView(*content_); }

 private:
  std::shared_ptr<const Bytes> content_;
};

ByteView torn_or_whole(ByteView bytes, bool torn) {
  return torn ? bytes.first(bytes.size() / 2) : bytes;
}

std::unexpected<Error> power_cut(std::string_view activity) {
  return fail(ErrorKind::Internal, std::string(activity) + ": power cut");
}

/// An error of find() or of a step in an operation, as a Status.
template <class T>
std::unexpected<Error> passed_on(const Result<T>& failed) {
  return std::unexpected(failed.error());
}

}  // namespace

class FileSystem::OpenAppendFile final : public AppendFile {
 public:
  OpenAppendFile(FileSystem& disk, InodeId id, Path path)
      : disk_(disk), id_(id), path_(std::move(path)), restarts_(disk.restarts_) {
    size_ = disk_.disk_.inode(id_).content->size();
  }

  Status append(ByteView bytes) override {
    if (is_dead()) return power_cut("writing " + path_);
    const Status done = disk_.operate("writing " + path_, [&](bool torn) {
      const std::uint64_t end = disk_.disk_.inode(id_).content->size();
      return disk_.extend(id_, end, torn_or_whole(bytes, torn), path_);
    });
    if (done) size_ += bytes.size();
    return done;
  }
  std::uint64_t size() const override { return size_; }
  Status sync() override {
    if (is_dead()) return power_cut("syncing " + path_);
    return disk_.operate("syncing " + path_, [&](bool) -> Status {
      disk_.disk_.sync(id_);
      return {};
    });
  }

 private:
  bool is_dead() const { return restarts_ != disk_.restarts_; }

  FileSystem& disk_;
  InodeId id_;
  Path path_;
  std::uint64_t restarts_;
  std::uint64_t size_ = 0;
};

void FileSystem::cut_power_at(std::uint64_t n, AfterCut after) {
  cut_at_ = operations_ + n;
  after_cut_ = after;
}

void FileSystem::fail_at(std::uint64_t n, ErrorKind kind) {
  fail_at_ = operations_ + n;
  fail_kind_ = kind;
}

void FileSystem::restart(Survivors survivors, std::uint64_t seed) {
  disk_.cut_power(survivors, seed);
  powerless_ = false;
  cut_at_ = 0;
  fail_at_ = 0;
  ++restarts_;
}

template <class Act>
Status FileSystem::operate(std::string_view activity, Act act) {
  if (powerless_) return power_cut(activity);
  ++operations_;
  if (operations_ == fail_at_) {
    return fail(fail_kind_, std::string(activity) + ": made to fail");
  }
  if (operations_ != cut_at_) return act(false);
  powerless_ = true;
  if (after_cut_ != AfterCut::NotDone) (void)act(after_cut_ == AfterCut::Torn);  // nobody learns
  return power_cut(activity);
}

Inode FileSystem::fresh_inode(FileType type, std::uint32_t mode) const {
  Inode inode;
  inode.type = type;
  inode.mode = mode & kModeBits;
  inode.changed_ns = static_cast<std::int64_t>(operations_);
  return inode;
}

Inode& FileSystem::changing(InodeId id) {
  Inode& inode = disk_.inode(id);
  inode.changed_ns = static_cast<std::int64_t>(operations_);
  return inode;
}

Status FileSystem::powered() const {
  if (powerless_) return power_cut("reading");
  return {};
}

Result<Place> FileSystem::existing(std::string_view activity, const Path& path,
                                   FinalLink final_link) const {
  Result<Place> place = disk_.find(activity, path, final_link);
  if (place && place->inode == 0) return std::unexpected(path_error(activity, path, ENOENT));
  return place;
}

Result<Place> FileSystem::free_name(std::string_view activity, const Path& path) const {
  Result<Place> place = disk_.find(activity, path, FinalLink::Keep);
  if (place && place->inode != 0) return std::unexpected(path_error(activity, path, EEXIST));
  return place;
}

Result<InodeId> FileSystem::regular(std::string_view activity, const Path& path) const {
  const Result<Place> place = existing(activity, path, FinalLink::Follow);
  if (!place) return passed_on(place);
  const FileType type = disk_.inode(place->inode).type;
  if (type == FileType::Directory) return std::unexpected(path_error(activity, path, EISDIR));
  if (type != FileType::Regular) {
    return fail(ErrorKind::Conflict, std::string(activity) + " " + path + ": not a regular file");
  }
  return place->inode;
}

Result<InodeId> FileSystem::regular_for_writing(const Path& file, std::uint32_t mode) {
  const Result<Place> place = disk_.find("creating", file, FinalLink::Keep);
  if (!place) return passed_on(place);
  if (place->inode == 0) return disk_.create(*place, fresh_inode(FileType::Regular, mode));
  return regular("writing", file);
}

Status FileSystem::extend(InodeId id, std::uint64_t kept, ByteView more, const Path& path) {
  Inode& inode = changing(id);
  const std::uint64_t others = disk_.used_bytes() - inode.content->size();
  const std::uint64_t room = capacity_ > others + kept ? capacity_ - others - kept : 0;
  const ByteView fitting = more.first(std::min<std::uint64_t>(more.size(), room));
  Bytes content(inode.content->begin(), inode.content->begin() + static_cast<std::ptrdiff_t>(kept));
  interlude::append(content, fitting);
  inode.content = std::make_shared<const Bytes>(std::move(content));
  if (fitting.size() < more.size()) return std::unexpected(path_error("writing", path, ENOSPC));
  return {};
}

Status FileSystem::make_node(const Path& path, FileType type) {
  const Result<Place> place = free_name("making", path);
  if (!place) return passed_on(place);
  disk_.create(*place, fresh_inode(type, 0644));
  disk_.sync(place->directory);
  return {};
}

Result<Bytes> FileSystem::read(const Path& file, std::uint64_t limit_bytes) {
  if (const Status on = powered(); !on) return passed_on(on);
  const Result<InodeId> id = regular("opening", file);
  if (!id) return passed_on(id);
  const Bytes& content = *disk_.inode(*id).content;
  if (content.size() > limit_bytes) {
    return fail(ErrorKind::NoSpace, "reading " + file + ": " + std::to_string(content.size()) +
                                        " bytes, at most " + std::to_string(limit_bytes) +
                                        " expected");
  }
  return content;
}

Result<std::unique_ptr<ReadFile>> FileSystem::open(const Path& file) {
  if (const Status on = powered(); !on) return passed_on(on);
  const Result<InodeId> id = regular("opening", file);
  if (!id) return passed_on(id);
  return std::make_unique<SharedContent>(disk_.inode(*id).content);
}

Result<std::unique_ptr<ReadFile>> FileSystem::open_beneath(const Path& directory,
                                                           const Path& relative) {
  if (const Status canonical = check_canonical(relative); !canonical) return passed_on(canonical);
  Path place = directory;
  for (std::size_t start = 0; start != std::string::npos;) {
    const std::size_t slash = relative.find('/', start);
    place = join(place, relative.substr(start, slash - start));
    const Result<FileInfo> found = info(place);
    if (!found) return passed_on(found);
    if (found->type == FileType::Symlink) {
      return std::unexpected(path_error("opening", place, ELOOP));
    }
    start = slash == std::string::npos ? slash : slash + 1;
  }
  return open(place);
}

Result<std::vector<std::string>> FileSystem::list(const Path& directory) {
  if (const Status on = powered(); !on) return passed_on(on);
  const Result<Place> place = existing("listing", directory, FinalLink::Follow);
  if (!place) return passed_on(place);
  const Inode& inode = disk_.inode(place->inode);
  if (inode.type != FileType::Directory) {
    return std::unexpected(path_error("listing", directory, ENOTDIR));
  }
  std::vector<std::string> names;
  for (const auto& [name, id] : inode.entries) names.push_back(name);
  return names;
}

Result<FileInfo> FileSystem::info(const Path& path) {
  if (const Status on = powered(); !on) return passed_on(on);
  const Result<Place> place = existing("looking at", path, FinalLink::Keep);
  if (!place) return passed_on(place);
  const Inode& inode = disk_.inode(place->inode);
  FileInfo info;
  info.type = inode.type;
  info.mode = inode.mode;
  info.uid = inode.uid;
  info.gid = inode.gid;
  info.size = inode.type == FileType::Symlink ? inode.target.size() : inode.content->size();
  info.device = kDevice;
  info.inode = place->inode;
  info.links = disk_.links(place->inode);
  info.changed_ns = inode.changed_ns;
  return info;
}

Result<std::string> FileSystem::read_link(const Path& link) {
  if (const Status on = powered(); !on) return passed_on(on);
  const Result<Place> place = existing("reading link", link, FinalLink::Keep);
  if (!place) return passed_on(place);
  const Inode& inode = disk_.inode(place->inode);
  if (inode.type != FileType::Symlink) {
    return std::unexpected(path_error("reading link", link, EINVAL));
  }
  return inode.target;
}

Result<std::map<std::string, Bytes>> FileSystem::attributes(const Path& path) {
  if (const Status on = powered(); !on) return passed_on(on);
  const Result<Place> place = existing("reading attributes of", path, FinalLink::Keep);
  if (!place) return passed_on(place);
  return disk_.inode(place->inode).attributes;
}

Result<Path> FileSystem::resolve(const Path& path) {
  if (const Status on = powered(); !on) return passed_on(on);
  const Result<Place> place = existing("resolving", path, FinalLink::Follow);
  if (!place) return passed_on(place);
  return place->path;
}

Result<std::uint64_t> FileSystem::free_bytes(const Path& path) {
  if (const Status on = powered(); !on) return passed_on(on);
  const Result<Place> place = existing("asking for free space at", path, FinalLink::Follow);
  if (!place) return passed_on(place);
  return capacity_ - std::min(capacity_, disk_.used_bytes());
}

Status FileSystem::write(const Path& file, ByteView content, std::uint32_t mode) {
  return operate("writing " + file, [&](bool torn) -> Status {
    const Result<InodeId> id = regular_for_writing(file, mode);
    if (!id) return passed_on(id);
    return extend(*id, 0, torn_or_whole(content, torn), file);
  });
}

Result<std::unique_ptr<AppendFile>> FileSystem::append(const Path& file, std::uint32_t mode,
                                                       bool truncate) {
  InodeId id = 0;
  const Status opened = operate("opening " + file, [&](bool) -> Status {
    const Result<InodeId> found = regular_for_writing(file, mode);
    if (!found) return passed_on(found);
    id = *found;
    return truncate ? extend(id, 0, {}, file) : Status();
  });
  if (!opened) return passed_on(opened);
  return std::make_unique<OpenAppendFile>(*this, id, file);
}

Status FileSystem::make_directory(const Path& directory, std::uint32_t mode) {
  return operate("making directory " + directory, [&](bool) -> Status {
    const Result<Place> place = free_name("making directory", directory);
    if (!place) return passed_on(place);
    disk_.create(*place, fresh_inode(FileType::Directory, mode));
    return {};
  });
}

Status FileSystem::make_symlink(const std::string& target, const Path& link) {
  return operate("making link " + link, [&](bool) -> Status {
    if (target.empty()) return std::unexpected(path_error("making link", link, ENOENT));
    const Result<Place> place = free_name("making link", link);
    if (!place) return passed_on(place);
    Inode inode = fresh_inode(FileType::Symlink, 0777);
    inode.target = target;
    disk_.create(*place, std::move(inode));
    return {};
  });
}

Status FileSystem::make_whiteout(const Path& path) {
  return operate("marking as deleted " + path, [&](bool) -> Status {
    const Result<Place> place = free_name("marking as deleted", path);
    if (!place) return passed_on(place);
    disk_.create(*place, fresh_inode(FileType::Device, 0));
    return {};
  });
}

Status FileSystem::make_hard_link(const Path& from, const Path& link) {
  const std::string activity = "linking " + from + " as";
  return operate(activity + " " + link, [&](bool) -> Status {
    const Result<Place> source = existing(activity, from, FinalLink::Keep);
    if (!source) return passed_on(source);
    const Result<Place> place = free_name(activity, link);
    if (!place) return passed_on(place);
    if (disk_.inode(source->inode).type == FileType::Directory) {
      return std::unexpected(path_error(activity, link, EPERM));
    }
    disk_.link(*place, source->inode);
    return {};
  });
}

Status FileSystem::clone(const Path& from, const Path& to) {
  return operate("copying " + from + " to " + to, [&](bool) -> Status {
    const Result<InodeId> source = regular("opening", from);
    if (!source) return passed_on(source);
    const Result<Place> place = free_name("creating", to);
    if (!place) return passed_on(place);
    Inode inode = disk_.inode(*source);
    if (disk_.used_bytes() + inode.content->size() > capacity_) {
      return std::unexpected(path_error("copying to", to, ENOSPC));
    }
    // What was never synced under its own name does not last: the copy starts out empty there.
    const InodeId id = disk_.create(*place, fresh_inode(FileType::Regular, inode.mode));
    inode.changed_ns = disk_.inode(id).changed_ns;
    disk_.inode(id) = std::move(inode);
    return {};
  });
}

Status FileSystem::set_mode(const Path& path, std::uint32_t mode) {
  return operate("setting the mode of " + path, [&](bool) -> Status {
    const Result<Place> place = existing("setting the mode of", path, FinalLink::Follow);
    if (!place) return passed_on(place);
    changing(place->inode).mode = mode & kModeBits;
    return {};
  });
}

Status FileSystem::set_owner(const Path& path, std::uint32_t uid, std::uint32_t gid) {
  return operate("setting the owner of " + path, [&](bool) -> Status {
    const Result<Place> place = existing("setting the owner of", path, FinalLink::Keep);
    if (!place) return passed_on(place);
    Inode& inode = changing(place->inode);
    inode.uid = uid;
    inode.gid = gid;
    return {};
  });
}

Status FileSystem::set_attribute(const Path& path, const std::string& name, ByteView value) {
  const std::string activity = "setting attribute " + name + " of";
  return operate(activity + " " + path, [&](bool) -> Status {
    const Result<Place> place = existing(activity, path, FinalLink::Keep);
    if (!place) return passed_on(place);
    const Inode& inode = disk_.inode(place->inode);
    if (inode.type == FileType::Symlink) return std::unexpected(path_error(activity, path, EPERM));
    changing(place->inode).attributes[name] = Bytes(value.begin(), value.end());
    return {};
  });
}

Status FileSystem::rename(const Path& from, const Path& to) {
  const std::string activity = "renaming " + from + " to";
  return operate(activity + " " + to, [&](bool) -> Status {
    const auto refuse = [&](int number) {
      return std::unexpected(path_error(activity, to, number));
    };
    const Result<Place> source = existing(activity, from, FinalLink::Keep);
    if (!source) return passed_on(source);
    const Result<Place> target = disk_.find(activity, to, FinalLink::Keep);
    if (!target) return passed_on(target);
    const bool is_directory = disk_.inode(source->inode).type == FileType::Directory;
    if (is_directory && target->path.starts_with(source->path + "/")) return refuse(EINVAL);
    if (target->inode == source->inode) return {};
    if (target->inode != 0) {
      const Inode& replaced = disk_.inode(target->inode);
      const bool replaces_directory = replaced.type == FileType::Directory;
      if (is_directory && !replaces_directory) return refuse(ENOTDIR);
      if (!is_directory && replaces_directory) return refuse(EISDIR);
      if (!replaced.entries.empty()) return refuse(ENOTEMPTY);
    }
    changing(source->inode);
    disk_.rename(*source, *target);
    return {};
  });
}

Status FileSystem::remove(const Path& file) {
  return operate("removing " + file, [&](bool) -> Status {
    const Result<Place> place = existing("removing", file, FinalLink::Keep);
    if (!place) return passed_on(place);
    if (disk_.inode(place->inode).type == FileType::Directory) {
      return std::unexpected(path_error("removing", file, EISDIR));
    }
    disk_.unlink(*place);
    return {};
  });
}

Status FileSystem::remove_directory(const Path& directory) {
  return operate("removing directory " + directory, [&](bool) -> Status {
    const Result<Place> place = existing("removing directory", directory, FinalLink::Keep);
    if (!place) return passed_on(place);
    const auto refuse = [&](int number) {
      return std::unexpected(path_error("removing directory", directory, number));
    };
    const Inode& inode = disk_.inode(place->inode);
    if (inode.type != FileType::Directory) return refuse(ENOTDIR);
    if (!inode.entries.empty()) return refuse(ENOTEMPTY);
    disk_.unlink(*place);
    return {};
  });
}

Status FileSystem::sync(const Path& file_or_directory) {
  return operate("syncing " + file_or_directory, [&](bool) -> Status {
    const Result<Place> place = existing("opening", file_or_directory, FinalLink::Follow);
    if (!place) return passed_on(place);
    disk_.sync(place->inode);
    return {};
  });
}

Status FileSystem::sync_tree(const Path& directory) {
  return operate("syncing " + directory, [&](bool) -> Status {
    const Result<Place> place = existing("opening", directory, FinalLink::Follow);
    if (!place) return passed_on(place);
    if (disk_.inode(place->inode).type != FileType::Directory) {
      return std::unexpected(path_error("opening", directory, ENOTDIR));
    }
    disk_.sync_below(place->inode);
    return {};
  });
}

Status FileSystem::drop_cache(const Path& file) {
  if (const Status on = powered(); !on) return on;
  const Result<InodeId> id = regular("opening", file);
  if (!id) return passed_on(id);
  if (!spoiled_.empty() && file.find(spoiled_) != Path::npos) spoil_content(*id);
  return {};
}

void FileSystem::spoil_content(InodeId id) {
  Inode& inode = disk_.inode(id);
  Bytes other = *inode.content;
  if (!other.empty()) other.back() ^= 1U;
  inode.content = std::make_shared<const Bytes>(std::move(other));
}

}  // namespace interlude::sys::sim
