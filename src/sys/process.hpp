#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace interlude::sys {

struct Finished {
  int exit_code = 0;  ///< 128 + signal number where a signal ended it
  std::string output;
  std::string errors;
};

/// Runs other programs: argument vectors only, never a shell.
class ProcessRunner {
 public:
  virtual ~ProcessRunner() = default;
  /// Waits for the end. `arguments[0]` is looked up in PATH. `directory` is the working directory
  /// ("" keeps ours). NotFound if there is no such program; a non-zero exit code is not an error
  /// here.
  virtual Result<Finished> run(const std::vector<std::string>& arguments,
                               const std::string& directory) = 0;
  /// The same in our own directory with `input` on standard input. Errors: also NoSpace, where it
  /// writes more than `limit_bytes` to one of its outputs; it is killed then.
  virtual Result<Finished> filter(const std::vector<std::string>& arguments, ByteView input,
                                  std::uint64_t limit_bytes) = 0;
};

}  // namespace interlude::sys
