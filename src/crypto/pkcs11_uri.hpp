#pragma once
// The name of a key in a token: an RFC 7512 URI such as
//   pkcs11:token=publisher;object=targets?module-path=/usr/lib/softhsm/libsofthsm2.so

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace interlude::crypto {

struct Pkcs11Uri {
  /// Which token, e.g. "token=publisher"; percent-encoded as written.
  std::string token;
  /// Which key in it, e.g. "object=targets"; percent-encoded as written.
  std::string object;
  std::string module_path;  ///< the token's driver; empty: the system's (p11-kit)
  std::string pin_source;   ///< a file that holds the PIN; empty: ask
};

/// Invalid unless `text` names a token (token, serial, manufacturer, model) and a key (object, id)
/// and nothing that would be ignored. A PIN in it (pin-value) is refused, too: key files hold no
/// secrets.
Result<Pkcs11Uri> parse_pkcs11_uri(std::string_view text);

}  // namespace interlude::crypto
