// The program of devices hands what publishers do over to theirs, as git does with its commands.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "sys/posix/file_system.hpp"
#include "sys/say.hpp"

namespace interlude::cli {

void define_publisher_commands(CLI::App& app, Invocation&) {
  app.footer(fmt::format("Publishers' commands come with the package interlude-publisher: {}.",
                         fmt::join(kPublisherCommands, ", ")));
}

std::optional<int> hand_over(int argc, char** argv) {
  if (argc < 2 || std::ranges::find(kPublisherCommands, std::string_view(argv[1])) ==
                      std::end(kPublisherCommands)) {
    return std::nullopt;
  }
  sys::posix::FileSystem disk;
  const auto self = disk.resolve("/proc/self/exe");
  const Path program =
      self ? join(parent_of(parent_of(*self)), "libexec/interlude/interlude-publisher") : Path();
  if (self) (void)execv(program.c_str(), argv);  // returns only where it failed
  sys::say(stderr, std::string("interlude: \"") + argv[1] +
                       "\" is for publishers: install the package interlude-publisher\n");
  return exit_code(ErrorKind::NotFound);
}

}  // namespace interlude::cli
