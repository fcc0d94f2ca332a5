#pragma once
// Keys that sign, by their key files (keys/key_file.hpp).
//
// A process calls sys::posix::keep_memory_private() before any of these.

#include <memory>
#include <optional>

#include "crypto/private_key.hpp"
#include "keys/key_file.hpp"
#include "sys/process.hpp"

namespace interlude::keys {

/// The signer that the key file `file` describes, wherever its private half is. `processes` must
/// outlive it. Errors: NotFound (the private half is not here), Denied (wrong pass phrase or PIN,
/// or others may read it), Conflict (the private half is that of another key), Unavailable (no such
/// token), Invalid (the key file).
Result<std::unique_ptr<crypto::Signer>> open_key(sys::FileSystem& disk,
                                                 sys::ProcessRunner& processes, const Path& file,
                                                 const crypto::AskSecret& ask);

/// A new key as DIRECTORY/NAME.pem, encrypted where there is a pass phrase, and DIRECTORY/NAME.toml
/// that describes it, both 0600; the folder, 0700, is made where it is missing. Conflict if one of
/// them exists. The key file is written last, so that an interruption leaves no key file without
/// its key.
Result<crypto::PrivateKey> make_key(sys::FileSystem& disk, const Path& directory,
                                    const std::string& name, crypto::Scheme scheme,
                                    const std::optional<crypto::Secret>& pass_phrase);

/// The key file of a key that is in a token already; its public half is read from there, which
/// takes the PIN.
Result<KeyFile> describe_token_key(sys::FileSystem& disk, const std::string& uri,
                                   const crypto::AskSecret& ask);

}  // namespace interlude::keys
