// Client::download: a target's bytes, from whichever mirror has them, onto the disk.
//
// The partial file outlives processes and mirrors, so it may hold anything: it is hashed again
// before it is continued, and when the whole turns out wrong it is thrown away, once per mirror,
// and begun anew. Nothing is renamed into place but the exact bytes, already synced.

#include <fmt/format.h>

#include "tuf/client_state.hpp"
#include "tuf/hashes.hpp"

namespace interlude::tuf {
namespace {

using Progress = std::function<bool(std::uint64_t done)>;

// 3.2, 5.7: any listed hash may be part of the name; the most common one is the best guess.
Result<std::string> url_path_of(const Target& target, bool consistent_snapshot) {
  const Status canonical = check_canonical(target.path);
  if (!canonical) return std::unexpected(canonical.error().during("target"));
  std::string path;
  std::size_t start = 0;
  const std::size_t slash = target.path.rfind('/');
  const std::size_t name = slash == std::string::npos ? 0 : slash + 1;
  while (start < name) {
    const std::size_t end = target.path.find('/', start);
    path += percent_encoded(std::string_view(target.path).substr(start, end - start)) + "/";
    start = end + 1;
  }
  if (consistent_snapshot && !target.hashes.empty()) {
    const auto sha256 = target.hashes.find("sha256");
    const auto chosen = sha256 == target.hashes.end() ? target.hashes.begin() : sha256;
    path += chosen->second + ".";
  }
  return path + percent_encoded(std::string_view(target.path).substr(name));
}

// One file on its way: what has come, hashed as it grows.
class Partial {
 public:
  Partial(sys::FileSystem& disk, const Target& target, Path file, const Progress& progress)
      : disk_(disk), target_(target), file_(std::move(file)), progress_(progress), hash_({}) {}

  /// Takes up what is there, or starts anew where that is too long.
  Status open() {
    hash_ = HashCheck(target_.hashes);
    size_ = 0;
    const Result<sys::FileInfo> info = disk_.info(file_);
    const bool usable =
        info && info->type == sys::FileType::Regular && info->size <= target_.length;
    if (usable) {
      const Result<std::unique_ptr<sys::ReadFile>> old = disk_.open(file_);
      if (!old) return std::unexpected(old.error());
      const Result<ByteView> content = (*old)->view();
      if (!content) return std::unexpected(content.error());
      hash_.update(*content);
      size_ = content->size();
    }
    Result<std::unique_ptr<sys::AppendFile>> opened = disk_.append(file_, kFileMode, !usable);
    if (!opened) return std::unexpected(opened.error());
    out_ = std::move(*opened);
    return {};
  }

  Status restart() {
    out_.reset();
    const Status removed = disk_.remove(file_);
    if (!removed) return removed;
    return open();
  }

  std::uint64_t size() const { return size_; }

  /// A server may ignore that only the rest was asked for: what is here already is left out.
  Status take(std::uint64_t offset, ByteView piece) {
    if (offset > size_) return fail(ErrorKind::Corrupt, target_.path + ": a piece is missing");
    const std::uint64_t known = size_ - offset;
    if (piece.size() <= known) return {};
    const ByteView fresh = piece.subspan(known);
    // check: target-limit
    if (fresh.size() > target_.length - size_) {
      return fail(ErrorKind::Corrupt, fmt::format("{}: is longer than the {} bytes announced",
                                                  target_.path, target_.length));
    }
    const Status written = out_->append(fresh);
    if (!written) return written;
    hash_.update(fresh);
    size_ += fresh.size();
    if (progress_ && !progress_(size_)) return fail(ErrorKind::Cancelled, "interrupted");
    return {};
  }

  /// Unavailable where something is missing yet, Corrupt where it is not the target.
  Status check() {
    if (size_ < target_.length) {
      return fail(ErrorKind::Unavailable,
                  fmt::format("{}: only {} of {} bytes came", target_.path, size_, target_.length));
    }
    return hash_.finish(target_.path);
  }

  Status keep_as(const Path& destination) {
    Status done = out_->sync();
    out_.reset();
    if (done) done = disk_.rename(file_, destination);
    return done ? disk_.sync(parent_of(destination)) : done;
  }

 private:
  sys::FileSystem& disk_;
  const Target& target_;
  Path file_;
  const Progress& progress_;
  HashCheck hash_;
  std::uint64_t size_ = 0;
  std::unique_ptr<sys::AppendFile> out_;
};

Status receive(sys::Transport& transport, const std::string& url, const Target& target,
               Partial& partial) {
  std::optional<Error> ours;  // of the disk or the person, not of the mirror
  const auto sink = [&](std::uint64_t offset, ByteView piece) -> Status {
    const Status taken = partial.take(offset, piece);
    if (!taken) ours = taken.error();
    return taken;
  };
  const sys::Request request{url, target.length, partial.size(), ""};
  const Result<sys::Response> response = transport.get(request, sink);
  if (ours) return std::unexpected(*ours);
  if (!response) {
    return std::unexpected(transfer_error(response.error(), target.path, target.length));
  }
  return {};
}

// What is there may be wrong from the start on: then once more from the beginning.
Status complete_from(sys::Transport& transport, const std::string& url, const Target& target,
                     Partial& partial) {
  Status checked = fail(ErrorKind::Unavailable, "");
  for (bool resumed = true; resumed;) {
    resumed = partial.size() > 0;
    if (partial.size() < target.length || target.length == 0) {
      const Status received = receive(transport, url, target, partial);
      if (!received && received.error().kind() != ErrorKind::Corrupt) return received;
      checked = received ? partial.check() : received;
    } else {
      checked = partial.check();
    }
    if (checked || checked.error().kind() != ErrorKind::Corrupt) return checked;
    const Status restarted = partial.restart();
    if (!restarted) return restarted;
  }
  return checked;
}

bool is_there(sys::FileSystem& disk, const Target& target, const Path& file) {
  const Result<sys::FileInfo> info = disk.info(file);
  if (!info || info->type != sys::FileType::Regular || info->size != target.length) return false;
  const Result<std::unique_ptr<sys::ReadFile>> content = disk.open(file);
  if (!content) return false;
  const Result<ByteView> bytes = (*content)->view();
  return bytes && check_bytes(*bytes, target.length, target.hashes, target.path);
}

}  // namespace

Status Client::download(const Target& target, const Path& destination, const Progress& progress) {
  State& s = *state_;
  const Status ready = s.require_ready();
  if (!ready) return ready;
  const Result<std::string> path = url_path_of(target, (*s.root)->consistent_snapshot);
  if (!path) return std::unexpected(path.error());
  if (is_there(s.disk, target, destination)) return {};

  Partial partial(s.disk, target, destination + ".partial", progress);
  const Status opened = partial.open();
  if (!opened) return opened;
  const Status received = s.mirrors.try_each([&](const Mirror& mirror) {
    return complete_from(s.mirrors.transport(), join(mirror.targets, *path), target, partial);
  });
  if (!received) return received;
  return partial.keep_as(destination);
}

}  // namespace interlude::tuf
