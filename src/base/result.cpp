#include "base/result.hpp"

#include <cerrno>
#include <system_error>

namespace interlude {

std::string_view name_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Internal:
      return "internal";
    case ErrorKind::Invalid:
      return "invalid";
    case ErrorKind::NotFound:
      return "not-found";
    case ErrorKind::Corrupt:
      return "corrupt";
    case ErrorKind::Untrusted:
      return "untrusted";
    case ErrorKind::Unavailable:
      return "unavailable";
    case ErrorKind::NoSpace:
      return "no-space";
    case ErrorKind::Denied:
      return "denied";
    case ErrorKind::Conflict:
      return "conflict";
    case ErrorKind::Cancelled:
      return "cancelled";
  }
  return "internal";
}

Error errno_error(std::string_view activity, int number) {
  ErrorKind kind = ErrorKind::Internal;
  switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      kind = ErrorKind::NoSpace;
      break;
    case ENOENT:
      kind = ErrorKind::NotFound;
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      kind = ErrorKind::Denied;
      break;
    default:
      break;
  }
  return {kind, std::string(activity) + ": " + std::generic_category().message(number)};
}

Error errno_error(std::string_view activity) {
  return errno_error(activity, errno);
}

}  // namespace interlude
