#include "crypto/signer.hpp"

namespace interlude::crypto {

Result<Bytes> Signer::sign(ByteView message) const {
  Result<Bytes> signature = make_signature(message);
  if (signature && !key_.verifies(message, *signature)) {
    return fail(ErrorKind::Untrusted,
                "the signature does not verify with the public key; is this the private half of "
                "another key?");
  }
  return signature;
}

}  // namespace interlude::crypto
