#include "policy/policy.hpp"

#include "cli/command.hpp"
#include "cli/device_session.hpp"

namespace interlude::cli {
namespace {

constexpr std::uint64_t kLargestFile = 1ULL << 20U;

Status show(const Invocation& run, const std::string& root) {
  sys::posix::FileSystem disk;
  if (!sys::exists(disk, root)) return fail(ErrorKind::NotFound, "--root: there is no " + root);
  const policy::Effective effective = policy::load(disk, root);
  if (run.json()) {
    run.print(to_json(effective));
    return {};
  }
  run.print(to_text(effective));
  if (effective.policy.problem.empty()) return {};
  return fail(ErrorKind::Invalid, "everything new is on hold, and only root changes anything: " +
                                      effective.policy.problem);
}

Status check_file(sys::FileSystem& disk, const std::string& file) {
  const auto text = disk.read(file, kLargestFile);
  if (!text) return std::unexpected(text.error());
  policy::Effective alone;
  return policy::read_file(alone, as_text(*text), file);
}

/// All of them, whatever is wrong with one.
Status check_files(const Invocation& run, const std::vector<std::string>& files) {
  sys::posix::FileSystem disk;
  std::string problems;
  json::Value report = json::Value::array();
  for (const std::string& file : files) {
    const Status good = check_file(disk, file);
    const std::string problem = good ? "" : good.error().message();
    if (!good) problems += (problems.empty() ? "" : "\n") + problem;
    report.push_back({{"file", file}, {"problem", good ? json::Value() : json::Value(problem)}});
  }
  if (!problems.empty()) {
    run.attach_to_error("files", report);
    return fail(ErrorKind::Invalid, problems);
  }
  if (run.json()) run.print(json::Value{{"files", report}});
  return {};
}

void define_show(CLI::App& parent, Invocation& run) {
  CLI::App& command = *parent.add_subcommand(
      "show", "The policy that binds here, and which file and line set each value");
  const auto root = std::make_shared<std::string>();
  add_root_option(command, *root);
  run.add_json_option(command);
  run.on_run(command, "interlude policy show", [&run, root] { return show(run, *root); });
}

void define_check_files(CLI::App& parent, Invocation& run) {
  CLI::App& command = *parent.add_subcommand(
      "check", "Read policy files as a device would, without installing them");
  const auto files = std::make_shared<std::vector<std::string>>();
  command.add_option("file", *files, "Policy files")->type_name("FILE")->required();
  run.add_json_option(command);
  run.on_run(command, "interlude policy check 50-fleet.toml",
             [&run, files] { return check_files(run, *files); });
}

}  // namespace

void define_policy(CLI::App& app, Invocation& run) {
  CLI::App& command =
      *app.add_subcommand("policy", "Show or check what the administrator allows a device");
  command.require_subcommand(1);
  define_show(command, run);
  define_check_files(command, run);
}

}  // namespace interlude::cli
