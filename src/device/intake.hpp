#pragma once
// How a file that a stranger sent becomes one that the device believes.
//
// Whoever fetches files writes them into incoming/, and may have been taken over by what it met on
// the network. So nothing in there is used where it lies: the file is opened without following any
// link, copied into accepted/, where nobody else may write, and hashed as it is copied. Only a copy
// with the length and the SHA-256 of the signed list gets its name, and only such a copy is parsed.

#include <string>

#include "base/layout.hpp"
#include "device/source.hpp"
#include "sys/file_system.hpp"

namespace interlude::device {

/// One improvement, read and checked.
struct Offer {
  improvement::Manifest manifest;
  std::string content;       ///< SHA-256 of the signed manifest file
  std::string published_at;  ///< empty where the repository does not say
};

class Intake {
 public:
  /// `disk` and `source` are borrowed. `prefix` is "SOURCE/PLATFORM/BASELINE".
  Intake(sys::FileSystem& disk, Source& source, const Layout& layout, std::string prefix);

  /// Fetches and reads the manifest of `letter`, which `listing` must have.
  Result<Offer> manifest(const Listing& listing, const improvement::Letter& letter,
                         const Source::GoOn& go_on);

  /// Fetches a payload of `id` and returns where it is. Corrupt where manifest and list disagree,
  /// or what came is not what the list says.
  Result<Path> payload(const Listing& listing, const improvement::Id& id,
                       const improvement::Payload& payload, const Source::GoOn& go_on);

 private:
  Result<Path> obtain(const tuf::Target& target, const Source::GoOn& go_on);
  Status accept(const tuf::Target& target, const Path& accepted);
  Status copy(const tuf::Target& target, const Path& to);

  sys::FileSystem* disk_;
  Source* source_;
  Layout layout_;
  std::string prefix_;
};

}  // namespace interlude::device
