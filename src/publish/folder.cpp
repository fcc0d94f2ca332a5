#include "publish/folder.hpp"

namespace interlude::publish {
namespace {

using improvement::EntryKind;

Status describe_item(sys::FileSystem& disk, const Path& place, const sys::FileInfo& info,
                     Item& item) {
  if (info.type == sys::FileType::Directory) {
    item.entry.kind = EntryKind::Directory;
  } else if (info.type == sys::FileType::Symlink) {
    Result<std::string> target = disk.read_link(place);
    if (!target) return std::unexpected(target.error());
    item.entry.kind = EntryKind::Symlink;
    item.entry.mode = improvement::kLinkMode;
    item.entry.target = std::move(*target);
  } else {
    item.entry.size = info.size;
    item.content = [&disk, place] { return disk.open(place); };
  }
  return {};
}

Status describe_owner(sys::FileSystem& disk, const Path& place, const sys::FileInfo& info,
                      Item& item) {
  item.entry.uid = info.uid;
  item.entry.gid = info.gid;
  Result<std::map<std::string, Bytes>> attributes = disk.attributes(place);
  if (!attributes) return std::unexpected(attributes.error());
  std::erase_if(*attributes,
                [](const auto& one) { return !improvement::is_kept_attribute(one.first); });
  item.entry.attributes = std::move(*attributes);
  return {};
}

}  // namespace

Result<Tree> scan_folder(sys::FileSystem& disk, const Path& folder) {
  const Result<bool> with_owner = improvement::keeps_owners(disk, folder);
  if (!with_owner) return std::unexpected(with_owner.error());
  Tree tree;
  tree.keeps_owners = *with_owner;
  const auto visit = [&](const Path& path, const sys::FileInfo& info) -> Status {
    if (info.type == sys::FileType::Device || info.type == sys::FileType::Other) {
      tree.specials.insert(path);
      return {};
    }
    if (const Status good = check_canonical(path); !good) {
      return std::unexpected(good.error().during(folder));
    }
    Item item;
    item.entry.mode = info.mode;
    const Path place = join(folder, path);
    if (const Status done = describe_item(disk, place, info, item); !done) return done;
    if (*with_owner) {
      if (const Status done = describe_owner(disk, place, info, item); !done) return done;
    }
    tree.items.emplace(path, std::move(item));
    return {};
  };
  if (const Status done = sys::walk(disk, folder, visit); !done) {
    return std::unexpected(done.error());
  }
  return tree;
}

}  // namespace interlude::publish
