// interlude-bus: the device's D-Bus service. The bus starts it when somebody calls; it ends by
// itself when nobody has for a while.

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>

#include "bus/service.hpp"
#include "sys/posix/clock.hpp"
#include "sys/posix/file_system.hpp"

namespace {

using interlude::Path;

/// The `interlude` program that came with this one.
interlude::Result<Path> find_worker(interlude::sys::FileSystem& disk) {
  const auto self = disk.resolve("/proc/self/exe");
  if (!self) return self;
  const Path here = interlude::parent_of(*self);
  const Path beside = interlude::join(here, "interlude");
  if (interlude::sys::exists(disk, beside)) return beside;
  return interlude::join(interlude::parent_of(interlude::parent_of(here)), "bin/interlude");
}

interlude::Status serve(interlude::bus::ServiceOptions& options) {
  interlude::sys::posix::FileSystem disk;
  interlude::sys::posix::Clock clock;
  if (options.worker.empty()) {
    const auto worker = find_worker(disk);
    if (!worker) return std::unexpected(worker.error());
    options.worker = *worker;
  }
  return interlude::bus::serve(disk, clock, options);
}

}  // namespace

int main(int argc, char** argv) {
  interlude::bus::ServiceOptions options;
  unsigned idle = 30;
  CLI::App app{"Serves org.interlude.Agent1 on the system bus; the bus starts it on demand.",
               "interlude-bus"};
  app.add_option("--root", options.root, "Folder that takes the place of / for the device's files")
      ->type_name("STATE");
  app.add_option("--worker", options.worker, "The interlude program")->type_name("PROGRAM");
  app.add_option("--idle", idle, "Seconds without a call after which it ends")
      ->type_name("SECONDS")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  options.idle = std::chrono::seconds(idle);
  const interlude::Status served = serve(options);
  if (served) return 0;
  std::fprintf(stderr, "interlude-bus: %s\n", served.error().message().c_str());
  return 1;
}
