// `interlude repo sign`: signatures from keys that are on other machines.
//
// With the repository: sign what is staged with the keys here (no option), --export it to one file
// to carry, --import the file when it comes back, or --discard it. On the machine with the key:
// --with KEYFILE shows what is to be signed, asks, and signs.

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <memory>

#include "cli/repo_pages.hpp"
#include "json/json.hpp"
#include "repository/signing_request.hpp"
#include "sys/say.hpp"

namespace interlude::cli {
namespace {

struct SignOptions {
  std::vector<std::string> places;
  bool to_export = false;
  bool to_import = false;
  bool discard = false;
  Path key_file;
  bool yes = false;
  PassPhraseOptions pass_phrase;
};

using Session = std::unique_ptr<RepoSession>;

Status export_request(const Invocation& run, const SignOptions& options) {
  if (options.places.size() != 2) {
    return fail(ErrorKind::Invalid, "expected: repo sign --export DIR FILE");
  }
  const Result<Session> session = RepoSession::look(options.places[0]);
  if (!session) return std::unexpected(session.error());
  const Result<repository::SigningRequest> request =
      repository::make_request(*(*session)->repository);
  if (!request) return std::unexpected(request.error());
  const Path& file = options.places[1];
  const Status written = repository::write_request((*session)->disk, file, *request);
  if (!written) return written;
  if (run.json()) {
    run.print(json::Value{{"file", file}, {"to_sign", request->files.size()}});
  } else {
    run.print(
        fmt::format("{}: {} to sign; carry it to the keys, sign it there with `interlude "
                    "repo sign --with KEYFILE {}`, bring it back for --import",
                    file, request->files.size(), file_name_of(file)));
  }
  return {};
}

Status finish(const Invocation& run, RepoSession& session, const Result<tuf::Outcome>& outcome) {
  if (!outcome) return std::unexpected(outcome.error());
  const std::optional<std::string> warning =
      outcome->announced ? renew_pages(session) : std::nullopt;
  if (warning) run.note("warning: " + *warning);
  print_outcome(run, session.directory, *outcome);
  return {};
}

Status import_requests(const Invocation& run, const SignOptions& options) {
  if (options.places.size() < 2) {
    return fail(ErrorKind::Invalid, "expected: repo sign --import DIR FILE…");
  }
  const Path& directory = options.places[0];
  const Result<Session> session = RepoSession::change(directory, options.pass_phrase);
  if (!session) return std::unexpected(session.error());
  Result<tuf::Outcome> outcome = tuf::Outcome{true, {}};
  for (std::size_t i = 1; i < options.places.size(); ++i) {
    const Result<repository::SigningRequest> request =
        repository::read_request((*session)->disk, options.places[i]);
    if (!request) return std::unexpected(request.error());
    std::map<std::string, tuf::Draft> drafts;
    for (const repository::SigningRequest::File& file : request->files) {
      drafts.emplace(file.role, file.draft);
    }
    outcome = (*session)->repository->take(drafts);
    if (!outcome) return std::unexpected(outcome.error().during(options.places[i]));
    if (outcome->announced) break;  // what more there is has nothing left to sign
  }
  return finish(run, **session, outcome);
}

Status sign_here(const Invocation& run, const SignOptions& options) {
  if (options.places.size() != 1) {
    return fail(ErrorKind::Invalid,
                "expected: repo sign DIR; with other machines' keys: --export, --with, --import");
  }
  const Path& directory = options.places[0];
  const Result<Session> session = RepoSession::change(directory, options.pass_phrase);
  if (!session) return std::unexpected(session.error());
  if (!options.discard) {
    const Result<std::optional<tuf::Outcome>> staged = (*session)->repository->staged();
    if (!staged) return std::unexpected(staged.error());
    if (!*staged && !run.json()) {
      run.print("nothing is staged");
      return {};
    }
    return finish(run, **session, (*session)->repository->complete());
  }
  const Status dropped = (*session)->repository->discard();
  if (!dropped) return dropped;
  if (run.json()) {
    run.print(json::Value{{"discarded", true}});
  } else {
    run.print("nothing is staged any more");
  }
  return {};
}

Status ask_person(const SignOptions& options) {
  if (options.yes) return {};
  if (isatty(STDIN_FILENO) != 1) {
    return fail(ErrorKind::Invalid, "nobody was asked: sign on a terminal, or with --yes");
  }
  sys::say(stderr, "Sign this? [y/N] ");
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "y" || answer == "yes") return {};
  return fail(ErrorKind::Cancelled, "nothing was signed");
}

Status sign_with(const Invocation& run, const SignOptions& options) {
  const Result<crypto::AskSecret> ask = prepare_for_secrets(options.pass_phrase);
  if (!ask) return std::unexpected(ask.error());
  sys::posix::FileSystem disk;
  sys::posix::ProcessRunner processes;
  const Result<std::unique_ptr<crypto::Signer>> signer =
      keys::open_key(disk, processes, options.key_file, *ask);
  if (!signer) return std::unexpected(signer.error());
  json::Value signed_roles = json::Value::array();
  for (const std::string& place : options.places) {
    Result<repository::SigningRequest> request = repository::read_request(disk, place);
    if (!request) return std::unexpected(request.error());
    for (const repository::SigningRequest::File& file : request->files) {
      for (const std::string& line : repository::description(file, signer->get())) run.note(line);
    }
    const Status agreed = ask_person(options);
    if (!agreed) return agreed;
    const Result<std::vector<std::string>> roles = repository::sign_request(*request, **signer);
    if (!roles) return std::unexpected(roles.error().during(place));
    const Status written = repository::write_request(disk, place, *request);
    if (!written) return written;
    signed_roles.push_back(*roles);
    if (!run.json()) run.print(fmt::format("signed {}: {}", place, fmt::join(*roles, ", ")));
  }
  if (run.json()) run.print(json::Value{{"signed", signed_roles}});
  return {};
}

Status sign(const Invocation& run, const SignOptions& options) {
  if (!options.key_file.empty()) return sign_with(run, options);
  if (options.to_export) return export_request(run, options);
  if (options.to_import) return import_requests(run, options);
  return sign_here(run, options);
}

}  // namespace

void define_repo_sign(CLI::App& repo, Invocation& run) {
  const auto options = std::make_shared<SignOptions>();
  CLI::App& command = *repo.add_subcommand(
      "sign", "Sign what is staged, here or with keys that are on other machines");
  command
      .add_option("PLACES", options->places,
                  "DIR, the repository; then the files to carry. With --with: these alone")
      ->required();
  CLI::Option* const to_export =
      command.add_flag("--export", options->to_export, "Write what is to be signed to FILE");
  CLI::Option* const to_import = command.add_flag(
      "--import", options->to_import, "Take the signatures in FILEs; announce when all are there");
  CLI::Option* const discard =
      command.add_flag("--discard", options->discard, "Drop what is staged");
  CLI::Option* const with =
      command.add_option("--with", options->key_file,
                         "Show what is to be signed, ask, and sign it with this key file");
  to_export->excludes(to_import)->excludes(discard)->excludes(with);
  to_import->excludes(discard)->excludes(with);
  discard->excludes(with);
  command.add_flag("--yes", options->yes, "With --with: sign without asking");
  add_pass_phrase_options(command, options->pass_phrase);
  run.add_json_option(command);
  run.on_run(command,
             "interlude repo sign --export /srv/improvements to-sign.json\n"
             "  interlude repo sign --with root-1.toml to-sign.json\n"
             "  interlude repo sign --import /srv/improvements to-sign.json",
             [&run, options] { return sign(run, *options); });
}

}  // namespace interlude::cli
