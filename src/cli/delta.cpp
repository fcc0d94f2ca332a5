// `interlude delta create` and `interlude delta apply`: patches for two files or two folders, apart
// from any repository. What they produce gets its name only when it is complete and checked; before
// that it has a name of its own beside it, which an interruption removes.

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "cli/command.hpp"
#include "delta/patch_file.hpp"
#include "json/json.hpp"
#include "sys/posix/file_system.hpp"

namespace interlude::cli {
namespace {

using delta::Tree;
using delta::TreeEntry;

constexpr std::uint32_t kPatchMode = 0644;
constexpr std::uint32_t kDirectoryWhileFilling = 0700;

struct DeltaOptions {
  std::string old;
  std::string fresh;
  std::string patch;
  unsigned threads = 0;
};

/// A file or folder on disk, its files mapped as long as this lives.
struct LoadedTree {
  Tree tree;
  bool is_folder = false;
  std::uint32_t mode = 0;  ///< of the file or folder itself; what is rebuilt gets it, too
  std::vector<std::unique_ptr<sys::ReadFile>> files;
};

Result<ByteView> map_file(sys::FileSystem& disk, const Path& path, LoadedTree& into) {
  Result<std::unique_ptr<sys::ReadFile>> file = disk.open(path);
  if (!file) return std::unexpected(file.error());
  into.files.push_back(std::move(*file));
  return into.files.back()->view();
}

Result<TreeEntry> entry_of(sys::FileSystem& disk, const Path& root, const Path& path,
                           const sys::FileInfo& info) {
  switch (info.type) {
    case sys::FileType::Regular:
      return TreeEntry{
          .kind = TreeEntry::Kind::File, .path = path, .mode = info.mode, .size = info.size};
    case sys::FileType::Directory:
      return TreeEntry{.kind = TreeEntry::Kind::Directory, .path = path, .mode = info.mode};
    case sys::FileType::Symlink: {
      const Result<std::string> target = disk.read_link(join(root, path));
      if (!target) return std::unexpected(target.error());
      return TreeEntry{.kind = TreeEntry::Kind::Link, .path = path, .target = *target};
    }
    case sys::FileType::Device:
    case sys::FileType::Other:
      break;
  }
  return fail(ErrorKind::Invalid,
              join(root, path) + ": neither a file, a folder nor a link; a patch cannot hold it");
}

Result<LoadedTree> load_folder(sys::FileSystem& disk, const Path& root, std::uint32_t mode) {
  LoadedTree loaded;
  loaded.is_folder = true;
  loaded.mode = mode;
  const Status walked =
      sys::walk(disk, root, [&](const Path& path, const sys::FileInfo& info) -> Status {
        Result<TreeEntry> entry = entry_of(disk, root, path, info);
        if (!entry) return std::unexpected(entry.error());
        loaded.tree.listing.push_back(std::move(*entry));
        return {};
      });
  if (!walked) return std::unexpected(walked.error());
  std::ranges::sort(loaded.tree.listing, {}, &TreeEntry::path);
  for (TreeEntry& entry : loaded.tree.listing) {
    if (entry.kind != TreeEntry::Kind::File) continue;
    const Result<ByteView> content = map_file(disk, join(root, entry.path), loaded);
    if (!content) return std::unexpected(content.error());
    entry.size = content->size();
    loaded.tree.contents.push_back(*content);
  }
  return loaded;
}

Result<LoadedTree> load(sys::FileSystem& disk, const Path& given) {
  const Result<Path> path = disk.resolve(given);
  if (!path) return std::unexpected(path.error());
  const Result<sys::FileInfo> info = disk.info(*path);
  if (!info) return std::unexpected(info.error());
  if (info->type == sys::FileType::Directory) return load_folder(disk, *path, info->mode);
  LoadedTree loaded;
  loaded.mode = info->mode;
  const Result<ByteView> content = map_file(disk, *path, loaded);
  if (!content) return std::unexpected(content.error());
  loaded.tree = delta::single_file(*content);
  return loaded;
}

std::uint64_t bytes_in(const Tree& tree) {
  std::uint64_t sum = 0;
  for (const ByteView content : tree.contents) sum += content.size();
  return sum;
}

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

void report(const Invocation& run, const Tree& old, const Tree& fresh, std::uint64_t patch_size) {
  const std::uint64_t old_size = bytes_in(old);
  const std::uint64_t fresh_size = bytes_in(fresh);
  const double ratio = share(patch_size, fresh_size);
  if (run.json()) {
    run.print(json::Value{{"old_bytes", old_size},
                          {"new_bytes", fresh_size},
                          {"patch_bytes", patch_size},
                          {"ratio", ratio}});
    return;
  }
  run.print(fmt::format("{} bytes of patch for {} bytes in {} file(s): {:.3f} %", patch_size,
                        fresh_size, fresh.contents.size(), ratio * 100));
}

Status create(const Invocation& run, const DeltaOptions& options) {
  sys::posix::FileSystem disk;
  const Result<LoadedTree> old = load(disk, options.old);
  if (!old) return std::unexpected(old.error().during("reading the old side"));
  const Result<LoadedTree> fresh = load(disk, options.fresh);
  if (!fresh) return std::unexpected(fresh.error().during("reading the new side"));
  if (old->is_folder != fresh->is_folder) {
    return fail(ErrorKind::Invalid, fmt::format("{} and {}: give two files or two folders",
                                                options.old, options.fresh));
  }
  // Told now, not after minutes of work.
  const Result<Path> folder = disk.resolve(parent_of(options.patch));
  if (!folder) return std::unexpected(folder.error().during("the folder of " + options.patch));
  Result<Bytes> patch;
  if (const Status free = sys::check_replaceable(disk, options.patch); !free) return free;
  {
    Progress progress = run.progress("Making " + options.patch);
    patch = delta::make_patch_file(old->tree, fresh->tree,
                                   {.threads = options.threads, .progress = [&](double done) {
                                      return progress.update(done);
                                    }});
  }
  if (!patch) return std::unexpected(patch.error());
  const Status written = sys::replace_file(disk, options.patch, *patch, kPatchMode);
  if (!written) return written;
  report(run, old->tree, fresh->tree, patch->size());
  return {};
}

/// Writes the new side under a name that is not its own yet.
class Writer {
 public:
  Writer(sys::FileSystem& disk, Path root) : disk_(disk), root_(std::move(root)) {}

  /// The folder that holds all others; not called for a single file.
  Status begin_folder(std::uint32_t mode) {
    directories_.push_back({root_, mode});
    return disk_.make_directory(root_, kDirectoryWhileFilling);
  }

  /// Folders and links first: files are then written into what is there. The modes of folders come
  /// last, in finish(): one may forbid writing.
  Status prepare(const delta::Listing& listing) {
    for (const TreeEntry& entry : listing) {
      const Path path = entry.path.empty() ? root_ : join(root_, entry.path);
      Status made;
      switch (entry.kind) {
        case TreeEntry::Kind::Directory:
          made = disk_.make_directory(path, kDirectoryWhileFilling);
          directories_.push_back({path, entry.mode});
          break;
        case TreeEntry::Kind::Link:
          made = disk_.make_symlink(entry.target, path);
          break;
        case TreeEntry::Kind::File:
          files_.push_back({path, entry.mode});
          break;
      }
      if (!made) return made;
    }
    return {};
  }

  Status write(std::size_t file, ByteView piece) {
    if (interrupted()) return fail(ErrorKind::Cancelled, "interrupted");
    if (file != open_index_ || !open_) {
      if (const Status closed = close(); !closed) return closed;
      auto opened = disk_.append(files_[file].path, files_[file].mode, true);
      if (!opened) return std::unexpected(opened.error());
      open_ = std::move(*opened);
      open_index_ = file;
    }
    return open_->append(piece);
  }

  Status finish() {
    if (const Status closed = close(); !closed) return closed;
    for (auto directory = directories_.rbegin(); directory != directories_.rend(); ++directory) {
      const Status set = disk_.set_mode(directory->path, directory->mode);
      if (!set) return set;
    }
    return directories_.empty() ? Status{} : disk_.sync_tree(root_);
  }

 private:
  struct Place {
    Path path;
    std::uint32_t mode = 0;
  };

  Status close() {
    if (!open_) return {};
    const Status synced = open_->sync();
    open_.reset();
    return synced;
  }

  sys::FileSystem& disk_;
  Path root_;
  std::vector<Place> directories_;
  std::vector<Place> files_;
  std::unique_ptr<sys::AppendFile> open_;
  std::size_t open_index_ = 0;
};

Status rebuild_into(sys::FileSystem& disk, const Path& partial, const delta::PatchFile& patch,
                    const LoadedTree& old) {
  Result<delta::Listing> listing = delta::fresh_listing(patch, old.tree, {});
  if (!listing) return std::unexpected(listing.error());
  const bool makes_file = listing->size() == 1 && listing->front().path.empty();
  if (makes_file == old.is_folder) {
    return fail(ErrorKind::Corrupt,
                "patch file: turns a folder into a file or a file into a folder");
  }
  delta::Listing placed = *listing;
  Writer writer(disk, partial);
  if (makes_file) {
    placed.front().mode = old.mode;
  } else if (const Status begun = writer.begin_folder(old.mode); !begun) {
    return begun;
  }
  if (const Status ready = writer.prepare(placed); !ready) return ready;
  const Status applied = delta::apply_content(
      patch, old.tree, *listing, {},
      [&](std::size_t file, ByteView piece) { return writer.write(file, piece); });
  if (!applied) return applied;
  return writer.finish();
}

Status apply(const DeltaOptions& options) {
  sys::posix::FileSystem disk;
  Path target = options.fresh;
  while (target.size() > 1 && target.ends_with('/')) target.pop_back();
  const Result<LoadedTree> old = load(disk, options.old);
  if (!old) return std::unexpected(old.error().during("reading the old side"));
  LoadedTree holder;
  const Result<ByteView> bytes = map_file(disk, options.patch, holder);
  if (!bytes) return std::unexpected(bytes.error());
  const Result<delta::PatchFile> patch = delta::PatchFile::parse(*bytes);
  if (!patch) return std::unexpected(patch.error().during(options.patch));
  if (!old->is_folder) {
    if (const Status free = sys::check_replaceable(disk, target); !free) return free;
  }
  if (old->is_folder && sys::exists(disk, target)) {
    return fail(ErrorKind::Conflict,
                target + ": exists already; name a folder that does not exist");
  }

  const Path partial = sys::unfinished_name(target);
  if (const Status swept = sys::remove_tree(disk, partial); !swept) return swept;
  Status done = rebuild_into(disk, partial, *patch, *old);
  if (done) done = disk.rename(partial, target);
  if (!done) {
    (void)sys::remove_tree(disk, partial);  // the first error is the one to report
    return std::unexpected(done.error().during(options.patch));
  }
  return disk.sync(parent_of(target));
}

}  // namespace

void define_delta(CLI::App& app, Invocation& run) {
  CLI::App& command = *app.add_subcommand("delta", "Make and apply patches for files and folders");
  command.require_subcommand(1);
  const auto options = std::make_shared<DeltaOptions>();

  CLI::App& create_command =
      *command.add_subcommand("create", "Make a patch that turns OLD into NEW");
  create_command.add_option("OLD", options->old, "The old file or folder")->required();
  create_command.add_option("NEW", options->fresh, "The new file or folder")->required();
  create_command.add_option("PATCH", options->patch, "The patch to write")->required();
  create_command.add_option("--threads", options->threads,
                            "Threads to use; the patch is the same for any number (default: all)");
  run.add_json_option(create_command);
  run.on_run(create_command, "interlude delta create libcrypto-old.so libcrypto-new.so fix.patch",
             [&run, options] { return create(run, *options); });

  CLI::App& apply_command = *command.add_subcommand(
      "apply", "Rebuild NEW from OLD and a patch; NEW appears only when its SHA-256 is right");
  apply_command.add_option("OLD", options->old, "The file or folder the patch was made from")
      ->required();
  apply_command.add_option("PATCH", options->patch, "The patch")->required();
  apply_command.add_option("NEW", options->fresh, "What to write; a folder must not exist yet")
      ->required();
  run.on_run(apply_command, "interlude delta apply libcrypto-old.so fix.patch libcrypto-new.so",
             [options] { return apply(*options); });
}

}  // namespace interlude::cli
