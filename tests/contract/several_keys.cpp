// Several keys in one process, as a ceremony uses them: tokens are shared behind the scenes, and
// who closes one key must not take another's token away.
//
//   several_keys KEYFILE…
//
// Nobody can be asked: only the first key of a token may need a PIN, from its pin-source.

#include <fmt/format.h>

#include <cstdio>

#include "keys/keys.hpp"
#include "sys/posix/file_system.hpp"
#include "sys/posix/process.hpp"

namespace {

using namespace interlude;

Status sign_with(std::span<const std::unique_ptr<crypto::Signer>> signers) {
  for (const std::unique_ptr<crypto::Signer>& signer : signers) {
    const Result<Bytes> signature = signer->sign(as_bytes("message"));
    if (!signature) return std::unexpected(signature.error());
  }
  return {};
}

Status open_sign_and_close(std::span<char* const> files) {
  sys::posix::FileSystem disk;
  sys::posix::ProcessRunner processes;
  std::vector<std::unique_ptr<crypto::Signer>> signers;
  for (const char* file : files) {
    Result<std::unique_ptr<crypto::Signer>> signer =
        keys::open_key(disk, processes, file, crypto::nobody_to_ask);
    if (!signer) return std::unexpected(signer.error());
    signers.push_back(std::move(*signer));
  }
  Status done = sign_with(signers);
  while (done && !signers.empty()) {
    signers.erase(signers.begin());
    done = sign_with(signers);
  }
  return done;
}

}  // namespace

int main(int argc, char** argv) {
  const std::span<char* const> files(argv + 1, argv + argc);
  Status done = open_sign_and_close(files);
  if (done) done = open_sign_and_close(files);  // once more, after everything was closed
  if (done) return 0;
  fmt::print(stderr, "several_keys: {}\n", done.error().message());
  return 1;
}
