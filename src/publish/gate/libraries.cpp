#include "publish/gate/libraries.hpp"

#include <algorithm>

namespace interlude::publish {
namespace {

constexpr int kMostSteps = 8;  // links from a library's short name to its file

}  // namespace

Libraries::Libraries(const Sides& sides, const Comparison& comparison)
    : sides_(sides), complete_(!sides.baseline.from_packages()) {
  for (const Change& change : comparison.changes) {
    if (!change.file.after) deleted_.insert(change.file.path);
  }
  std::set<Path> paths;
  for (const Tree* tree : {&sides.baseline, &sides.patched}) {
    for (const auto& [path, item] : tree->items) {
      if (item.entry.kind == improvement::EntryKind::Directory || deleted_.contains(path)) continue;
      if (path.find(".so") != Path::npos) paths.insert(path);
    }
  }
  for (const Path& path : paths) places_[file_name_of(path)].push_back(path);
}

Path Libraries::only_added(const std::string& name) const {
  const auto found = places_.find(name);
  if (found == places_.end()) return "";
  const bool known = std::ranges::any_of(
      found->second, [&](const Path& path) { return sides_.baseline.items.contains(path); });
  return known ? "" : found->second.front();
}

const Item* Libraries::resolve(const Path& path) const {
  Path place = path;
  for (int i = 0; i < kMostSteps && !deleted_.contains(place); ++i) {
    const Item* item = nullptr;
    for (const Tree* tree : {&sides_.baseline, &sides_.patched}) {
      const auto found = tree->items.find(place);
      if (found != tree->items.end()) item = &found->second;
    }
    if (item == nullptr || item->entry.kind != improvement::EntryKind::Symlink) return item;
    const std::string& target = item->entry.target;
    const Result<Path> next = canonical_path(
        target.starts_with('/') ? target : join(parent_of(place), target), {}, false);
    if (!next) return nullptr;
    place = *next;
  }
  return nullptr;
}

const ElfFacts* Libraries::facts_of(const Path& path) const {
  const auto [known, fresh] = read_.try_emplace(path);
  if (fresh) {
    const Item* item = resolve(path);
    if (item != nullptr && item->content) {
      const auto file = item->content();
      const Result<ByteView> bytes = file ? (*file)->view() : Result<ByteView>(ByteView{});
      Result<ElfFacts> facts = read_elf_facts(bytes ? *bytes : ByteView{});
      if (facts) known->second = std::move(*facts);
    }
  }
  return known->second ? &*known->second : nullptr;
}

std::optional<bool> Libraries::defines(const std::string& name, const std::string& version,
                                       const ElfFacts& user) const {
  const auto found = places_.find(name);
  if (found == places_.end()) return std::nullopt;
  std::optional<bool> result;
  for (const Path& path : found->second) {
    const ElfFacts* facts = facts_of(path);
    if (facts == nullptr || facts->machine != user.machine || facts->bits != user.bits) continue;
    result = result.value_or(false) || facts->versions.contains(version);
  }
  return result;
}

}  // namespace interlude::publish
