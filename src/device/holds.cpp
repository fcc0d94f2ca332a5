#include "device/holds.hpp"

#include <fmt/format.h>

namespace interlude::device {

Holds Holds::of(sys::FileSystem& disk, const Path& tree, const Path& root) {
  const bool has_its_own = sys::exists(disk, join(tree, dpkg::kStatus));
  Holds holds;
  holds.packages_ = dpkg::Database::read(disk, has_its_own ? tree : root);
  return holds;
}

std::string Holds::why(const std::string& package) const {
  if (package.empty()) return "";
  const auto unknown = [&](const Error& error) {
    return fmt::format("whether its package {} is on hold cannot be known: {}", package,
                       error.message());
  };
  if (!packages_) return unknown(packages_.error());
  const auto found = packages_->find(package);
  if (!found) return unknown(found.error());
  if (!*found || !(*found)->held) return "";
  return fmt::format("its package {} is on hold here (apt-mark hold)", package);
}

}  // namespace interlude::device
