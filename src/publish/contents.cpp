#include "publish/contents.hpp"

namespace interlude::publish {

Result<std::unique_ptr<sys::ReadFile>> Contents::open(const crypto::Sha256& digest) const {
  const auto found = by_digest_.find(digest);
  if (found == by_digest_.end()) {
    return fail(ErrorKind::NotFound, "no file has the content with SHA-256 " + digest.hex());
  }
  return found->second();
}

}  // namespace interlude::publish
