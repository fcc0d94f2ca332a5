#include "publish/tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>

namespace interlude::publish {
namespace {

constexpr int kMostLinks = 40;  // as Linux follows in one path

class MemoryFile final : public sys::ReadFile {
 public:
  explicit MemoryFile(std::shared_ptr<const Bytes> bytes) : bytes_(std::move(bytes)) {}
  std::uint64_t size() const override { return bytes_->size(); }
  Result<ByteView> view() override { return ByteView(*bytes_); }

 private:
  std::shared_ptr<const Bytes> bytes_;
};

/// Puts the parts of `path` before what is left to walk.
void push_front(std::deque<std::string>& left, std::string_view path) {
  std::size_t end = path.size();
  while (end > 0) {
    const std::size_t slash = path.rfind('/', end - 1);
    const std::size_t start = slash == std::string_view::npos ? 0 : slash + 1;
    const std::string_view part = path.substr(start, end - start);
    if (!part.empty() && part != ".") left.emplace_front(part);
    end = slash == std::string_view::npos ? 0 : slash;
  }
}

}  // namespace

Package package_of_fields(const dpkg::Paragraph& fields) {
  Package package;
  package.name = dpkg::field_of(fields, "Package");
  package.version = dpkg::field_of(fields, "Version");
  package.architecture = dpkg::field_of(fields, "Architecture");
  // "Source: openssl (3.0.1)" names the version where it differs from the package's own.
  const std::string source = dpkg::field_of(fields, "Source");
  package.source = source.substr(0, source.find(' '));
  if (package.source.empty()) package.source = package.name;
  for (const char* name : {"Pre-Depends", "Depends"}) {
    const std::string value = dpkg::field_of(fields, name);
    if (value.empty()) continue;
    if (!package.control.depends.empty()) package.control.depends += ", ";
    package.control.depends += value;
  }
  package.control.provides = dpkg::field_of(fields, "Provides");
  return package;
}

Content content_of(std::shared_ptr<const Bytes> bytes) {
  return [bytes = std::move(bytes)]() -> Result<std::unique_ptr<sys::ReadFile>> {
    return std::make_unique<MemoryFile>(bytes);
  };
}

bool is_documentation(std::string_view path) {
  constexpr std::array<std::string_view, 5> kPlaces = {
      "usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/locale", "usr/share/lintian"};
  return std::ranges::any_of(kPlaces, [&](std::string_view place) {
    return path.starts_with(place) && (path.size() == place.size() || path[place.size()] == '/');
  });
}

DirectoryLinks links_of(const Tree& tree) {
  DirectoryLinks links;
  for (const auto& [path, item] : tree.items) {
    if (item.entry.kind == improvement::EntryKind::Symlink) links[path] = item.entry.target;
  }
  return links;
}

DirectoryLinks merged_usr() {
  DirectoryLinks links;
  for (const char* name : {"bin", "sbin", "lib", "lib32", "lib64", "libx32"}) {
    links[name] = fmt::format("usr/{}", name);
  }
  return links;
}

Result<Path> canonical_path(const Path& path, const DirectoryLinks& links, bool whole) {
  std::deque<std::string> left;
  push_front(left, path);
  Path resolved;
  int followed = 0;
  while (!left.empty()) {
    const std::string part = std::move(left.front());
    left.pop_front();
    if (part == "..") {
      if (resolved.empty()) {
        return fail(ErrorKind::Invalid, fmt::format("{}: leads out of the root", path));
      }
      const std::size_t slash = resolved.rfind('/');
      resolved.resize(slash == Path::npos ? 0 : slash);
      continue;
    }
    const Path next = join(resolved, part);
    const auto link = links.find(next);
    if (link == links.end() || (left.empty() && !whole)) {
      resolved = next;
      continue;
    }
    if (++followed > kMostLinks) {
      return fail(ErrorKind::Invalid, fmt::format("{}: symbolic links lead in circles", path));
    }
    if (link->second.starts_with('/')) resolved.clear();
    push_front(left, link->second);
  }
  return resolved;
}

Result<Tree> canonical_tree(Tree tree, const DirectoryLinks& links) {
  Tree result;
  result.packages = std::move(tree.packages);
  result.keeps_owners = tree.keeps_owners;
  std::map<Path, Path> written;  // canonical -> as the input has it
  for (auto& [path, item] : tree.items) {
    const bool directory = item.entry.kind == improvement::EntryKind::Directory;
    const Result<Path> canonical = canonical_path(path, links, directory);
    if (!canonical) return std::unexpected(canonical.error());
    if (canonical->empty()) continue;
    const auto known = written.find(*canonical);
    if (known != written.end()) {
      if (directory) continue;
      return fail(ErrorKind::Conflict,
                  fmt::format("{} and {} are both the file {}", known->second, path, *canonical));
    }
    written.emplace(*canonical, path);
    const auto owner = tree.owners.find(path);
    if (owner != tree.owners.end()) result.owners.emplace(*canonical, owner->second);
    result.items.emplace(*canonical, std::move(item));
  }
  for (const auto& [from, to] : {std::pair{&tree.specials, &result.specials},
                                 std::pair{&tree.configuration, &result.configuration}}) {
    for (const Path& path : *from) {
      Result<Path> canonical = canonical_path(path, links, false);
      if (!canonical) return std::unexpected(canonical.error());
      to->insert(std::move(*canonical));
    }
  }
  return result;
}

}  // namespace interlude::publish
