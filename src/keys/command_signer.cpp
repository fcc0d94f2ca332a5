#include "keys/command_signer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace interlude::keys {
namespace {

constexpr std::uint64_t kMostOutput = 4096;  // RSA's longest signature has 2048 bytes
constexpr std::size_t kShownOfErrors = 400;

// Its last words, on one line, and nothing that moves a terminal's cursor.
std::string last_words(std::string_view errors) {
  while (errors.ends_with('\n')) errors.remove_suffix(1);
  if (errors.size() > kShownOfErrors) errors.remove_prefix(errors.size() - kShownOfErrors);
  std::string shown(errors);
  std::ranges::replace_if(
      shown, [](char byte) { return static_cast<unsigned char>(byte) < ' ' || byte == '\x7f'; },
      ' ');
  return shown;
}

}  // namespace

Result<Bytes> CommandSigner::make_signature(ByteView message) const {
  const Result<sys::Finished> finished = processes_->filter(arguments_, message, kMostOutput);
  if (!finished) {
    return fail(ErrorKind::Unavailable, "signing by a program: " + finished.error().message());
  }
  if (finished->exit_code != 0) {
    return fail(ErrorKind::Unavailable,
                fmt::format("signing by a program: {} ended with {}: {}", arguments_[0],
                            finished->exit_code, last_words(finished->errors)));
  }
  return to_bytes(finished->output);
}

}  // namespace interlude::keys
