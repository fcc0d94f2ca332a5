#pragma once
// How commands that sign get pass phrases and PINs: from the terminal, or, for scripts, from a file
// or a descriptor. Never from arguments or the environment, which other processes can read.

#include <optional>
#include <string>

#include "cli/command.hpp"
#include "crypto/secret.hpp"

namespace interlude::cli {

struct PassPhraseOptions {
  std::string file;
  std::optional<int> descriptor;
};

/// Adds --pass-phrase-file and --pass-phrase-fd.
void add_pass_phrase_options(CLI::App& command, PassPhraseOptions& options);

/// What to open keys with. From here on no core dump shows this process's memory: a command that
/// opens keys needs this, and so cannot forget that. A file's or descriptor's first line answers
/// every question of one command.
Result<crypto::AskSecret> prepare_for_secrets(const PassPhraseOptions& options);

/// Like `ask`, for a pass phrase that is set for the first time: not empty, and typed twice where a
/// person types it.
Result<crypto::Secret> new_pass_phrase(const PassPhraseOptions& options,
                                       const crypto::AskSecret& ask, const std::string& what);

}  // namespace interlude::cli
