#pragma once
// A patch that stands alone: for one file or for a whole folder, with the digests of what it was
// made from and of what it makes. Format: docs/formats/delta.md, "Patch files".
//
// A folder is its listing and its files. The listing is bytes, too, so the new one travels as a
// patch of the old one, in front of the patch for the files.

#include "crypto/digest.hpp"
#include "delta/delta.hpp"
#include "delta/tree.hpp"

namespace interlude::delta {

/// Errors: as make().
Result<Bytes> make_patch_file(const Tree& old, const Tree& fresh, const MakeOptions& options);

/// The head of a patch file, with views into it.
struct PatchFile {
  crypto::Sha256 old_digest;
  crypto::Sha256 fresh_digest;
  std::uint64_t listing_size = 0;
  ByteView listing_patch;
  ByteView content_patch;

  /// Corrupt unless `bytes` has the form of a patch file.
  static Result<PatchFile> parse(ByteView bytes);
};

/// The new folder's listing. Errors: Conflict (the patch was made from another old side); Corrupt;
/// NoSpace.
Result<Listing> fresh_listing(const PatchFile& patch, const Tree& old, const Limits& limits);

/// Rebuilds the files of `fresh` (what fresh_listing gave) into `sink`. At the end Corrupt unless
/// their digest is the one in the patch: what was produced is worth nothing before that.
Status apply_content(const PatchFile& patch, const Tree& old, const Listing& fresh,
                     const Limits& limits, const OutputSink& sink);

}  // namespace interlude::delta
