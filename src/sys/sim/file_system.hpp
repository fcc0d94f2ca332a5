#pragma once
// A disk that breaks on purpose. It behaves as the real one does (the same contract tests run
// against both) until it is told to cut the power, to fail, or to be full.
//
//   for (std::uint64_t cut = 1;; ++cut) {
//     sim::FileSystem disk = prepared;               // a copy is a snapshot
//     disk.cut_power_at(cut, sim::AfterCut::NotDone);
//     const bool finished = work(disk).has_value();
//     disk.restart(sim::Survivors::OnlySynced);
//     …the old state or the new one, whole…
//     if (finished) break;
//   }
//
// Operations are what changes or syncs something: write, opening for append, each append, sync, and
// so on. Reading is none. One thread at a time.

#include <limits>
#include <string>

#include "sys/sim/disk.hpp"

namespace interlude::sys::sim {

/// What becomes of the operation at which the power is cut.
enum class AfterCut {
  NotDone,
  Done,  ///< all of it, only its caller never learns
  Torn,  ///< of a write, the first half; any other is done
};

class FileSystem final : public sys::FileSystem {
 public:
  /// The `n`-th operation from now on (from 1), and everything after it until restart(), fails:
  /// Internal, "power cut".
  void cut_power_at(std::uint64_t n, AfterCut after = AfterCut::NotDone);
  /// Only the `n`-th operation from now on fails, and does nothing.
  void fail_at(std::uint64_t n, ErrorKind kind);
  /// The power is cut now (if it was not yet) and comes back: unsynced state survives as said, open
  /// files are dead, faults that were asked for are forgotten. `seed` is for Random.
  void restart(Survivors survivors = Survivors::OnlySynced, std::uint64_t seed = 0);
  /// All files together hold no more than `bytes`; a write beyond it leaves what fitted: NoSpace.
  void set_capacity(std::uint64_t bytes) { capacity_ = bytes; }
  /// The medium spoils what is written to files whose path contains `part`: the content is as it
  /// was written until its cache is dropped.
  void spoil(std::string part) { spoiled_ = std::move(part); }
  /// Operations so far.
  std::uint64_t operations() const { return operations_; }
  /// For tests that need something other than files, directories and links. Lasts at once.
  Status make_node(const Path& path, FileType type);

  Result<Bytes> read(const Path& file, std::uint64_t limit_bytes) override;
  Result<std::unique_ptr<ReadFile>> open(const Path& file) override;
  Result<std::unique_ptr<ReadFile>> open_beneath(const Path& directory,
                                                 const Path& relative) override;
  Result<std::vector<std::string>> list(const Path& directory) override;
  Result<FileInfo> info(const Path& path) override;
  Result<std::string> read_link(const Path& link) override;
  Result<std::map<std::string, Bytes>> attributes(const Path& path) override;
  Result<Path> resolve(const Path& path) override;
  Result<std::uint64_t> free_bytes(const Path& path) override;

  Status write(const Path& file, ByteView content, std::uint32_t mode) override;
  Result<std::unique_ptr<AppendFile>> append(const Path& file, std::uint32_t mode,
                                             bool truncate) override;
  Status make_directory(const Path& directory, std::uint32_t mode) override;
  Status make_symlink(const std::string& target, const Path& link) override;
  Status make_whiteout(const Path& path) override;
  Status make_hard_link(const Path& existing, const Path& link) override;
  Status clone(const Path& from, const Path& to) override;
  Status set_mode(const Path& path, std::uint32_t mode) override;
  Status set_owner(const Path& path, std::uint32_t uid, std::uint32_t gid) override;
  Status set_attribute(const Path& path, const std::string& name, ByteView value) override;
  Status rename(const Path& from, const Path& to) override;
  Status remove(const Path& file) override;
  Status remove_directory(const Path& directory) override;

  Status sync(const Path& file_or_directory) override;
  Status sync_tree(const Path& directory) override;
  Status drop_cache(const Path& file) override;

 private:
  class OpenAppendFile;

  /// Does `act` as one operation, unless a fault stands in its way. `act` is told whether to tear.
  template <class Act>
  Status operate(std::string_view activity, Act act);
  Status powered() const;
  void spoil_content(InodeId id);

  Inode fresh_inode(FileType type, std::uint32_t mode) const;
  /// An inode about to be changed.
  Inode& changing(InodeId id);

  /// Something that exists.
  Result<Place> existing(std::string_view activity, const Path& path,
                         Disk::FinalLink final_link) const;
  /// A name that is free; Conflict otherwise.
  Result<Place> free_name(std::string_view activity, const Path& path) const;
  Result<InodeId> regular(std::string_view activity, const Path& path) const;
  Result<InodeId> regular_for_writing(const Path& file, std::uint32_t mode);
  /// Replaces the content from `kept` bytes on, as far as there is room.
  Status extend(InodeId id, std::uint64_t kept, ByteView more, const Path& path);

  Disk disk_;
  std::uint64_t operations_ = 0;
  std::uint64_t cut_at_ = 0;  ///< 0: never
  AfterCut after_cut_ = AfterCut::NotDone;
  std::uint64_t fail_at_ = 0;
  ErrorKind fail_kind_ = ErrorKind::Internal;
  bool powerless_ = false;
  std::uint64_t restarts_ = 0;
  std::string spoiled_;
  std::uint64_t capacity_ = std::numeric_limits<std::uint64_t>::max();
};

}  // namespace interlude::sys::sim
