#include "improvement/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace interlude::improvement {
namespace {

bool is_regular(const std::optional<Entry>& entry) {
  return entry && entry->kind == EntryKind::Regular;
}

Reference reference_to(const Path& path, const Entry& entry) {
  return {path, entry.size, entry.digest};
}

bool has_path(const Component& component, const Path& path) {
  return std::ranges::binary_search(component.files, path, {}, &FileChange::path);
}

}  // namespace

Action FileChange::action() const {
  if (!before) return Action::Add;
  return after ? Action::Replace : Action::Delete;
}

const Component* find_component(const Manifest& manifest, std::string_view name) {
  const auto found = std::ranges::find(manifest.components, name, &Component::name);
  return found == manifest.components.end() ? nullptr : &*found;
}

std::string payload_name(std::string_view component, Payload::From from, std::string_view letter) {
  switch (from) {
    case Payload::From::Baseline:
      return fmt::format("{}.from-baseline.payload", component);
    case Payload::From::Letter:
      return fmt::format("{}.from-{}.payload", component, letter);
    case Payload::From::Full:
      break;
  }
  return fmt::format("{}.full.payload", component);
}

std::vector<const FileChange*> rebuilt_files(const Component& component) {
  std::vector<const FileChange*> files;
  for (const FileChange& change : component.files) {
    const bool same_content =
        is_regular(change.before) && change.after && change.before->digest == change.after->digest;
    if (is_regular(change.after) && !same_content) files.push_back(&change);
  }
  return files;
}

std::vector<const FileChange*> reference_files(const Component& component) {
  std::vector<const FileChange*> files;
  for (const FileChange& change : component.files) {
    if (is_regular(change.before)) files.push_back(&change);
  }
  return files;
}

std::vector<Reference> references(const Component& component, const Component* earlier) {
  std::vector<Reference> all;
  for (const FileChange* change : reference_files(component)) {
    if (earlier != nullptr && has_path(*earlier, change->path)) continue;
    all.push_back(reference_to(change->path, *change->before));
  }
  if (earlier == nullptr) return all;
  for (const FileChange& change : earlier->files) {
    if (is_regular(change.after)) all.push_back(reference_to(change.path, *change.after));
  }
  std::ranges::sort(all, {}, &Reference::path);
  return all;
}

}  // namespace interlude::improvement
