#include "delta/patch_file.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace interlude::delta {
namespace {

constexpr std::string_view kMagic = "ilpf";
constexpr std::uint8_t kVersion = 1;
/// 64 MiB of listing are a folder of a million files.
constexpr std::uint64_t kLargestListing = 64ULL << 20U;

Result<crypto::Sha256> read_digest(ByteReader& reader) {
  crypto::Sha256 digest;
  const Result<ByteView> bytes = reader.take(digest.bytes.size());
  if (!bytes) return std::unexpected(bytes.error());
  std::ranges::copy(*bytes, digest.bytes.begin());
  return digest;
}

}  // namespace

Result<Bytes> make_patch_file(const Tree& old, const Tree& fresh, const MakeOptions& options) {
  const Bytes old_listing = serialize(old.listing);
  const Bytes new_listing = serialize(fresh.listing);
  if (new_listing.size() > kLargestListing) {
    return fail(ErrorKind::NoSpace, "the new folder has more paths than a patch file can list");
  }
  const std::array<ByteView, 1> old_lists{old_listing};
  const std::array<ByteView, 1> new_lists{new_listing};
  const Result<Bytes> listing = make(old_lists, new_lists, {.threads = options.threads});
  if (!listing) return std::unexpected(listing.error());
  const Result<Bytes> content = make(old.contents, fresh.contents, options);
  if (!content) return std::unexpected(content.error());

  Bytes out = to_bytes(kMagic);
  out.push_back(kVersion);
  append(out, digest_of(old).bytes);
  append(out, digest_of(fresh).bytes);
  append_varint(out, new_listing.size());
  append_varint(out, listing->size());
  append(out, *listing);
  append(out, *content);
  return out;
}

Result<PatchFile> PatchFile::parse(ByteView bytes) {
  ByteReader reader(bytes, "patch file");
  const Result<ByteView> magic = reader.take(kMagic.size());
  if (!magic) return std::unexpected(magic.error());
  if (as_text(*magic) != kMagic) return fail(ErrorKind::Corrupt, "this is not a patch file");
  const Result<std::uint8_t> version = reader.u8();
  if (!version) return std::unexpected(version.error());
  if (*version != kVersion) {
    return fail(ErrorKind::Corrupt,
                "patch file: version " + std::to_string(*version) + ", this program reads 1");
  }
  PatchFile patch;
  const Result<crypto::Sha256> old_digest = read_digest(reader);
  if (!old_digest) return std::unexpected(old_digest.error());
  patch.old_digest = *old_digest;
  const Result<crypto::Sha256> fresh_digest = read_digest(reader);
  if (!fresh_digest) return std::unexpected(fresh_digest.error());
  patch.fresh_digest = *fresh_digest;
  const Result<std::uint64_t> listing_size = reader.varint();
  if (!listing_size) return std::unexpected(listing_size.error());
  if (*listing_size > kLargestListing) {
    return fail(ErrorKind::Corrupt, "patch file: the listing is too large");
  }
  patch.listing_size = *listing_size;
  const Result<std::uint64_t> patch_size = reader.varint();
  if (!patch_size) return std::unexpected(patch_size.error());
  const Result<ByteView> listing_patch = reader.take(*patch_size);
  if (!listing_patch) return std::unexpected(listing_patch.error());
  patch.listing_patch = *listing_patch;
  const Result<ByteView> content_patch = reader.take(reader.left());
  if (!content_patch) return std::unexpected(content_patch.error());
  patch.content_patch = *content_patch;
  return patch;
}

Result<Listing> fresh_listing(const PatchFile& patch, const Tree& old, const Limits& limits) {
  const crypto::Sha256 digest = digest_of(old);
  if (digest != patch.old_digest) {
    return fail(ErrorKind::Conflict,
                "the patch was made from another old file or folder (SHA-256 " +
                    patch.old_digest.hex() + ", found " + digest.hex() + ")");
  }
  const Bytes old_listing = serialize(old.listing);
  const std::array<ByteView, 1> old_lists{old_listing};
  const std::array<std::uint64_t, 1> sizes{patch.listing_size};
  Bytes listing;
  const Status applied =
      apply(old_lists, patch.listing_patch, sizes, limits, [&](std::size_t, ByteView piece) {
        append(listing, piece);
        return Status{};
      });
  if (!applied) return std::unexpected(applied.error());
  return parse_listing(listing);
}

Status apply_content(const PatchFile& patch, const Tree& old, const Listing& fresh,
                     const Limits& limits, const OutputSink& sink) {
  crypto::Hasher hasher;
  hasher.update(serialize(fresh));
  const std::vector<std::uint64_t> sizes = file_sizes(fresh);
  const Status applied = apply(old.contents, patch.content_patch, sizes, limits,
                               [&](std::size_t file, ByteView piece) {
                                 hasher.update(piece);
                                 return sink(file, piece);
                               });
  if (!applied) return applied;
  if (hasher.finish_sha256() != patch.fresh_digest) {
    return fail(ErrorKind::Corrupt, "what the patch makes does not have the SHA-256 it announces");
  }
  return {};
}

}  // namespace interlude::delta
