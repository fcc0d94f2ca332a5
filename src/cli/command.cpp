#include "cli/command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "sys/say.hpp"

namespace interlude::cli {
namespace {

volatile std::sig_atomic_t stop_requested = 0;

void request_stop(int) {
  // A second Ctrl-C ends at once: the state on disk survives that as it survives a power cut.
  if (stop_requested != 0) _exit(130);
  stop_requested = 1;
}

/// To another program.
void tell(const std::string& line) {
  sys::say(stdout, line + "\n");
  (void)std::fflush(stdout);
}

}  // namespace

bool interrupted() {
  return stop_requested != 0;
}

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = request_stop;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
}

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Internal:
      return 1;
    case ErrorKind::Invalid:
      return 2;
    case ErrorKind::NotFound:
      return 3;
    case ErrorKind::Corrupt:
      return 4;
    case ErrorKind::Untrusted:
      return 5;
    case ErrorKind::Unavailable:
      return 6;
    case ErrorKind::NoSpace:
      return 7;
    case ErrorKind::Denied:
      return 8;
    case ErrorKind::Conflict:
      return 9;
    case ErrorKind::Cancelled:
      return 130;
  }
  return 1;
}

Progress::Progress(std::string title, To to) : title_(std::move(title)), to_(to) {
  if (to_ == To::Log) sys::say(stderr, title_ + " …\n");
}

Progress::~Progress() {
  if (to_ == To::Terminal && shown_percent_ >= 0) sys::say(stderr, "\r\033[K");
}

bool Progress::update(double done) {
  const int percent = static_cast<int>(done * 100);
  if (to_ == To::Program && percent != shown_percent_) {
    tell(fmt::format("progress {:.2f} {}", done, title_));
    shown_percent_ = percent;
  }
  if (to_ == To::Terminal && percent != shown_percent_) {
    sys::say(stderr, fmt::format("\r\033[K{} … {} %", title_, percent));
    (void)std::fflush(stderr);  // only what a person sees
    shown_percent_ = percent;
  }
  return !interrupted();
}

Invocation::Invocation() : error_document_(std::make_shared<nlohmann::json>()) {}

void Invocation::on_run(CLI::App& command, std::string_view example, Action action) {
  command.footer(fmt::format("Example:\n  {}", example));
  command.callback([this, action = std::move(action)] { chosen_ = action; });
}

void Invocation::add_json_option(CLI::App& command) {
  command.add_flag("--json", json_, "Report as one JSON document on standard output");
}

void Invocation::add_child_option(CLI::App& command) {
  command.add_flag("--as-child", is_child_)->group("");
}

void Invocation::print(std::string_view line) const {
  if (is_child_) return;
  errno = 0;
  sys::say(stdout, std::string(line) + "\n");
  (void)std::fflush(stdout);  // a reader of a pipe waits for the line
  if (std::ferror(stdout) != 0 && errno != EPIPE && errno != 0) output_error_ = errno;
}

void Invocation::print(const nlohmann::json& document) const {
  print(document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

void Invocation::attach_to_error(std::string_view name, const nlohmann::json& value) const {
  (*error_document_)[std::string(name)] = value;
}

void Invocation::note(std::string_view line) const {
  sys::say(stderr, std::string(line) + "\n");
}

Progress Invocation::progress(std::string title) const {
  if (is_child_) return Progress(std::move(title), Progress::To::Program);
  const bool on_terminal = isatty(STDERR_FILENO) == 1;
  return Progress(std::move(title), on_terminal ? Progress::To::Terminal : Progress::To::Log);
}

nlohmann::json error_document(const Error& error) {
  return {{"kind", name_of(error.kind())}, {"message", error.message()}};
}

Status Invocation::run_action() const {
  Status done = chosen_();
  if (!done || output_error_ == 0) return done;
  return std::unexpected(errno_error("writing to standard output", output_error_));
}

int Invocation::run() {
  const Status done = run_action();
  if (done) return 0;
  const nlohmann::json error = error_document(done.error());
  if (json_) {
    attach_to_error("error", error);
    print(*error_document_);
  }
  if (is_child_) {
    tell("error " + error.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  sys::say(stderr, "interlude: " + done.error().message() + "\n");
  return exit_code(done.error().kind());
}

}  // namespace interlude::cli
