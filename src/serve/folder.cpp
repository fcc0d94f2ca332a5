#include "serve/folder.hpp"

#include <array>

#include "base/hex.hpp"
#include "crypto/digest.hpp"

namespace interlude::serve {
namespace {

/// File systems tell times apart by some milliseconds at best, by two seconds at worst.
constexpr std::chrono::seconds kSettling{3};
/// Enough of the hash to tell versions of one file apart; every device pays for each byte.
constexpr std::size_t kEtagBytes = 8;
/// How many files are remembered before we start over: bounds memory, whatever is asked for.
constexpr std::size_t kMostKnown = 100'000;

Result<std::string> hash_of(sys::ReadFile& file) {
  constexpr std::size_t kPieceBytes = 65536;
  crypto::Hasher hasher;
  Bytes piece(kPieceBytes);
  for (std::uint64_t offset = 0;;) {
    const Result<std::size_t> got = file.read_at(offset, piece);
    if (!got) return std::unexpected(got.error());
    if (*got == 0) break;
    hasher.update(ByteView(piece).first(*got));
    offset += *got;
  }
  const Bytes digest = hasher.finish();
  return '"' + to_hex(ByteView(digest).first(kEtagBytes)) + '"';
}

}  // namespace

Result<Folder> Folder::open(sys::FileSystem& disk, sys::Clock& clock, const Path& directory) {
  Result<Path> root = disk.resolve(directory);
  if (!root) return std::unexpected(root.error());
  const Result<sys::FileInfo> info = disk.info(*root);
  if (!info) return std::unexpected(info.error());
  if (info->type != sys::FileType::Directory) {
    return fail(ErrorKind::Conflict, directory + " is not a folder");
  }
  return Folder(disk, clock, std::move(*root));
}

Result<Resource> Folder::find(const Path& path) {
  const auto absent = [&] { return fail(ErrorKind::NotFound, path + " is not here"); };
  const Result<Path> real = disk_->resolve(join(root_, path));
  if (!real) return std::unexpected(real.error());
  if (!real->starts_with(join(root_, "") + "/") && root_ != "/") return absent();
  const Result<sys::FileInfo> info = disk_->info(*real);
  if (!info) return std::unexpected(info.error());
  if (info->type != sys::FileType::Regular) return absent();
  Result<std::unique_ptr<sys::ReadFile>> file = disk_->open(*real);
  if (!file) return std::unexpected(file.error());
  Result<std::string> etag = etag_of(*info, **file);
  if (!etag) return std::unexpected(etag.error());
  return Resource{std::move(*file), std::move(*etag)};
}

bool Folder::has_settled(const sys::FileInfo& info) {
  const std::chrono::nanoseconds changed(info.changed_ns);
  return clock_->now() - kSettling > sys::Time(std::chrono::ceil<std::chrono::seconds>(changed));
}

Result<std::string> Folder::etag_of(const sys::FileInfo& info, sys::ReadFile& file) {
  const FileKey key{info.device, info.inode};
  const auto known = known_.find(key);
  if (known != known_.end() && known->second.size == info.size &&
      known->second.changed_ns == info.changed_ns) {
    return known->second.etag;
  }
  Result<std::string> etag = hash_of(file);
  // A file just written may be written again at what its disk takes for the same time.
  if (etag && has_settled(info)) {
    if (known_.size() >= kMostKnown) known_.clear();
    known_[key] = {info.size, info.changed_ns, *etag};
  }
  return etag;
}

}  // namespace interlude::serve
