#pragma once

#include "sys/process.hpp"

namespace interlude::sys::posix {

/// Starts programs with nothing else than the given input on standard input and no descriptor of
/// ours. A child gets default signal handling, whatever this process ignores or blocks.
class ProcessRunner final : public sys::ProcessRunner {
 public:
  Result<Finished> run(const std::vector<std::string>& arguments,
                       const std::string& directory) override;
  Result<Finished> filter(const std::vector<std::string>& arguments, ByteView input,
                          std::uint64_t limit_bytes) override;
};

}  // namespace interlude::sys::posix
