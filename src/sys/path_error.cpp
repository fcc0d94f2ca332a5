#include "sys/path_error.hpp"

#include <cerrno>

namespace interlude::sys {
namespace {

bool is_conflict(int number) {
  switch (number) {
    case EEXIST:
    case ENOTEMPTY:
    case EISDIR:
    case ENOTDIR:
    case ELOOP:
    case EBUSY:
    case ETXTBSY:
      return true;
    default:
      return false;
  }
}

}  // namespace

Error path_error(std::string_view activity, const Path& path, int number) {
  const Error error = errno_error(std::string(activity) + " " + path, number);
  return is_conflict(number) ? Error(ErrorKind::Conflict, error.message()) : error;
}

Error path_error(std::string_view activity, const Path& path) {
  return path_error(activity, path, errno);
}

}  // namespace interlude::sys
