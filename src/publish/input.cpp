#include "publish/input.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "publish/deb.hpp"
#include "publish/folder.hpp"

namespace interlude::publish {
namespace {

using improvement::EntryKind;

Status add_package(Tree& all, Tree package) {
  Package& about = package.packages.front();
  if (std::ranges::find(all.packages, about.name, &Package::name) != all.packages.end()) {
    return fail(ErrorKind::Invalid, fmt::format("package {} is given twice", about.name));
  }
  const std::size_t number = all.packages.size();
  for (auto& [path, item] : package.items) {
    const auto known = all.items.find(path);
    if (known == all.items.end()) {
      all.items.emplace(path, std::move(item));
      all.owners.emplace(path, number);
    } else if (known->second.entry.kind != EntryKind::Directory ||
               item.entry.kind != EntryKind::Directory) {
      return fail(ErrorKind::Conflict,
                  fmt::format("{} is in the packages {} and {}", path,
                              all.packages[all.owners.at(path)].name, about.name));
    }
  }
  all.specials.merge(package.specials);
  all.configuration.merge(package.configuration);
  all.packages.push_back(std::move(about));
  return {};
}

Result<Tree> read_packages(sys::FileSystem& disk, const std::vector<Path>& files) {
  Tree all;
  for (const Path& file : files) {
    const Result<std::unique_ptr<sys::ReadFile>> open = disk.open(file);
    if (!open) return std::unexpected(open.error());
    const Result<ByteView> bytes = (*open)->view();
    if (!bytes) return std::unexpected(bytes.error());
    if (bytes->size() > kLargestDeb) {
      return fail(ErrorKind::NoSpace, fmt::format("{}: longer than {} bytes", file, kLargestDeb));
    }
    Result<Tree> package = read_deb(*bytes, file);
    if (!package) return std::unexpected(package.error());
    if (const Status added = add_package(all, std::move(*package)); !added) {
      return std::unexpected(added.error().during(file));
    }
  }
  return all;
}

/// A folder or packages, at the paths they have there.
Result<Tree> read_side(sys::FileSystem& disk, const std::vector<Path>& inputs,
                       std::string_view side) {
  std::size_t folders = 0;
  for (const Path& input : inputs) {
    const Result<Path> real = disk.resolve(input);
    if (!real) return std::unexpected(real.error().during(side));
    const Result<sys::FileInfo> info = disk.info(*real);
    if (!info) return std::unexpected(info.error().during(side));
    if (info->type == sys::FileType::Directory) ++folders;
  }
  Result<Tree> tree = Tree{};
  if (folders == 0 && !inputs.empty()) {
    tree = read_packages(disk, inputs);
  } else if (folders == 1 && inputs.size() == 1) {
    tree = scan_folder(disk, inputs.front());
  } else {
    return fail(ErrorKind::Invalid,
                fmt::format("{}: expected one folder, or one or more .deb files", side));
  }
  if (!tree) return std::unexpected(tree.error().during(side));
  return tree;
}

Status check_architectures(const Tree& baseline, const Tree& patched) {
  for (const Package& fresh : patched.packages) {
    const auto old = std::ranges::find(baseline.packages, fresh.name, &Package::name);
    if (old == baseline.packages.end() || old->architecture == fresh.architecture) continue;
    return fail(ErrorKind::Invalid, fmt::format("package {} is for {} in the baseline and for {} "
                                                "in the patched packages",
                                                fresh.name, old->architecture, fresh.architecture));
  }
  return {};
}

}  // namespace

Result<Sides> read_sides(sys::FileSystem& disk, const std::vector<Path>& baseline,
                         const std::vector<Path>& patched) {
  Result<Tree> old_tree = read_side(disk, baseline, "baseline");
  if (!old_tree) return std::unexpected(old_tree.error());
  Result<Tree> new_tree = read_side(disk, patched, "patched");
  if (!new_tree) return std::unexpected(new_tree.error());
  if (old_tree->from_packages() && !new_tree->from_packages()) {
    return fail(ErrorKind::Invalid,
                "patched is a folder, but the baseline is packages: give the baseline as a folder, "
                "or the patched packages");
  }
  if (const Status same = check_architectures(*old_tree, *new_tree); !same) {
    return std::unexpected(same.error());
  }
  const DirectoryLinks links = old_tree->from_packages() ? merged_usr() : links_of(*old_tree);
  Sides sides;
  for (const auto& [from, to] :
       {std::pair{&*old_tree, &sides.baseline}, std::pair{&*new_tree, &sides.patched}}) {
    Result<Tree> canonical = canonical_tree(std::move(*from), links);
    if (!canonical) return std::unexpected(canonical.error());
    *to = std::move(*canonical);
  }
  return sides;
}

}  // namespace interlude::publish
