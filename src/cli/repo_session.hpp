#pragma once
// A repository opened for one command: its settings, its keys, its lock.

#include <memory>
#include <optional>
#include <string>

#include "cli/command.hpp"
#include "cli/pass_phrase.hpp"
#include "repository/key_folder.hpp"
#include "repository/settings.hpp"
#include "sys/posix/clock.hpp"
#include "sys/posix/file_system.hpp"
#include "sys/posix/lock.hpp"
#include "sys/posix/process.hpp"

namespace interlude::cli {

class RepoSession {
 public:
  /// For looking only: keys are counted, never opened.
  static Result<std::unique_ptr<RepoSession>> look(const Path& directory);
  /// For changing it. Conflict where another process does.
  static Result<std::unique_ptr<RepoSession>> change(const Path& directory,
                                                     const PassPhraseOptions& pass_phrase);

  /// After key files were added.
  Status read_keys();
  /// Whether the keys here reach the threshold of a role.
  bool can_sign(const std::string& role) const;

  Path directory;
  repository::Settings settings;
  sys::posix::FileSystem disk;
  sys::posix::Clock clock;
  sys::posix::ProcessRunner processes;
  std::unique_ptr<repository::KeyFolder> keys;
  std::optional<tuf::Repository> repository;

 private:
  static Result<std::unique_ptr<RepoSession>> open(const Path& directory, crypto::AskSecret ask);

  crypto::AskSecret ask_;
  std::optional<sys::posix::LockFile> lock_;
};

/// What became of an act: which file has how many of its signatures, and what to do next.
nlohmann::json outcome_json(const tuf::Outcome& outcome);
void print_outcome(const Invocation& run, const Path& directory, const tuf::Outcome& outcome);

// One per group of subcommands.
void define_repo_keys(CLI::App& repo, Invocation& run);
void define_repo_sign(CLI::App& repo, Invocation& run);
void define_repo_status(CLI::App& repo, Invocation& run);
void define_repo_refresh(CLI::App& repo, Invocation& run);
void define_repo_copies(CLI::App& repo, Invocation& run);
void define_repo_pages(CLI::App& repo, Invocation& run);

}  // namespace interlude::cli
