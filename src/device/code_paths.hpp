#pragma once
// Which paths of a change processes run code of.

#include "improvement/manifest.hpp"

namespace interlude::device {

inline bool is_file(const std::optional<improvement::Entry>& entry) {
  return entry && entry->kind == improvement::EntryKind::Regular;
}

/// Calls `visit` with each path that processes may run code of, where `change` is done to it. A
/// link to a library stands for the library that it pointed at: a new version often has a new name.
template <class Visit>
void each_code_path(const improvement::FileChange& change, Visit&& visit) {
  if (is_file(change.before) || is_file(change.after)) visit(change.path);
  const bool is_link = change.before && change.before->kind == improvement::EntryKind::Symlink;
  if (!is_link || change.path.find(".so") == Path::npos) return;
  const std::string& target = change.before->target;
  if (target.find('/') == std::string::npos) visit(join(parent_of(change.path), target));
}

}  // namespace interlude::device
