#pragma once
// One channel for failure. A function that can fail returns `Result<T>`, or `Status` when there is
// no value. `ErrorKind` says what a caller can do about it; the message is for a person and names
// the file, the field and what was expected. Each layer adds what it was doing with `during`.

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace interlude {

/// What a caller can do about an error. The command line maps each to one exit code
/// (docs/EXIT-CODES.md).
enum class ErrorKind {
  Internal,     ///< a bug or an operating system error nobody foresaw
  Invalid,      ///< what the person typed or configured is wrong; nothing was tried
  NotFound,     ///< the named thing does not exist
  Corrupt,      ///< bytes do not have the form or the hash they must have
  Untrusted,    ///< signatures, roles, expiry or versions do not allow it
  Unavailable,  ///< network or server; trying again later can help
  NoSpace,      ///< disk full, or a limit on sizes would be exceeded
  Denied,       ///< permissions or policy forbid it
  Conflict,     ///< the present state does not allow it (locally modified file, another process at
                ///< work)
  Cancelled,    ///< the person interrupted it
};

/// The kind's name as it appears in `--json` output, e.g. "not-found".
std::string_view name_of(ErrorKind kind);

class [[nodiscard]] Error {
 public:
  Error(ErrorKind kind, std::string message) : kind_(kind), message_(std::move(message)) {}

  ErrorKind kind() const { return kind_; }
  const std::string& message() const { return message_; }

  /// The same error seen from one layer further out: "reading manifest: …".
  Error during(std::string_view activity) const {
    return {kind_, std::string(activity) + ": " + message_};
  }

 private:
  ErrorKind kind_;
  std::string message_;
};

template <class T>
struct [[nodiscard]] Result : std::expected<T, Error> {
  using std::expected<T, Error>::expected;
};

using Status = Result<void>;

/// Shorthand for the failing branch: `return fail(ErrorKind::Corrupt, "…")`.
inline std::unexpected<Error> fail(ErrorKind kind, std::string message) {
  return std::unexpected(Error(kind, std::move(message)));
}

/// An error of the operating system, from `errno` or a given number: maps ENOSPC/EDQUOT/EFBIG to
/// NoSpace, ENOENT to NotFound, EACCES/EPERM/EROFS to Denied, everything else to Internal.
Error errno_error(std::string_view activity, int number);
Error errno_error(std::string_view activity);

}  // namespace interlude
