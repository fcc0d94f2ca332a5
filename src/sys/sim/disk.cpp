#include "sys/sim/disk.hpp"

#include <algorithm>
#include <cerrno>
#include <deque>

#include "sys/path_error.hpp"

namespace interlude::sys::sim {
namespace {

constexpr InodeId kRoot = 1;
constexpr int kMostLinks = 40;

/// The parts of `path` before what is left to do.
void put_first(std::deque<std::string>& parts, std::string_view path) {
  std::vector<std::string> fresh;
  for (std::size_t start = 0; start < path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    if (end > start) fresh.emplace_back(path.substr(start, end - start));
    start = end + 1;
  }
  parts.insert(parts.begin(), fresh.begin(), fresh.end());
}

/// A file's content after a cut: what was synced, what was written, or the beginning of it.
std::shared_ptr<const Bytes> surviving_content(const Inode& durable, const Inode& live,
                                               std::mt19937_64& dice) {
  switch (dice() % 3) {
    case 0:
      return durable.content;
    case 1:
      return live.content;
    default: {
      const std::size_t kept = dice() % (live.content->size() + 1);
      return std::make_shared<const Bytes>(
          live.content->begin(), live.content->begin() + static_cast<std::ptrdiff_t>(kept));
    }
  }
}

void copy_metadata(const Inode& from, Inode& to) {
  to.mode = from.mode;
  to.uid = from.uid;
  to.gid = from.gid;
  to.attributes = from.attributes;
}

}  // namespace

Disk::Disk() {
  Inode root;
  root.type = FileType::Directory;
  root.mode = 0755;
  live_.emplace(kRoot, root);
  durable_.emplace(kRoot, root);
}

Result<Place> Disk::find(std::string_view activity, const Path& path, FinalLink final_link) const {
  const auto refuse = [&](int number) {
    return std::unexpected(path_error(activity, path, number));
  };
  if (path.empty()) return refuse(ENOENT);
  std::vector<std::pair<InodeId, std::string>> way;  // the directories above `at`, and its name
  InodeId at = kRoot;
  std::deque<std::string> parts;
  put_first(parts, path);
  int links_followed = 0;
  while (!parts.empty()) {
    const std::string name = parts.front();
    parts.pop_front();
    if (inode(at).type != FileType::Directory) return refuse(ENOTDIR);
    if (name == ".") continue;
    if (name == "..") {
      if (!way.empty()) {
        at = way.back().first;
        way.pop_back();
      }
      continue;
    }
    const auto entry = inode(at).entries.find(name);
    if (entry == inode(at).entries.end()) {
      if (!parts.empty()) return refuse(ENOENT);
      way.emplace_back(at, name);
      at = 0;
      break;
    }
    const Inode& next = inode(entry->second);
    if (next.type == FileType::Symlink && (!parts.empty() || final_link == FinalLink::Follow)) {
      if (++links_followed > kMostLinks) return refuse(ELOOP);
      put_first(parts, next.target);
      if (next.target.starts_with('/')) {
        way.clear();
        at = kRoot;
      }
      continue;
    }
    way.emplace_back(at, name);
    at = entry->second;
  }
  Place place;
  place.inode = at;
  for (const auto& [directory, name] : way) place.path += "/" + name;
  if (way.empty()) {
    place.directory = kRoot;
    place.path = "/";
  } else {
    place.directory = way.back().first;
    place.name = way.back().second;
  }
  return place;
}

std::uint64_t Disk::links(InodeId id) const {
  if (inode(id).type == FileType::Directory) return 2;
  std::uint64_t count = 0;
  for (const auto& [directory, content] : live_) {
    for (const auto& [name, entry] : content.entries) count += entry == id ? 1U : 0U;
  }
  return count;
}

std::uint64_t Disk::used_bytes() const {
  std::set<InodeId> named;
  collect(kRoot, named);
  std::uint64_t bytes = 0;
  for (const InodeId id : named) bytes += inode(id).content->size();
  return bytes;
}

InodeId Disk::create(const Place& place, Inode fresh) {
  const InodeId id = next_++;
  durable_.emplace(id, fresh);
  live_.emplace(id, std::move(fresh));
  link(place, id);
  return id;
}

void Disk::link(const Place& place, InodeId id) {
  change({place.directory, {{{place.directory, place.name}, id}}});
}

void Disk::unlink(const Place& place) {
  link(place, 0);
}

void Disk::rename(const Place& from, const Place& to) {
  change({to.directory, {{{from.directory, from.name}, 0}, {{to.directory, to.name}, from.inode}}});
}

void Disk::change(Change change) {
  for (const auto& [slot, id] : change.slots) set_entry(live_, slot, id);
  pending_.push_back(std::move(change));
}

void Disk::set_entry(std::map<InodeId, Inode>& inodes, const Slot& slot, InodeId id) const {
  std::map<std::string, InodeId>& entries = inodes.at(slot.first).entries;
  if (id == 0) {
    entries.erase(slot.second);
  } else {
    entries[slot.second] = id;
  }
}

void Disk::sync_inode(InodeId id) {
  const Inode& live = live_.at(id);
  Inode& durable = durable_.at(id);
  copy_metadata(live, durable);
  durable.content = live.content;
}

void Disk::sync(InodeId id) {
  sync_inode(id);
  if (inode(id).type != FileType::Directory) return;
  commit({id});
  for (const auto& [name, entry] : inode(id).entries) {
    if (inode(entry).type == FileType::Symlink) sync_inode(entry);
  }
}

void Disk::sync_below(InodeId directory) {
  std::set<InodeId> all;
  collect(directory, all);
  for (const InodeId id : all) sync_inode(id);
  commit(all);
}

void Disk::commit(const std::set<InodeId>& homes) {
  // Backwards, so that a change that must last takes along the earlier ones it builds upon.
  std::set<Slot> wanted;
  std::vector<bool> lasts(pending_.size());
  for (std::size_t i = pending_.size(); i-- > 0;) {
    const Change& change = pending_[i];
    lasts[i] = homes.contains(change.home) ||
               std::ranges::any_of(change.slots,
                                   [&](const auto& slot) { return wanted.contains(slot.first); });
    if (!lasts[i]) continue;
    for (const auto& [slot, id] : change.slots) wanted.insert(slot);
  }
  std::vector<Change> left;
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    if (!lasts[i]) {
      left.push_back(std::move(pending_[i]));
      continue;
    }
    for (const auto& [slot, id] : pending_[i].slots) set_entry(durable_, slot, id);
  }
  pending_ = std::move(left);
}

void Disk::cut_power(Survivors survivors, std::uint64_t seed) {
  std::mt19937_64 dice(seed);
  const auto survives = [&] {
    return survivors == Survivors::Everything ||
           (survivors == Survivors::Random && dice() % 2 == 0);
  };
  std::set<Slot> lost;
  for (const Change& change : pending_) {
    // A change that builds upon a lost one is lost as well: journals are replayed in order.
    const bool builds_upon_lost = std::ranges::any_of(
        change.slots, [&](const auto& slot) { return lost.contains(slot.first); });
    const bool lasts = !builds_upon_lost && survives();
    for (const auto& [slot, id] : change.slots) {
      if (lasts) {
        set_entry(durable_, slot, id);
      } else {
        lost.insert(slot);
      }
    }
  }
  for (auto& [id, durable] : durable_) {
    const Inode& live = live_.at(id);
    if (survives()) copy_metadata(live, durable);
    if (survivors == Survivors::Everything) {
      durable.content = live.content;
    } else if (survivors == Survivors::Random && live.content != durable.content) {
      durable.content = surviving_content(durable, live, dice);
    }
  }
  pending_.clear();
  live_ = durable_;
  forget_unreachable();
}

void Disk::collect(InodeId id, std::set<InodeId>& found) const {
  if (!found.insert(id).second) return;
  for (const auto& [name, entry] : inode(id).entries) collect(entry, found);
}

void Disk::forget_unreachable() {
  std::set<InodeId> reachable;
  collect(kRoot, reachable);
  const auto unreachable = [&](const auto& item) { return !reachable.contains(item.first); };
  std::erase_if(live_, unreachable);
  std::erase_if(durable_, unreachable);
}

}  // namespace interlude::sys::sim
