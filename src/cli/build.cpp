// `interlude build`: one improvement from two trees or packages, a whole release from a file, or
// one straight from apt. What is built gets its name only when it is complete.

#include <fmt/format.h>

#include <optional>

#include "cli/build_report.hpp"
#include "cli/command.hpp"
#include "publish/apt.hpp"
#include "publish/output.hpp"
#include "publish/release.hpp"
#include "sys/posix/file_system.hpp"
#include "sys/posix/process.hpp"

namespace interlude::cli {
namespace {

using publish::Improvement;
using publish::Request;

struct BuildOptions {
  std::string platform;
  std::string baseline_version;
  std::string letter;
  std::vector<std::string> baseline;
  std::vector<std::string> patched;
  std::vector<std::string> components;
  std::vector<std::string> apply;
  std::string advisory;
  std::string probes;
  std::vector<std::string> from;
  std::vector<std::string> allowances;
  bool with_documentation = false;
  std::string source = "local";
  std::string release_name;
  std::string release;
  std::vector<std::string> apt;
  bool check_only = false;
  std::string out;
};

/// What is written must not be part of what is compared.
Status check_apart(sys::FileSystem& disk, const Path& out, const Request& request) {
  const Result<Path> place = sys::resolve_ahead(disk, out);
  if (!place) return std::unexpected(place.error().during("--out"));
  for (const auto* const inputs : {&request.baseline, &request.patched}) {
    for (const Path& input : *inputs) {
      const Result<Path> resolved = disk.resolve(input);
      if (!resolved || !lies_within(*place, *resolved)) continue;  // what is missing says so later
      return fail(ErrorKind::Invalid, fmt::format("--out {} lies in {}, which is compared: choose "
                                                  "a folder outside",
                                                  out, input));
    }
  }
  return {};
}

Status require(const std::string& value, std::string_view option) {
  if (!value.empty()) return {};
  return fail(ErrorKind::Invalid, fmt::format("{} is missing; see interlude build --help", option));
}

/// Everything but what is compared and what was fixed.
Result<Request> request_of(const BuildOptions& options) {
  for (const auto& [value, option] : {std::pair{&options.platform, "--platform"},
                                      std::pair{&options.baseline_version, "--baseline-version"},
                                      std::pair{&options.letter, "--letter"}}) {
    if (const Status given = require(*value, option); !given) {
      return std::unexpected(given.error());
    }
  }
  Result<improvement::Id> id =
      publish::make_id(options.source, options.platform, options.baseline_version, options.letter);
  if (!id) return std::unexpected(id.error());
  Request request{.id = std::move(*id),
                  .release = options.release_name,
                  .baseline = options.baseline,
                  .patched = options.patched,
                  .rules = {},
                  .apply = {},
                  .advisories = {},
                  .earlier = options.from,
                  .allowances = {},
                  .with_documentation = options.with_documentation};
  for (const std::string& text : options.apply) {
    const Status added = request.apply.add(text);
    if (!added) return std::unexpected(added.error().during("--apply"));
  }
  for (const std::string& text : options.components) {
    Result<publish::ComponentRule> rule = publish::parse_component_rule(text);
    if (!rule) return std::unexpected(rule.error());
    request.rules.push_back(std::move(*rule));
  }
  for (const std::string& text : options.allowances) {
    request.allowances.push_back(publish::parse_allowance(text));
  }
  return request;
}

Result<Improvement> finish_shown(sys::FileSystem& disk, publish::Draft draft, Progress& progress) {
  return publish::finish(disk, std::move(draft),
                         [&](double done) { return progress.update(done); });
}

Status check_one(const Invocation& run, sys::FileSystem& disk, const Request& request) {
  const Result<publish::Draft> draft = publish::prepare(disk, request);
  if (!draft) return std::unexpected(draft.error());
  const Status passed = publish::passed(draft->improvement.gate);
  if (passed) {
    report_check(run, draft->improvement);
  } else {
    report_refusal(run, draft->improvement);
  }
  return passed;
}

Status build_one(const Invocation& run, sys::FileSystem& disk, const Request& request,
                 const BuildOptions& options) {
  if (options.check_only) return check_one(run, disk, request);
  if (const Status apart = check_apart(disk, options.out, request); !apart) return apart;
  std::optional<Improvement> built;
  const Status written =
      publish::write_directory(disk, options.out, [&](const Path& partial) -> Status {
        Progress progress = run.progress("Building " + request.id.text());
        Result<publish::Draft> draft = publish::prepare(disk, request);
        if (!draft) return std::unexpected(draft.error());
        if (const Status passed = publish::passed(draft->improvement.gate); !passed) {
          report_refusal(run, draft->improvement);
          return passed;
        }
        Result<Improvement> improvement = finish_shown(disk, std::move(*draft), progress);
        if (!improvement) return std::unexpected(improvement.error());
        built = std::move(*improvement);
        return publish::write_improvement(disk, *built, partial);
      });
  if (!written) return written;
  report_improvement(run, *built, options.out);
  return {};
}

Status read_operation(sys::FileSystem& disk, const BuildOptions& options, Request& request) {
  if (options.probes.empty()) return {};
  auto operation = publish::read_probes(disk, options.probes);
  if (!operation) return std::unexpected(operation.error());
  request.operation = std::move(*operation);
  return {};
}

Status build_from_inputs(const Invocation& run, const BuildOptions& options) {
  Result<Request> request = request_of(options);
  if (!request) return std::unexpected(request.error());
  for (const auto& [values, option] :
       {std::pair{&options.baseline, "--baseline"}, std::pair{&options.patched, "--patched"}}) {
    const Status given = require(values->empty() ? "" : values->front(), option);
    if (!given) return given;
  }
  if (const Status given = require(options.advisory, "--advisory"); !given) return given;
  sys::posix::FileSystem disk;
  auto advisories = publish::read_advisories(disk, options.advisory);
  if (!advisories) return std::unexpected(advisories.error());
  request->advisories = std::move(*advisories);
  if (const Status read = read_operation(disk, options, *request); !read) return read;
  return build_one(run, disk, *request, options);
}

/// All cells of a release, into a folder each. After one that the gate refuses the others are only
/// judged, so that a person sees at once all that there is to mend.
class ReleaseBuilding {
 public:
  ReleaseBuilding(const Invocation& run, sys::FileSystem& disk, const publish::Release& release,
                  bool check_only)
      : run_(run), disk_(disk), release_(release), check_only_(check_only) {}

  /// `partial` is the folder to fill; not looked at where the cells are only judged.
  Status build(const Path& partial) {
    for (const Request& cell : release_.cells) {
      if (const Status done = take(cell, partial); !done) {
        return std::unexpected(done.error().during(cell.id.text()));
      }
    }
    if (!refusals_.empty()) {
      report_refusal(run_, built_);
      return fail(ErrorKind::Denied, refusals_);
    }
    std::vector<improvement::Manifest> manifests;
    for (const Improvement& one : built_) manifests.push_back(one.manifest);
    return publish::check_advisories_used(release_, manifests);
  }

  const std::vector<Improvement>& built() const { return built_; }

 private:
  Status take(const Request& cell, const Path& partial) {
    Progress progress =
        run_.progress(fmt::format("{} {}", check_only_ ? "Checking" : "Building", cell.id.text()));
    Result<publish::Draft> draft = publish::prepare(disk_, cell);
    if (!draft) return std::unexpected(draft.error());
    if (const Status passed = publish::passed(draft->improvement.gate); !passed) {
      refusals_ += fmt::format("{}{}: {}", refusals_.empty() ? "" : "\n", cell.id.text(),
                               passed.error().message());
    }
    if (check_only_ || !refusals_.empty()) {
      built_.push_back(std::move(draft->improvement));
      return {};
    }
    Result<Improvement> improvement = finish_shown(disk_, std::move(*draft), progress);
    if (!improvement) return std::unexpected(improvement.error());
    const Path directory = join(partial, publish::cell_directory(cell.id));
    Status done = sys::make_directories(disk_, directory, 0755);
    if (done) done = publish::write_improvement(disk_, *improvement, directory);
    if (!done) return done;
    improvement->payloads.clear();  // written; a release need not fit into memory
    built_.push_back(std::move(*improvement));
    return {};
  }

  const Invocation& run_;
  sys::FileSystem& disk_;
  const publish::Release& release_;
  bool check_only_;
  std::vector<Improvement> built_;
  std::string refusals_;
};

Status build_release(const Invocation& run, const BuildOptions& options) {
  sys::posix::FileSystem disk;
  const Result<publish::Release> release = publish::read_release(disk, options.release);
  if (!release) return std::unexpected(release.error());
  ReleaseBuilding building(run, disk, *release, options.check_only);
  if (options.check_only) {
    if (const Status judged = building.build(""); !judged) return judged;
    report_check(run, building.built());
    return {};
  }
  for (const Request& cell : release->cells) {
    if (const Status apart = check_apart(disk, options.out, cell); !apart) return apart;
  }
  const Status written = publish::write_directory(
      disk, options.out, [&](const Path& partial) { return building.build(partial); });
  if (!written) return written;
  report_release(run, building.built(), options.out);
  return {};
}

/// With --apt, `--from` also names the version to start from: the one that is no folder.
Result<std::string> split_from(sys::FileSystem& disk, Request& request) {
  std::vector<std::string> versions;
  std::erase_if(request.earlier, [&](const std::string& value) {
    if (sys::exists(disk, value)) return false;
    versions.push_back(value);
    return true;
  });
  if (versions.size() == 1) return versions.front();
  return fail(ErrorKind::Invalid,
              "--apt: expected one --from VERSION, the version that the baseline has");
}

Status add_fixes(const Invocation& run, sys::FileSystem& disk, const BuildOptions& options,
                 const publish::Fetched& fetched, const std::string& from, Request& request) {
  if (const Status read = read_operation(disk, options, request); !read) return read;
  if (!options.advisory.empty()) {
    auto advisories = publish::read_advisories(disk, options.advisory);
    if (!advisories) return std::unexpected(advisories.error());
    request.advisories = std::move(*advisories);
    return {};
  }
  const Result<std::string> changelog = publish::changelog_of(disk, fetched.patched.front());
  if (!changelog) {
    return std::unexpected(changelog.error().during("say with --advisory what was fixed"));
  }
  publish::ChangelogFixes fixes = publish::fixes_since(*changelog, from);
  if (!fixes.found_start) {
    run.note(
        fmt::format("The changelog has no entry for {}: only its newest entry was read.", from));
  }
  run.note(
      fmt::format("{} advisories from the changelog, with id and description; it says nothing "
                  "of impact and references: write those with --advisory.",
                  fixes.advisories.size()));
  request.advisories = std::move(fixes.advisories);
  return {};
}

Status build_fetched(const Invocation& run, sys::FileSystem& disk, const BuildOptions& options,
                     const Path& folder) {
  Result<Request> request = request_of(options);
  if (!request) return std::unexpected(request.error());
  const Result<std::string> from = split_from(disk, *request);
  if (!from) return std::unexpected(from.error());
  std::vector<publish::Wanted> wanted;
  for (const std::string& text : options.apt) wanted.push_back(publish::parse_wanted(text));
  sys::posix::ProcessRunner processes;
  Status done = sys::make_directories(disk, folder, 0755);
  if (!done) return done;
  Result<publish::Fetched> fetched = [&] {
    const Progress progress = run.progress("Fetching packages");
    return publish::fetch_packages(disk, processes, wanted, *from, folder);
  }();
  if (!fetched) return std::unexpected(fetched.error());
  done = add_fixes(run, disk, options, *fetched, *from, *request);
  if (!done) return done;
  request->baseline = std::move(fetched->baseline);
  request->patched = std::move(fetched->patched);
  return build_one(run, disk, *request, options);
}

Status build_from_apt(const Invocation& run, const BuildOptions& options) {
  sys::posix::FileSystem disk;
  if (const Status free = publish::check_free(disk, options.out); !free) return free;
  const Path folder = options.out + ".packages";
  Status done = sys::remove_tree(disk, folder);
  if (done) done = build_fetched(run, disk, options, folder);
  const Status swept = sys::remove_tree(disk, folder);
  return done ? swept : done;
}

Status build(const Invocation& run, const BuildOptions& options) {
  if (!options.check_only || !options.apt.empty()) {
    if (const Status given = require(options.out, "--out"); !given) return given;
  }
  if (!options.release.empty()) return build_release(run, options);
  if (!options.apt.empty()) return build_from_apt(run, options);
  return build_from_inputs(run, options);
}

void add_inputs(CLI::App& command, BuildOptions& options) {
  command.add_option("--baseline", options.baseline, "What devices have: a folder, or .deb files");
  command.add_option("--patched", options.patched, "What they get: a folder, or .deb files");
  command.add_option("--release", options.release,
                     "Build every cell of this release file instead (all or none)");
  command.add_option("--apt", options.apt,
                     "Fetch the packages PKG[=NEW] through apt instead; needs --from VERSION");
  command.add_option("--from", options.from,
                     "An earlier letter's build folder: devices that have it download less. With "
                     "--apt also the package version of the baseline");
}

}  // namespace

void define_build(CLI::App& app, Invocation& run) {
  CLI::App& command = *app.add_subcommand("build", "Build an improvement, ready to publish");
  const auto options = std::make_shared<BuildOptions>();
  command.add_option("--platform", options->platform, "Product line and architecture");
  command.add_option("--baseline-version", options->baseline_version, "The OS release it is for");
  command.add_option("--letter", options->letter, "Its letter: a, b … aa");
  add_inputs(command, *options);
  command.add_option("--component", options->components,
                     "NAME=GLOB: paths that match belong to that component (* also matches /)");
  command.add_option("--apply", options->apply,
                     "MODE or COMPONENT=MODE: when it may switch: live, live-with-restart, "
                     "when-not-running, at-boot; if absent, what the gate proposes. What differs "
                     "from that is recorded in the manifest");
  command.add_option("--advisory", options->advisory, "TOML file: what was fixed");
  command.add_option("--probes", options->probes,
                     "TOML file: how a device tells that it works, and what may restart");
  command.add_option("--allow", options->allowances,
                     "RULE=REASON or RULE:PATHGLOB=REASON: pass a rule of the gate (docs/gate.md); "
                     "recorded in the manifest");
  command.add_flag("--check-only", options->check_only,
                   "Say what the gate finds, and build nothing");
  command.add_flag("--with-documentation", options->with_documentation,
                   "Include manuals, translations and the like");
  command.add_option("--source", options->source, "Whom devices follow")->capture_default_str();
  command.add_option("--release-name", options->release_name, "Name of the act of publishing");
  // A release file says all of these, for each cell.
  CLI::Option* const release = command.get_option("--release");
  for (const char* const name :
       {"--platform", "--baseline-version", "--letter", "--baseline", "--patched", "--apt",
        "--from", "--component", "--apply", "--advisory", "--probes", "--allow",
        "--with-documentation", "--source", "--release-name"}) {
    release->excludes(name);
  }
  command.add_option("--out", options->out, "Folder to write; must not exist or be empty");
  run.add_json_option(command);
  run.on_run(command,
             "interlude build --platform debian-12-x86_64 --baseline-version 12.11 --letter a \\\n"
             "    --baseline libssl3_3.0.20_amd64.deb --patched libssl3_3.0.22_amd64.deb \\\n"
             "    --advisory advisory.toml --out a",
             [&run, options] { return build(run, *options); });
}

}  // namespace interlude::cli
