#pragma once
// What every client reads alike. Metadata that the specification allows, and that one widely used
// client or another misreads, is refused before anybody signs it:
//
// - Whole numbers beyond 2^53-1 and fractions: JavaScript rounds them.
// - Member names beyond U+FFFF: JavaScript sorts by UTF-16 units, so the signed form differs.
// - Role names that are numbers: JavaScript puts such members first, and the order of roles is
// lost.
// - Delegations without "terminating": python-tuf and tuf-js demand the member.
// - Patterns beyond `*` and `?`: `{a,b}`, `!x`, `#x` and leading dots mean something to some.
// - Target names with `?`, `#`, `%`, blanks or parts that begin with a dot: URLs and patterns
// differ.
// - RSA and ECDSA keys that are not PEM SubjectPublicKeyInfo, or of another scheme than TUF 4.2.2
//   names for them.

#include <string>

#include "json/json.hpp"

namespace interlude::tuf {

/// Invalid, naming the place, unless the signed part `content` of the role is as above. `role` is
/// the file's role: "root", "targets", a delegated one …
Status check_portable(const json::Value& content, const std::string& role);

/// Letters, digits and `. _ + - ~` in every part, none of which begins with `.` or `-`.
Status check_target_path(const std::string& path);

}  // namespace interlude::tuf
