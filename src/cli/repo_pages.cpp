// `interlude repo pages`: the pages for people beside the signed folders, and the feed.

#include "cli/repo_pages.hpp"

#include <fmt/format.h>

#include <memory>

#include "json/json.hpp"
#include "pages/pages.hpp"

namespace interlude::cli {
namespace {

struct PagesOptions {
  Path directory;
  std::string base_url;
};

Result<pages::Written> write_pages(RepoSession& session, const std::string& base_url) {
  const Result<tuf::Contents> contents = session.repository->contents();
  if (!contents) return std::unexpected(contents.error());
  const Path public_folder = join(session.directory, "public");
  Result<std::vector<repository::Announced>> announced =
      repository::read_announced(session.disk, public_folder, *contents);
  if (!announced) return std::unexpected(announced.error());
  const pages::Site site{
      session.settings.source, session.settings.created, base_url, std::move(*announced), {}};
  return pages::write(session.disk, public_folder, pages::make(site));
}

Status rebuild(const Invocation& run, const PagesOptions& options) {
  const Result<std::string> given = repository::checked_base_url(options.base_url);
  if (!given) return std::unexpected(given.error().during("--base-url " + options.base_url));
  const auto session = RepoSession::change(options.directory, {});
  if (!session) return std::unexpected(session.error());
  const std::string& base_url = given->empty() ? (*session)->settings.base_url : *given;
  const Result<pages::Written> written = write_pages(**session, base_url);
  if (!written) return std::unexpected(written.error());
  const Path folder = join(options.directory, "public/security");
  if (run.json()) {
    run.print(
        json::Value{{"folder", folder}, {"pages", written->pages}, {"changed", written->changed}});
  } else {
    run.print(fmt::format("{}: {} pages, {} changed", folder, written->pages, written->changed));
  }
  return {};
}

}  // namespace

std::optional<std::string> renew_pages(RepoSession& session) {
  const Result<pages::Written> written = write_pages(session, session.settings.base_url);
  if (written) return std::nullopt;
  return fmt::format(
      "the pages for people do not show this yet: {}; `interlude repo pages {}` writes them",
      written.error().message(), session.directory);
}

void define_repo_pages(CLI::App& repo, Invocation& run) {
  const auto options = std::make_shared<PagesOptions>();
  CLI::App& command = *repo.add_subcommand(
      "pages", "Write the pages for people, and their feed, anew from what is announced");
  command.add_option("DIR", options->directory, "The repository's folder")->required();
  command.add_option("--base-url", options->base_url,
                     "Where the public folder is served, for this time; without, what "
                     "repository.toml says");
  run.add_json_option(command);
  run.on_run(command, "interlude repo pages /srv/improvements",
             [&run, options] { return rebuild(run, *options); });
}

}  // namespace interlude::cli
