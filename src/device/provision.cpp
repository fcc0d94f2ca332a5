#include "device/provision.hpp"

#include "device/memory.hpp"
#include "device/store.hpp"
#include "device/tree_backend.hpp"
#include "tuf/client.hpp"

namespace interlude::device {
namespace {

bool lies_within(const Path& inner, const Path& outer) {
  return inner == outer || inner.starts_with(outer.ends_with('/') ? outer : outer + "/");
}

/// What `path` resolves to, also where its last parts do not exist yet.
Result<Path> resolve_ahead(sys::FileSystem& disk, const Path& path) {
  auto resolved = disk.resolve(path);
  if (resolved || resolved.error().kind() != ErrorKind::NotFound || parent_of(path) == path) {
    return resolved;
  }
  const auto above = resolve_ahead(disk, parent_of(path));
  if (!above) return above;
  return join(*above, file_name_of(path));
}

/// The baseline's folder, absolute; refused where it and the device's own files would mix.
Result<Path> baseline_folder(sys::FileSystem& disk, const Layout& layout, const Path& given) {
  const auto tree = disk.resolve(given);
  if (!tree) return std::unexpected(tree.error().during("looking up the baseline's folder"));
  const auto info = disk.info(*tree);
  if (!info) return std::unexpected(info.error());
  if (info->type != sys::FileType::Directory) {
    return fail(ErrorKind::Invalid, given + " is not a folder");
  }
  const auto library = resolve_ahead(disk, layout.library());
  if (!library) return std::unexpected(library.error());
  if (lies_within(*library, *tree) || lies_within(*tree, *library)) {
    return fail(ErrorKind::Invalid, "the baseline " + *tree + " and the device's own files in " +
                                        *library + " must not lie within each other");
  }
  return *tree;
}

/// Forgets what a former device of this root did.
Status start_anew(sys::FileSystem& disk, const Layout& layout) {
  for (const Path& file : {layout.agent_toml(), layout.record(), layout.settings(),
                           layout.history(), layout.active(), layout.version()}) {
    const Status removed = disk.remove(file);
    if (!removed && removed.error().kind() != ErrorKind::NotFound) return removed;
  }
  for (const Path& directory :
       {layout.generations(), layout.objects(), layout.incoming(), layout.accepted()}) {
    if (const Status removed = sys::remove_tree(disk, directory); !removed) return removed;
  }
  return {};
}

Status lay_out(sys::FileSystem& disk, const Layout& layout, const Provisioning& wanted) {
  Store store(disk, layout);
  if (const Status prepared = store.prepare(); !prepared) return prepared;
  const Status trusted = tuf::Client::initialise(disk, layout.metadata(), wanted.trusted_root);
  if (!trusted) return trusted;
  for (const Path& directory : {layout.configuration(), layout.running()}) {
    const Status made = sys::make_directories(disk, directory, kDirectoryMode);
    if (!made) return made;
  }
  const Status kept =
      sys::replace_file(disk, layout.trusted_root(), wanted.trusted_root, kFileMode);
  if (!kept) return kept;
  return Memory(disk, layout).keep_reserve();
}

}  // namespace

Status provision(sys::FileSystem& disk, const Layout& layout, const Provisioning& wanted) {
  if (sys::exists(disk, layout.agent_toml()) && !wanted.replace) {
    return fail(ErrorKind::Conflict, layout.root() + " is a device already; --force starts anew");
  }
  const Status trusted = tuf::Client::check_root(wanted.trusted_root);
  if (!trusted) return std::unexpected(trusted.error().during("the trusted root"));
  Config config = wanted.config;
  const bool is_tree = config.backend == Config::BackendKind::Tree;
  if (is_tree) {
    auto tree = baseline_folder(disk, layout, config.tree);
    if (!tree) return std::unexpected(tree.error());
    config.tree = std::move(*tree);
  }
  const Status made = sys::make_directories(disk, layout.library(), kDirectoryMode);
  if (!made) return made;
  if (const Status fresh = start_anew(disk, layout); !fresh) return fresh;
  if (const Status laid_out = lay_out(disk, layout, wanted); !laid_out) return laid_out;
  Store store(disk, layout);
  // The system's own directories need nothing beforehand.
  const Status initialised =
      is_tree ? TreeBackend(disk, store, {config.tree, config.hard_links}).initialise() : Status();
  if (!initialised) return initialised;
  return sys::replace_file(disk, layout.agent_toml(), as_bytes(to_toml(config)), kFileMode);
}

}  // namespace interlude::device
