#include "cli/documentation/command.hpp"

#include "cli/commands.hpp"
#include "cli/documentation/outline.hpp"
#include "sys/posix/file_system.hpp"

namespace interlude::cli {
namespace {

constexpr std::uint32_t kDirectoryMode = 0755;
constexpr std::uint32_t kFileMode = 0644;

Status write(const Path& file, const std::string& text) {
  sys::posix::FileSystem disk;
  const Status made = sys::make_directories(disk, parent_of(file), kDirectoryMode);
  if (!made) return made;
  return disk.write(file, as_bytes(text), kFileMode);
}

/// The commands that are not hidden are those of devices and kPublisherCommands: a command that
/// nobody listed would be in no program of a package.
Status check_listed(const CommandOutline& program) {
  CLI::App devices;
  Invocation run;
  define_device_commands(devices, run);
  const std::size_t listed = outline(devices).commands.size() + std::size(kPublisherCommands);
  if (program.commands.size() == listed) return {};
  return fail(ErrorKind::Internal,
              "kPublisherCommands does not name what define_publisher_commands() defines");
}

Status document(const CommandOutline& program, const Path& to) {
  if (const Status fine = check_listed(program); !fine) return fine;
  for (const ManualPage& page : manual_pages(program)) {
    const Path place = join(to, page.publisher ? "man/publisher" : "man/agent");
    if (const Status written = write(join(place, page.name + ".1"), page.text); !written) {
      return written;
    }
  }
  Status done = write(join(to, "completions/interlude"), bash_completion(program));
  if (done) done = write(join(to, "completions/_interlude"), zsh_completion(program));
  if (done) done = write(join(to, "completions/interlude.fish"), fish_completion(program));
  return done;
}

}  // namespace

void define_documentation(CLI::App& app, Invocation& run) {
  CLI::App& command = *app.add_subcommand(
      "documentation", "Write manual pages and completions of this command line into a folder");
  command.group("");
  const auto to = std::make_shared<Path>();
  command.add_option("OUT", *to, "Folder for them")->required();
  run.on_run(command, "interlude documentation build/documentation",
             [&app, to] { return document(outline(app), *to); });
}

}  // namespace interlude::cli
