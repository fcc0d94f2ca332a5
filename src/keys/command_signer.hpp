#pragma once

#include "crypto/signer.hpp"
#include "sys/process.hpp"

namespace interlude::keys {

/// Signs by a program of the publisher's: the bytes to sign on its standard input, the signature as
/// crypto::Scheme says, raw, on its standard output. Exit code 0 and at most 4 KiB of output, else
/// Unavailable with the end of what it wrote to standard error. It is waited for as long as it
/// takes: it may ask a person.
class CommandSigner final : public crypto::Signer {
 public:
  /// `processes` is borrowed and must outlive this.
  CommandSigner(crypto::PublicKey key, std::vector<std::string> arguments,
                sys::ProcessRunner& processes)
      : Signer(std::move(key)), arguments_(std::move(arguments)), processes_(&processes) {}

 private:
  Result<Bytes> make_signature(ByteView message) const override;

  std::vector<std::string> arguments_;
  sys::ProcessRunner* processes_;
};

}  // namespace interlude::keys
