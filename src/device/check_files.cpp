#include "device/check_files.hpp"

#include <fmt/format.h>

namespace interlude::device {

Status check_file(sys::FileSystem& disk, const Path& root, const improvement::FileChange& change,
                  bool with_owner, Reading reading) {
  const auto& wanted = change.after;
  // A directory that is to go stays where it holds files of the owner's.
  if (!wanted && change.before->kind == improvement::EntryKind::Directory) return {};
  const Path path = join(root, change.path);
  if (reading == Reading::FromMedium && wanted && wanted->kind == improvement::EntryKind::Regular) {
    if (const Status dropped = disk.drop_cache(path); !dropped) return dropped;
  }
  const auto found = improvement::observe(disk, root, change.path);
  if (!found) return std::unexpected(found.error());
  if (wanted.has_value() != found->has_value()) {
    return fail(ErrorKind::Corrupt, path + (wanted ? " is missing" : " should not be there"));
  }
  if (!wanted) return {};
  const auto difference = improvement::difference(*wanted, **found, with_owner);
  if (!difference) return {};
  return fail(ErrorKind::Corrupt, fmt::format("{}: expected {}, found {}", path,
                                              difference->expected, difference->found));
}

Status check_files(sys::FileSystem& disk, const Path& root, const Improved& improved,
                   Reading reading) {
  const auto with_owner = improvement::keeps_owners(disk, root);
  if (!with_owner) return std::unexpected(with_owner.error());
  for (const improvement::Component* component : improved.on()) {
    for (const improvement::FileChange& change : component->files) {
      const Status fine = check_file(disk, root, change, *with_owner, reading);
      if (!fine) return std::unexpected(fine.error().during(component->name));
    }
  }
  return {};
}

}  // namespace interlude::device
