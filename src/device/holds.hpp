#pragma once
// Packages that their administrator wants to stay as they are (`apt-mark hold`).

#include <string>

#include "dpkg/installed.hpp"

namespace interlude::device {

class Holds {
 public:
  /// Nothing is on hold.
  Holds() = default;
  /// What dpkg of the baseline's `tree` says, or where that has none, what dpkg of the device's
  /// `root` does.
  static Holds of(sys::FileSystem& disk, const Path& tree, const Path& root);

  /// Why what came from `package` is left alone; empty where it need not be. What cannot be read
  /// may say that it is on hold.
  std::string why(const std::string& package) const;

 private:
  Result<dpkg::Database> packages_;
};

}  // namespace interlude::device
