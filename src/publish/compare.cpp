#include "publish/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace interlude::publish {
namespace {

using improvement::Entry;
using improvement::EntryKind;

bool is_regular(const Item* item) {
  return item != nullptr && item->entry.kind == EntryKind::Regular;
}

Result<bool> same_content(const Item& left, const Item& right) {
  if (left.entry.size != right.entry.size) return false;
  const auto left_file = left.content();
  if (!left_file) return std::unexpected(left_file.error());
  const auto right_file = right.content();
  if (!right_file) return std::unexpected(right_file.error());
  const Result<ByteView> left_bytes = (*left_file)->view();
  if (!left_bytes) return std::unexpected(left_bytes.error());
  const Result<ByteView> right_bytes = (*right_file)->view();
  if (!right_bytes) return std::unexpected(right_bytes.error());
  return std::ranges::equal(*left_bytes, *right_bytes);
}

Result<Entry> with_digest(const Item& item) {
  Entry entry = item.entry;
  if (entry.kind != EntryKind::Regular) return entry;
  const auto file = item.content();
  if (!file) return std::unexpected(file.error());
  const Result<ByteView> bytes = (*file)->view();
  if (!bytes) return std::unexpected(bytes.error());
  entry.size = bytes->size();
  entry.digest = crypto::sha256(*bytes);
  return entry;
}

class Comparing {
 public:
  Comparing(const Sides& sides, bool with_documentation)
      : sides_(sides), with_documentation_(with_documentation) {
    for (const Package& package : sides.patched.packages) replaced_.insert(package.name);
  }

  Result<Comparison> run() {
    std::set<Path> paths;
    for (const Tree* tree : {&sides_.baseline, &sides_.patched}) {
      for (const auto& [path, item] : tree->items) paths.insert(path);
    }
    for (const Path& special : sides_.patched.specials) {
      if (sides_.baseline.specials.contains(special)) continue;
      return fail(ErrorKind::Denied,
                  fmt::format("{}: a device node, socket or pipe cannot be part of an improvement",
                              special));
    }
    for (const Path& path : paths) {
      if (!with_documentation_ && is_documentation(path)) continue;
      if (const Status done = take(path); !done) return std::unexpected(done.error().during(path));
    }
    return std::move(result_);
  }

 private:
  Status take(const Path& path) {
    const Item* before = find(sides_.baseline, path);
    const Item* after = find(sides_.patched, path);
    if (after == nullptr && !is_deleted(path, *before)) return {};
    const bool packages = sides_.patched.from_packages();
    const bool both = before != nullptr && after != nullptr;
    if (packages && both && before->entry.kind == EntryKind::Directory &&
        after->entry.kind == EntryKind::Directory) {
      return {};
    }
    Result<Change> change = changed(path, before, after);
    if (!change) return std::unexpected(change.error());
    if (change->file.before == change->file.after) return {};
    if (is_configuration(path)) {
      result_.configuration.push_back(path);
      return {};
    }
    result_.changes.push_back(std::move(*change));
    return {};
  }

  static const Item* find(const Tree& tree, const Path& path) {
    const auto found = tree.items.find(path);
    return found == tree.items.end() ? nullptr : &found->second;
  }

  bool is_configuration(const Path& path) const {
    return sides_.baseline.configuration.contains(path) ||
           sides_.patched.configuration.contains(path);
  }

  bool is_deleted(const Path& path, const Item& before) const {
    if (!sides_.patched.from_packages()) return true;
    if (before.entry.kind == EntryKind::Directory) return false;  // other packages may share it
    const auto owner = sides_.baseline.owners.find(path);
    return owner != sides_.baseline.owners.end() &&
           replaced_.contains(sides_.baseline.packages[owner->second].name);
  }

  Result<Change> changed(const Path& path, const Item* before, const Item* after) const {
    Change change;
    change.file.path = path;
    if (before != nullptr) {
      change.file.before = before->entry;
      change.before = before->content;
    }
    if (after != nullptr) {
      change.file.after = after->entry;
      change.after = after->content;
    }
    if (before != nullptr && after != nullptr)
      settle_owners(*change.file.before, *change.file.after);
    const Status hashed = fill_digests(before, after, change.file);
    if (!hashed) return std::unexpected(hashed.error());
    return change;
  }

  void settle_owners(Entry& before, Entry& after) const {
    if (sides_.baseline.keeps_owners == sides_.patched.keeps_owners) return;
    const Entry& known = sides_.baseline.keeps_owners ? before : after;
    Entry& lost = sides_.baseline.keeps_owners ? after : before;
    lost.uid = known.uid;
    lost.gid = known.gid;
    lost.attributes = known.attributes;
  }

  static Status fill_digests(const Item* before, const Item* after,
                             improvement::FileChange& change) {
    if (is_regular(before) && is_regular(after)) {
      const Result<bool> same = same_content(*before, *after);
      if (!same) return std::unexpected(same.error());
      if (*same && change.before == change.after) return {};  // nobody will ask for the digest
    }
    for (const auto& [item, entry] : {std::pair{before, &change.before}, {after, &change.after}}) {
      if (!is_regular(item)) continue;
      const Result<Entry> hashed = with_digest(*item);
      if (!hashed) return std::unexpected(hashed.error());
      (*entry)->size = hashed->size;
      (*entry)->digest = hashed->digest;
    }
    return {};
  }

  const Sides& sides_;
  bool with_documentation_;
  std::set<std::string> replaced_;  ///< names of the packages that are patched
  Comparison result_;
};

}  // namespace

Result<Comparison> compare(const Sides& sides, bool with_documentation) {
  return Comparing(sides, with_documentation).run();
}

}  // namespace interlude::publish
