// `interlude repo verify` and `export`: a repository as a device sees it, and a part of it to
// carry.

#include <fmt/format.h>

#include <memory>

#include "base/hex.hpp"
#include "cli/repo_session.hpp"
#include "json/json.hpp"
#include "repository/export.hpp"
#include "repository/verify.hpp"
#include "sys/curl/transport.hpp"
#include "sys/file_transport.hpp"
#include "sys/posix/random.hpp"

namespace interlude::cli {
namespace {

constexpr std::uint32_t kPrivateFolder = 0700;
constexpr std::uint64_t kLongestRoot = 512'000;

struct CopyOptions {
  Path directory;
  std::string url;
  Path trusted_root;
  repository::ExportWish wish;
  Path out;
};

std::unique_ptr<sys::Transport> transport_to(sys::FileSystem& disk, const std::string& url) {
  if (!url.starts_with(sys::kFileScheme)) {
    sys::curl::Options options;
    options.aborted = interrupted;
    return std::make_unique<sys::curl::Transport>(std::move(options));
  }
  return std::make_unique<sys::FileTransport>(
      [&disk](const Path& file) -> Result<std::unique_ptr<sys::ReadFile>> {
        if (interrupted()) return fail(ErrorKind::Cancelled, "interrupted");
        return disk.open(file);
      });
}

Result<repository::Verified> verified(const Invocation& run, sys::FileSystem& disk,
                                      const Path& scratch, const std::string& url, ByteView root) {
  sys::posix::Clock clock;
  const std::unique_ptr<sys::Transport> transport = transport_to(disk, url);
  Progress progress = run.progress("verifying " + url);
  return repository::verify(
      disk, *transport, clock, scratch, url, root, [&](std::size_t done, std::size_t all) {
        return progress.update(static_cast<double>(done) /
                               static_cast<double>(std::max<std::size_t>(all, 1)));
      });
}

Status verify(const Invocation& run, const CopyOptions& options) {
  sys::posix::FileSystem disk;
  const Result<Path> folder = disk.resolve(join(options.directory, "public"));
  if (!folder) return std::unexpected(folder.error().during("no repository"));
  const std::string url = options.url.empty() ? sys::file_url_of(*folder) : options.url;
  const Path root_file =
      options.trusted_root.empty() ? join(*folder, "metadata/1.root.json") : options.trusted_root;
  const Result<Bytes> root = disk.read(root_file, kLongestRoot);
  if (!root) return std::unexpected(root.error());
  sys::posix::Random random;
  const Path scratch = "/tmp/interlude-verify." + to_hex(random.bytes(8));
  const Status made = disk.make_directory(scratch, kPrivateFolder);
  if (!made) return made;
  const Result<repository::Verified> seen = verified(run, disk, scratch, url, *root);
  const Status swept = sys::remove_tree(disk, scratch);
  if (!seen) return std::unexpected(seen.error());
  if (!swept) return swept;
  if (run.json()) {
    run.print(json::Value{
        {"url", url}, {"lists", seen->lists}, {"files", seen->files}, {"bytes", seen->bytes}});
  } else {
    run.print(fmt::format("{}: {} lists, {} files, {} bytes: all as signed", url, seen->lists,
                          seen->files, seen->bytes));
  }
  return {};
}

Status export_part(const Invocation& run, const CopyOptions& options) {
  const auto session = RepoSession::look(options.directory);
  if (!session) return std::unexpected(session.error());
  const Result<tuf::Contents> contents = (*session)->repository->contents();
  if (!contents) return std::unexpected(contents.error());
  const Result<repository::Exported> exported = repository::export_part(
      (*session)->disk, join(options.directory, "public"), *contents, options.wish, options.out);
  if (!exported) return std::unexpected(exported.error());
  if (run.json()) {
    run.print(json::Value{
        {"lists", exported->lists}, {"files", exported->files}, {"bytes", exported->bytes}});
  } else {
    run.print(fmt::format("{}: {}; {} files, {} bytes with metadata, valid until {}", options.out,
                          fmt::join(exported->lists, ", "), exported->files, exported->bytes,
                          sys::to_text(contents->timestamp->expires)));
  }
  return {};
}

}  // namespace

void define_repo_copies(CLI::App& repo, Invocation& run) {
  const auto options = std::make_shared<CopyOptions>();
  CLI::App& verify_command =
      *repo.add_subcommand("verify", "Follow the repository as a device does, and hash every file");
  verify_command.add_option("DIR", options->directory, "The repository's folder")->required();
  verify_command.add_option("--url", options->url,
                            "Where a copy is served from; without, the public folder itself");
  verify_command.add_option("--trusted-root", options->trusted_root,
                            "The root to begin with; without, the first one");
  run.add_json_option(verify_command);
  run.on_run(verify_command,
             "interlude repo verify /srv/improvements --url https://example.org/improvements",
             [&run, options] { return verify(run, *options); });

  CLI::App& export_command = *repo.add_subcommand(
      "export", "Copy what devices of one platform need to a folder that serves as file://OUT");
  export_command.add_option("DIR", options->directory, "The repository's folder")->required();
  export_command.add_option("OUT", options->out, "A new folder, or an earlier export")->required();
  export_command.add_option("--platform", options->wish.platform, "Such as debian-12-x86_64")
      ->required();
  export_command.add_option("--baseline", options->wish.baseline,
                            "Only this one; without, all of the platform");
  export_command.add_flag("--every-letter", options->wish.every_letter,
                          "Older improvements, too, not the newest only");
  run.add_json_option(export_command);
  run.on_run(export_command,
             "interlude repo export /srv/improvements /media/usb --platform debian-12-x86_64",
             [&run, options] { return export_part(run, *options); });
}

}  // namespace interlude::cli
