#pragma once
// What travels to a machine with a key and back: one file with everything that is staged, what it
// replaces, and who is to sign it. It holds no secret, and nobody has to trust it: whoever signs is
// shown every difference, and what comes back is verified signature by signature.

#include <optional>
#include <string>
#include <vector>

#include "crypto/signer.hpp"
#include "sys/file_system.hpp"
#include "tuf/repository.hpp"

namespace interlude::repository {

struct SigningRequest {
  struct Signers {
    std::vector<std::string> key_ids;
    std::uint64_t threshold = 1;
    bool required = true;
  };
  struct File {
    std::string role;
    tuf::Draft draft;
    std::optional<tuf::Draft> before;  ///< what is announced now; nothing for a new role
    std::vector<Signers> signers;
  };
  std::vector<File> files;
};

/// NotFound where nothing is staged.
Result<SigningRequest> make_request(const tuf::Repository& repository);
/// Errors: Corrupt, NoSpace (beyond 64 MiB).
Result<SigningRequest> read_request(sys::FileSystem& disk, const Path& file);
Status write_request(sys::FileSystem& disk, const Path& file, const SigningRequest& request);

/// For a person who is about to sign: role, version, expiry, and every member that changes, with
/// nothing in it that a terminal would obey. Says whether `signer`, if any, signed what is
/// replaced.
std::vector<std::string> description(const SigningRequest::File& file,
                                     const crypto::Signer* signer);

/// Adds the signer's signature wherever its key is asked for; says to which roles. Invalid where it
/// is asked for nowhere.
Result<std::vector<std::string>> sign_request(SigningRequest& request,
                                              const crypto::Signer& signer);

}  // namespace interlude::repository
