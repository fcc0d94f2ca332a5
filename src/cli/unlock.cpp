// `interlude unlock -- COMMAND`: for whatever changes the system's files and is no package manager
// that steps over what is on by itself. The guard does it, and comes back afterwards.

#include "cli/command.hpp"
#include "cli/device_session.hpp"

namespace interlude::cli {
namespace {

struct UnlockOptions {
  std::string root;
  std::vector<std::string> command;
};

/// Becomes the guard, or the command; returns only on failure.
Status unlock(const UnlockOptions& wanted) {
  // Over a folder of an application's own nothing is mounted.
  sys::posix::FileSystem disk;
  const auto config = device::load_config(disk, Layout(wanted.root));
  if (config && config->backend == device::Config::BackendKind::Tree) return become(wanted.command);
  const auto guard = program_of_ours("interlude-guard");
  if (!guard) return std::unexpected(guard.error());
  std::vector<std::string> words{*guard, "unlock", "--root", wanted.root, "--"};
  words.insert(words.end(), wanted.command.begin(), wanted.command.end());
  return become(std::move(words));
}

}  // namespace

void define_unlock(CLI::App& app, Invocation& run) {
  CLI::App& command = *app.add_subcommand(
      "unlock", "Run a command that changes the system's files, with what is on out of its way");
  const auto wanted = std::make_shared<UnlockOptions>();
  add_root_option(command, wanted->root);
  command.add_option("command", wanted->command, "What to run, after --")
      ->type_name("COMMAND")
      ->required();
  run.on_run(command, "interlude unlock -- make -C /usr/src/driver install",
             [wanted] { return unlock(*wanted); });
}

}  // namespace interlude::cli
