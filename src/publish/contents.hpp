#pragma once

#include <map>

#include "publish/tree.hpp"

namespace interlude::publish {

/// File contents by their digest: what payloads are made of.
class Contents {
 public:
  void add(const crypto::Sha256& digest, Content content) {
    by_digest_.emplace(digest, std::move(content));
  }
  bool has(const crypto::Sha256& digest) const { return by_digest_.contains(digest); }
  /// NotFound where nothing with that digest was added.
  Result<std::unique_ptr<sys::ReadFile>> open(const crypto::Sha256& digest) const;

 private:
  std::map<crypto::Sha256, Content> by_digest_;
};

}  // namespace interlude::publish
