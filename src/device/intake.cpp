#include "device/intake.hpp"

#include <array>
#include <utility>

#include "crypto/digest.hpp"
#include "improvement/manifest_file.hpp"

namespace interlude::device {
namespace {

constexpr std::uint64_t kLargestCompressedManifest = improvement::kLargestManifest;
constexpr std::uint32_t kPrivateFileMode = 0600;
constexpr std::size_t kPiece = 128 * 1024;

std::string text_member(const json::Value& object, const char* name) {
  if (!object.is_object()) return "";
  const auto member = object.find(name);
  return member != object.end() && member->is_string() ? member->get<std::string>() : "";
}

std::unexpected<Error> not_the_target(const tuf::Target& target) {
  return fail(ErrorKind::Corrupt, target.path +
                                      ": what came into incoming/ is not what the "
                                      "signed list says; it was not used");
}

/// Whether `file`, one of our own, is the target already.
bool is_target(sys::FileSystem& disk, const Path& file, const tuf::Target& target) {
  const auto opened = disk.open(file);
  if (!opened || (*opened)->size() != target.length) return false;
  const auto content = (*opened)->view();
  return content && crypto::sha256(*content).hex() == content_of(target);
}

}  // namespace

Intake::Intake(sys::FileSystem& disk, Source& source, const Layout& layout, std::string prefix)
    : disk_(&disk), source_(&source), layout_(layout), prefix_(std::move(prefix)) {}

Result<Offer> Intake::manifest(const Listing& listing, const improvement::Letter& letter,
                               const Source::GoOn& go_on) {
  const tuf::Target& target = listing.manifests.at(letter);
  if (target.length > kLargestCompressedManifest) {
    return fail(ErrorKind::Corrupt, target.path + ": larger than any manifest may be");
  }
  const auto file = obtain(target, go_on);
  if (!file) return std::unexpected(file.error());
  const auto compressed = disk_->read(*file, kLargestCompressedManifest);
  if (!compressed) return std::unexpected(compressed.error());
  auto manifest = improvement::unpack_manifest(*compressed);
  if (!manifest) return std::unexpected(manifest.error().during(target.path));
  // check: manifest-id
  if (manifest->id.text() != prefix_ + "/" + letter.text()) {
    return fail(ErrorKind::Corrupt,
                target.path + ": the manifest calls itself " + manifest->id.text());
  }
  return Offer{std::move(*manifest), content_of(target),
               text_member(target.custom, "published_at")};
}

Result<Path> Intake::payload(const Listing& listing, const improvement::Id& id,
                             const improvement::Payload& payload, const Source::GoOn& go_on) {
  const std::string path = id.text() + "/" + payload.name;
  const auto target = listing.targets.find(path);
  if (target == listing.targets.end()) {
    return fail(ErrorKind::Corrupt, path + ": the manifest names it, the signed list does not");
  }
  if (target->second.length != payload.size || content_of(target->second) != payload.digest.hex()) {
    return fail(ErrorKind::Corrupt, path + ": manifest and signed list disagree");
  }
  return obtain(target->second, go_on);
}

Result<Path> Intake::obtain(const tuf::Target& target, const Source::GoOn& go_on) {
  const std::string content = content_of(target);
  // It becomes a file's name.
  if (const auto digest = crypto::Sha256::from_hex(content); !digest) {
    return std::unexpected(digest.error().during(target.path));
  }
  const Path accepted = join(layout_.accepted(), content);
  if (is_target(*disk_, accepted, target)) return accepted;
  if (const Status fetched = source_->fetch(target, go_on); !fetched) {
    return std::unexpected(fetched.error());
  }
  const Status taken = accept(target, accepted);
  // Used up, or not worth continuing.
  (void)disk_->remove(join(layout_.incoming(), content));
  if (!taken) return std::unexpected(taken.error());
  return accepted;
}

Status Intake::accept(const tuf::Target& target, const Path& accepted) {
  const Path partial = accepted + std::string(kPartial);
  Status done = copy(target, partial);
  if (done) done = disk_->rename(partial, accepted);
  if (done) return disk_->sync(layout_.accepted());
  (void)disk_->remove(partial);  // the first error is the one to report
  return done;
}

Status Intake::copy(const tuf::Target& target, const Path& to) {
  const auto from = disk_->open_beneath(layout_.incoming(), content_of(target));
  if (!from && from.error().kind() == ErrorKind::Conflict) return not_the_target(target);
  if (!from) return std::unexpected(from.error());
  const auto into = disk_->append(to, kPrivateFileMode, true);
  if (!into) return std::unexpected(into.error());
  crypto::Hasher hasher;
  std::array<std::uint8_t, kPiece> buffer;
  while (true) {
    const std::uint64_t offset = (*into)->size();
    const auto got = (*from)->read_at(offset, buffer);
    if (!got) return std::unexpected(got.error());
    if (*got == 0) break;
    if (*got > target.length - offset) return not_the_target(target);
    const ByteView piece = ByteView(buffer).first(*got);
    hasher.update(piece);
    if (const Status written = (*into)->append(piece); !written) return written;
  }
  if ((*into)->size() != target.length || hasher.finish_sha256().hex() != content_of(target)) {
    return not_the_target(target);
  }
  return (*into)->sync();
}

}  // namespace interlude::device
