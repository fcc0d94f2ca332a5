#pragma once
// What the subcommands share: how a command is registered, how it reports, how it fails.
//
// Each subcommand is one file with one `define_…` function, listed in main.cpp. It adds its options
// to CLI11 and names the action to run; the action returns a Status and the exit code follows from
// its error's kind.

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace interlude::cli {

/// Long work seen by a person: one line rewritten on a terminal; elsewhere one plain line when it
/// starts and ends.
class Progress {
 public:
  enum class To {
    Terminal,
    Log,
    Program,  ///< lines "progress SHARE WHAT" on standard output
  };
  Progress(std::string title, To to);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Share done, 0 … 1. False once the person asked to stop (Ctrl-C).
  bool update(double done);

 private:
  std::string title_;
  To to_;
  int shown_percent_ = -1;
};

/// One run of the command line.
class Invocation {
 public:
  using Action = std::function<Status()>;

  Invocation();

  /// `action` runs if `command` is the one named on the command line. `example` is shown at the end
  /// of its --help.
  void on_run(CLI::App& command, std::string_view example, Action action);
  /// Adds `--json` to a command that reports.
  void add_json_option(CLI::App& command);
  bool json() const { return json_; }
  /// Adds the hidden `--as-child` to a command that the D-Bus service starts: standard output has
  /// "progress SHARE WHAT" and, where it fails, "error {JSON}", a line each; no report.
  void add_child_option(CLI::App& command);
  bool is_child() const { return is_child_; }

  /// To standard output: what the command was asked for.
  void print(std::string_view line) const;
  void print(const std::string& line) const { print(std::string_view(line)); }
  void print(const char* line) const { print(std::string_view(line)); }
  /// To standard output: one JSON document, pretty-printed.
  void print(const nlohmann::json& document) const;
  /// With --json, a member for the document of the error that the action is about to return.
  void attach_to_error(std::string_view name, const nlohmann::json& value) const;
  /// To standard error: remarks that scripts do not want in the output.
  void note(std::string_view line) const;
  Progress progress(std::string title) const;

  /// Runs the chosen action; prints its error; returns the exit code.
  int run();

 private:
  Status run_action() const;

  Action chosen_;
  mutable int output_error_ = 0;  ///< errno of what somebody waits for in vain
  bool json_ = false;
  std::shared_ptr<nlohmann::json> error_document_;
  bool is_child_ = false;
};

/// docs/EXIT-CODES.md
int exit_code(ErrorKind kind);

/// {"kind", "message"}: what stands under "error" where a command failed.
nlohmann::json error_document(const Error& error);

/// True once SIGINT or SIGTERM arrived: long work stops at the next safe point with Cancelled.
bool interrupted();
void catch_interrupts();

// One per file of this folder.
void define_agent(CLI::App& app, Invocation& run);
void define_build(CLI::App& app, Invocation& run);
void define_check(CLI::App& app, Invocation& run);
void define_delta(CLI::App& app, Invocation& run);
void define_device(CLI::App& app, Invocation& run);
void define_history(CLI::App& app, Invocation& run);
void define_inspect(CLI::App& app, Invocation& run);
void define_install(CLI::App& app, Invocation& run);
void define_key(CLI::App& app, Invocation& run);
void define_policy(CLI::App& app, Invocation& run);
void define_publish(CLI::App& app, Invocation& run);
void define_remove(CLI::App& app, Invocation& run);
void define_repair(CLI::App& app, Invocation& run);
void define_doctor(CLI::App& app, Invocation& run);
void define_unlock(CLI::App& app, Invocation& run);
void define_repo(CLI::App& app, Invocation& run);
void define_rollout(CLI::App& app, Invocation& run);
void define_serve(CLI::App& app, Invocation& run);
void define_settings(CLI::App& app, Invocation& run);
void define_simulate(CLI::App& app, Invocation& run);
void define_status(CLI::App& app, Invocation& run);
void define_why(CLI::App& app, Invocation& run);
void define_withdraw(CLI::App& app, Invocation& run);

}  // namespace interlude::cli
