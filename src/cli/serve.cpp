// `interlude serve`: a folder over HTTP.

#include <fmt/format.h>

#include <CLI/App.hpp>

#include "cli/command.hpp"
#include "serve/server.hpp"
#include "sys/posix/clock.hpp"
#include "sys/posix/file_system.hpp"

namespace interlude::cli {
namespace {

struct ServeOptions {
  std::string folder;
  serve::Listen listen;
  bool verbose = false;
};

/// What devices may see of a repository lies in its `public` folder; any other folder is served as
/// it is.
Path served_part(sys::FileSystem& disk, const Path& folder) {
  const Path inside = join(folder, "public");
  return sys::exists(disk, inside) ? inside : folder;
}

Status serve_folder(const ServeOptions& options, const Invocation& run) {
  sys::posix::FileSystem disk;
  sys::posix::Clock clock;
  Result<serve::Folder> folder =
      serve::Folder::open(disk, clock, served_part(disk, options.folder));
  if (!folder) return std::unexpected(folder.error().during("serving " + options.folder));
  serve::AccessLog log;
  if (options.verbose) log = [&run](std::string_view line) { run.note(line); };
  Result<serve::Server> server =
      serve::Server::listen(std::move(*folder), options.listen, std::move(log));
  if (!server) return std::unexpected(server.error());
  run.print("listening " + server->url());
  server->run(interrupted);
  return {};
}

}  // namespace

void define_serve(CLI::App& app, Invocation& run) {
  CLI::App& command = *app.add_subcommand("serve", "Serve a repository, or any folder, over HTTP");
  const auto options = std::make_shared<ServeOptions>();
  command.add_option("repository", options->folder, "Repository, or any folder")->required();
  command.add_option("--port", options->listen.port, "TCP port; 0 takes a free one and prints it")
      ->default_val(0);
  command.add_option("--bind", options->listen.address, "IP address to listen on")
      ->default_val("127.0.0.1");
  command.add_flag("--verbose", options->verbose, "One line per request on standard error");
  run.on_run(command, "interlude serve repo --port 8080",
             [options, &run] { return serve_folder(*options, run); });
}

}  // namespace interlude::cli
