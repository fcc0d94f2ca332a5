#include "sys/posix/attributes.hpp"

#include <sys/xattr.h>

#include <cerrno>

#include "sys/path_error.hpp"

namespace interlude::sys::posix {
namespace {

constexpr std::string_view kActivity = "reading attributes of";
/// Linux allows no longer list or value (XATTR_LIST_MAX, XATTR_SIZE_MAX).
constexpr std::size_t kLongest = 65536;

}  // namespace

Result<std::map<std::string, Bytes>> read_attributes(const Path& path) {
  std::map<std::string, Bytes> found;
  const ssize_t expected = ::llistxattr(path.c_str(), nullptr, 0);
  if (expected == 0 || (expected < 0 && errno == ENOTSUP)) return found;
  if (expected < 0) return std::unexpected(path_error(kActivity, path));
  std::string names(kLongest, '\0');
  const ssize_t listed = ::llistxattr(path.c_str(), names.data(), names.size());
  if (listed < 0) return std::unexpected(path_error(kActivity, path));
  names.resize(static_cast<std::size_t>(listed));
  for (std::size_t start = 0; start < names.size();) {
    const std::string name(names.c_str() + start);
    start += name.size() + 1;
    Bytes value(kLongest);
    const ssize_t length = ::lgetxattr(path.c_str(), name.c_str(), value.data(), value.size());
    if (length < 0 && errno == ENODATA) continue;  // removed meanwhile, or not ours to see
    if (length < 0) return std::unexpected(path_error(kActivity, path));
    value.resize(static_cast<std::size_t>(length));
    found.emplace(name, std::move(value));
  }
  return found;
}

Status write_attribute(const Path& path, const std::string& name, ByteView value) {
  if (::lsetxattr(path.c_str(), name.c_str(), value.data(), value.size(), 0) == 0) return {};
  return std::unexpected(path_error("setting attribute " + name + " of", path));
}

}  // namespace interlude::sys::posix
