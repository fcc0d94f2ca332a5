#include "device/provision.hpp"

#include "device/memory.hpp"
#include "device/store.hpp"
#include "device/tree_backend.hpp"
#include "tuf/client.hpp"

namespace interlude::device {
namespace {

/// The baseline's folder, absolute; refused where it and the device's own files would mix.
Result<Path> baseline_folder(sys::FileSystem& disk, const Layout& layout, const Path& given) {
  const auto tree = disk.resolve(given);
  if (!tree) return std::unexpected(tree.error().during("looking up the baseline's folder"));
  const auto info = disk.info(*tree);
  if (!info) return std::unexpected(info.error());
  if (info->type != sys::FileType::Directory) {
    return fail(ErrorKind::Invalid, given + " is not a folder");
  }
  const auto library = sys::resolve_ahead(disk, layout.library());
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
  for (const Path& directory : {layout.generations(), layout.objects(), layout.incoming(),
                                layout.accepted(), layout.seen()}) {
    if (const Status removed = sys::remove_tree(disk, directory); !removed) return removed;
  }
  return {};
}

/// `wanted`, with what it leaves open.
Result<Config> completed(sys::FileSystem& disk, const Layout& layout, const Config& wanted) {
  auto defaults = load_defaults(disk, layout);
  if (!defaults) return defaults;
  Config config = wanted;
  for (std::string Config::*const member :
       {&Config::platform, &Config::baseline_version, &Config::tree}) {
    if ((config.*member).empty()) config.*member = (*defaults).*member;
  }
  if (wanted.tree.empty() && defaults->backend == Config::BackendKind::Overlay) {
    config.backend = Config::BackendKind::Overlay;
  }
  const bool is_overlay = config.backend == Config::BackendKind::Overlay;
  for (const auto& [value, option] : {std::pair(config.platform, "--platform"),
                                      std::pair(config.baseline_version, "--baseline-version"),
                                      std::pair(config.tree, "--tree")}) {
    if (!value.empty() || (is_overlay && std::string_view(option) == "--tree")) continue;
    return fail(ErrorKind::Invalid,
                std::string(option) + " is missing, and nothing in " + layout.root() + " says it");
  }
  return config;
}

/// Everything but the configuration. What makes is_set_up() true comes last.
Status set_up(sys::FileSystem& disk, const Layout& layout, const Config& config,
              ByteView trusted_root) {
  Store store(disk, layout);
  if (const Status prepared = store.prepare(); !prepared) return prepared;
  for (const Path& directory : {layout.configuration(), layout.running()}) {
    const Status made = sys::make_directories(disk, directory, kDirectoryMode);
    if (!made) return made;
  }
  // The system's own directories need nothing beforehand.
  const Status initialised =
      config.backend == Config::BackendKind::Overlay
          ? Status()
          : TreeBackend(disk, store, {config.tree, config.hard_links}).initialise();
  if (!initialised) return initialised;
  if (const Status kept = Memory(disk, layout).keep_reserve(); !kept) return kept;
  return tuf::Client::initialise(disk, layout.metadata(), trusted_root);
}

}  // namespace

Status provision(sys::FileSystem& disk, const Layout& layout, const Provisioning& wanted) {
  if (sys::exists(disk, layout.agent_toml()) && !wanted.replace) {
    return fail(ErrorKind::Conflict, layout.root() + " is a device already; --force starts anew");
  }
  if (const Status good = check_source(wanted.config); !good) return good;
  const Status trusted = tuf::Client::check_root(wanted.trusted_root);
  if (!trusted) return std::unexpected(trusted.error().during("the trusted root"));
  auto config = completed(disk, layout, wanted.config);
  if (!config) return std::unexpected(config.error());
  Config written = wanted.config;
  if (config->backend == Config::BackendKind::Tree) {
    auto tree = baseline_folder(disk, layout, config->tree);
    if (!tree) return std::unexpected(tree.error());
    config->tree = *tree;
    if (!written.tree.empty()) written.tree = std::move(*tree);
  }
  const Status made = sys::make_directories(disk, layout.library(), kDirectoryMode);
  if (!made) return made;
  if (const Status fresh = start_anew(disk, layout); !fresh) return fresh;
  const Status made_up = set_up(disk, layout, *config, wanted.trusted_root);
  if (!made_up) return made_up;
  const Status kept =
      sys::replace_file(disk, layout.trusted_root(), wanted.trusted_root, kFileMode);
  if (!kept) return kept;
  return sys::replace_file(disk, layout.agent_toml(), as_bytes(to_toml(written)), kFileMode);
}

bool is_set_up(sys::FileSystem& disk, const Layout& layout) {
  return sys::exists(disk, join(layout.metadata(), "root.json")) ||
         sys::exists(disk, layout.record());
}

Status set_up_from_files(sys::FileSystem& disk, const Layout& layout, const Config& config) {
  if (is_set_up(disk, layout)) return {};
  const auto trusted_root = disk.read(layout.trusted_root(), kLargestRoot);
  if (!trusted_root) return std::unexpected(trusted_root.error().during("the trusted root"));
  if (config.backend == Config::BackendKind::Tree) {
    const auto tree = baseline_folder(disk, layout, config.tree);
    if (!tree) return std::unexpected(tree.error());
  }
  return set_up(disk, layout, config, *trusted_root);
}

}  // namespace interlude::device
