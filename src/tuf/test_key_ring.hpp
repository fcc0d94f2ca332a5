#pragma once
// Keys for tests, in memory; one can be told to be elsewhere.

#include <map>
#include <set>
#include <string>

#include "crypto/private_key.hpp"
#include "tuf/repository.hpp"
#include "tuf/signing.hpp"

namespace interlude::tuf {

class TestKeyRing final : public KeyRing {
 public:
  /// A new key, as metadata lists it.
  json::Value make() {
    crypto::PrivateKey key = crypto::PrivateKey::generate();
    json::Value value = key_value(key);
    signers_.emplace(key_id_of(value), std::move(key));
    return value;
  }
  RoleKeys make_role(std::size_t count, std::uint64_t threshold) {
    RoleKeys role{{}, threshold};
    for (std::size_t i = 0; i < count; ++i) role.keys.push_back(make());
    return role;
  }
  Founding found() {
    return {make_role(3, 2), make_role(1, 1), make_role(1, 1),
            make_role(1, 1), make_role(1, 1), make_role(1, 1)};
  }

  void take_away(const std::string& key_id) { elsewhere_.insert(key_id); }
  void take_away(const RoleKeys& role) {
    for (const std::string& id : role.ids()) take_away(id);
  }
  void bring_back(const std::string& key_id) { elsewhere_.erase(key_id); }

  bool has(const std::string& key_id) const override {
    return signers_.contains(key_id) && !elsewhere_.contains(key_id);
  }
  Result<const crypto::Signer*> signer(const std::string& key_id) override {
    if (has(key_id)) return &signers_.at(key_id);
    return fail(ErrorKind::NotFound, "the key " + key_id + " is elsewhere");
  }

 private:
  std::map<std::string, crypto::PrivateKey> signers_;
  std::set<std::string> elsewhere_;
};

}  // namespace interlude::tuf
