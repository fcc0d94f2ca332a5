#include "delta/tree.hpp"

#include <fmt/format.h>

#include <set>

namespace interlude::delta {
namespace {

void append_text(Bytes& out, const std::string& text) {
  append_varint(out, text.size());
  append(out, as_bytes(text));
}

Result<std::string> read_text(ByteReader& reader) {
  const Result<std::uint64_t> length = reader.varint();
  if (!length) return std::unexpected(length.error());
  const Result<ByteView> text = reader.take(*length);
  if (!text) return std::unexpected(text.error());
  return to_text(*text);
}

Result<TreeEntry> read_entry(ByteReader& reader) {
  TreeEntry entry;
  const Result<std::uint8_t> kind = reader.u8();
  if (!kind) return std::unexpected(kind.error());
  if (*kind > static_cast<std::uint8_t>(TreeEntry::Kind::Link)) {
    return fail(ErrorKind::Corrupt, fmt::format("listing: unknown kind of path {}", *kind));
  }
  entry.kind = static_cast<TreeEntry::Kind>(*kind);
  Result<std::string> path = read_text(reader);
  if (!path) return std::unexpected(path.error());
  entry.path = std::move(*path);
  if (entry.kind == TreeEntry::Kind::Link) {
    Result<std::string> target = read_text(reader);
    if (!target) return std::unexpected(target.error());
    entry.target = std::move(*target);
    return entry;
  }
  const Result<std::uint64_t> mode = reader.varint();
  if (!mode) return std::unexpected(mode.error());
  constexpr std::uint64_t kAllModeBits = 07777;
  if (*mode > kAllModeBits) {
    return fail(ErrorKind::Corrupt, fmt::format("listing: {}: bad mode {:o}", entry.path, *mode));
  }
  entry.mode = static_cast<std::uint32_t>(*mode);
  if (entry.kind == TreeEntry::Kind::File) {
    const Result<std::uint64_t> size = reader.varint();
    if (!size) return std::unexpected(size.error());
    entry.size = *size;
  }
  return entry;
}

bool is_single_file(const Listing& listing) {
  return listing.size() == 1 && listing[0].path.empty() && listing[0].kind == TreeEntry::Kind::File;
}

Status check(const Listing& listing) {
  if (is_single_file(listing)) return {};
  std::set<Path> directories{"."};
  const TreeEntry* before = nullptr;
  for (const TreeEntry& entry : listing) {
    if (const Status canonical = check_canonical(entry.path); !canonical) {
      return fail(ErrorKind::Corrupt, "listing: " + canonical.error().message());
    }
    if (before != nullptr && entry.path <= before->path) {
      return fail(ErrorKind::Corrupt, fmt::format("listing: {} is out of order", entry.path));
    }
    // A parent that is a link would lead out of the folder.
    if (!directories.contains(parent_of(entry.path))) {
      return fail(ErrorKind::Corrupt, fmt::format("listing: {} is in no directory", entry.path));
    }
    if (entry.kind == TreeEntry::Kind::Directory) directories.insert(entry.path);
    before = &entry;
  }
  return {};
}

}  // namespace

Tree single_file(ByteView content) {
  return {.listing = {TreeEntry{.size = content.size()}}, .contents = {content}};
}

Bytes serialize(const Listing& listing) {
  Bytes out;
  for (const TreeEntry& entry : listing) {
    out.push_back(static_cast<std::uint8_t>(entry.kind));
    append_text(out, entry.path);
    if (entry.kind == TreeEntry::Kind::Link) {
      append_text(out, entry.target);
      continue;
    }
    append_varint(out, entry.mode);
    if (entry.kind == TreeEntry::Kind::File) append_varint(out, entry.size);
  }
  return out;
}

Result<Listing> parse_listing(ByteView bytes) {
  ByteReader reader(bytes, "listing");
  Listing listing;
  while (reader.left() > 0) {
    Result<TreeEntry> entry = read_entry(reader);
    if (!entry) return std::unexpected(entry.error());
    listing.push_back(std::move(*entry));
  }
  if (const Status valid = check(listing); !valid) return std::unexpected(valid.error());
  return listing;
}

std::vector<std::uint64_t> file_sizes(const Listing& listing) {
  std::vector<std::uint64_t> sizes;
  for (const TreeEntry& entry : listing) {
    if (entry.kind == TreeEntry::Kind::File) sizes.push_back(entry.size);
  }
  return sizes;
}

crypto::Sha256 digest_of(const Tree& tree) {
  crypto::Hasher hasher;
  hasher.update(serialize(tree.listing));
  for (const ByteView content : tree.contents) hasher.update(content);
  return hasher.finish_sha256();
}

}  // namespace interlude::delta
