// interlude-tuf-conformance: the client that devices use, behind the command line that the public
// conformance suite for The Update Framework speaks (theupdateframework/tuf-conformance).
//
//   interlude-tuf-conformance --metadata-dir D init ROOT_FILE
//   interlude-tuf-conformance --metadata-url U --metadata-dir D refresh
//   interlude-tuf-conformance --metadata-url U --metadata-dir D --target-name N… --target-dir T
//                             --target-base-url B download
//
// Exit status 0, or 1 for any failure. The trusted metadata is D/ROLE.json, a target T/NAME. Never
// packaged; linked dynamically, so that a test can give it another time of day.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "sys/curl/transport.hpp"
#include "sys/posix/clock.hpp"
#include "sys/posix/file_system.hpp"
#include "tuf/client.hpp"

namespace {

using namespace interlude;

constexpr std::uint64_t kLongestRoot = 512'000;
constexpr std::uint32_t kDirectoryMode = 0755;

struct Arguments {
  std::string metadata_url;
  std::string metadata_dir;
  std::vector<std::string> target_names;
  std::string target_dir;
  std::string target_base_url;
  std::string root_file;
};

// What is stored is verified by the next update, as it is after a power cut.
Status store_root(sys::FileSystem& disk, const Arguments& given) {
  const Result<Bytes> root = disk.read(given.root_file, kLongestRoot);
  if (!root) return std::unexpected(root.error());
  return sys::replace_file(disk, join(given.metadata_dir, "root.json"), *root, 0644);
}

Status download_one(sys::FileSystem& disk, tuf::Client& client, const Arguments& given,
                    const std::string& name) {
  const Result<tuf::Target> target = client.find(name);
  if (!target) return std::unexpected(target.error());
  const Path destination = join(given.target_dir, name);
  Status done = sys::make_directories(disk, parent_of(destination), kDirectoryMode);
  if (done) done = client.download(*target, destination, nullptr);
  // Here only whole targets may be seen; a device keeps what came, to continue it.
  if (!done) (void)disk.remove(destination + ".partial");
  return done;
}

Status follow(sys::FileSystem& disk, const Arguments& given, bool with_targets) {
  sys::posix::Clock clock;
  sys::curl::Transport transport({});
  tuf::Client client(disk, transport, clock, given.metadata_dir,
                     {{given.metadata_url, given.target_base_url}});
  Status done = client.refresh();
  if (!with_targets) return done;
  for (const std::string& name : given.target_names) {
    if (done) done = download_one(disk, client, given, name);
  }
  return done;
}

int exit_status(const Status& done) {
  if (done) return 0;
  std::fprintf(stderr, "interlude-tuf-conformance: %s\n", done.error().message().c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments given;
  CLI::App app("TUF conformance client");
  app.add_option("--metadata-url", given.metadata_url);
  app.add_option("--metadata-dir", given.metadata_dir)->required();
  // One value each: the option stands once per name.
  app.add_option("--target-name", given.target_names)->expected(1)->take_all();
  app.add_option("--target-dir", given.target_dir);
  app.add_option("--target-base-url", given.target_base_url);
  app.require_subcommand(1);
  const CLI::App& init = *app.add_subcommand("init");
  app.get_subcommand("init")->add_option("ROOT_FILE", given.root_file)->required();
  const CLI::App& download = *app.add_subcommand("download");
  app.add_subcommand("refresh");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 1;
  }
  sys::posix::FileSystem disk;
  if (init.parsed()) return exit_status(store_root(disk, given));
  return exit_status(follow(disk, given, download.parsed()));
}
