#include "cli/pass_phrase.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "keys/secret_file.hpp"
#include "sys/posix/file_system.hpp"
#include "sys/posix/private_memory.hpp"
#include "sys/posix/secret_input.hpp"

namespace interlude::cli {
namespace {

constexpr std::size_t kLongest = 1024;

Result<crypto::Secret> from_file(const std::string& file) {
  sys::posix::FileSystem disk;
  Result<crypto::Secret> secret = keys::read_secret_file(disk, file, kLongest);
  if (!secret) return std::unexpected(secret.error().during("reading a pass phrase"));
  secret->shorten(std::min(secret->text().find('\n'), secret->text().size()));
  return secret;
}

Result<crypto::Secret> filled(const auto& fill) {
  crypto::Secret secret(kLongest);
  const Result<std::size_t> size = fill(secret.bytes());
  if (!size) return std::unexpected(size.error());
  secret.shorten(*size);
  return secret;
}

Result<crypto::Secret> from_descriptor(int descriptor) {
  return filled([&](std::span<std::uint8_t> into) {
    return sys::posix::read_secret_line(descriptor, fmt::format("descriptor {}", descriptor), into);
  });
}

Result<crypto::Secret> from_terminal(const std::string& what) {
  Result<crypto::Secret> typed =
      filled([&](std::span<std::uint8_t> into) { return sys::posix::ask_on_terminal(what, into); });
  if (typed || typed.error().kind() != ErrorKind::Denied) return typed;
  return fail(ErrorKind::Denied, typed.error().message() +
                                     "; scripts give it by --pass-phrase-file or --pass-phrase-fd");
}

bool has_script_source(const PassPhraseOptions& options) {
  return options.descriptor || !options.file.empty();
}

}  // namespace

void add_pass_phrase_options(CLI::App& command, PassPhraseOptions& options) {
  CLI::Option* const file =
      command
          .add_option("--pass-phrase-file", options.file,
                      "Pass phrase or PIN: the first line of this file (mode 0600)")
          ->type_name("FILE");
  command
      .add_option("--pass-phrase-fd", options.descriptor,
                  "Pass phrase or PIN: the next line of this open descriptor")
      ->type_name("N")
      ->excludes(file);
}

Result<crypto::AskSecret> prepare_for_secrets(const PassPhraseOptions& options) {
  const Status hidden = sys::posix::keep_memory_private();
  if (!hidden) return std::unexpected(hidden.error());
  if (!has_script_source(options)) return crypto::AskSecret(from_terminal);
  // Read at the first question: a command that asks nothing needs no pass phrase.
  auto answer = std::make_shared<std::optional<crypto::Secret>>();
  return [options, answer](const std::string&) -> Result<crypto::Secret> {
    if (!*answer) {
      Result<crypto::Secret> read =
          options.descriptor ? from_descriptor(*options.descriptor) : from_file(options.file);
      if (!read) return read;
      *answer = std::move(*read);
    }
    return crypto::Secret::copy_of((*answer)->text());
  };
}

Result<crypto::Secret> new_pass_phrase(const PassPhraseOptions& options,
                                       const crypto::AskSecret& ask, const std::string& what) {
  Result<crypto::Secret> first = ask("new " + what);
  if (!first) return first;
  if (first->text().empty()) {
    return fail(ErrorKind::Invalid,
                "the new " + what + " is empty; --no-pass-phrase says so openly");
  }
  if (has_script_source(options)) return first;
  const Result<crypto::Secret> second = ask("again, " + what);
  if (!second) return std::unexpected(second.error());
  if (first->text() == second->text()) return first;
  return fail(ErrorKind::Invalid, "the two pass phrases differ; nothing was made");
}

}  // namespace interlude::cli
