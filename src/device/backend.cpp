#include "device/backend.hpp"

#include "device/overlay_backend.hpp"
#include "device/tree_backend.hpp"

namespace interlude::device {

std::unique_ptr<Backend> make_backend(sys::FileSystem& disk, Store& store, const Config& config,
                                      overlay::Mounts* mounts) {
  if (config.backend == Config::BackendKind::Overlay) {
    return std::make_unique<OverlayBackend>(disk, store, *mounts, config.tree);
  }
  return std::make_unique<TreeBackend>(disk, store,
                                       TreeBackend::Options{config.tree, config.hard_links});
}

}  // namespace interlude::device
