#pragma once
// One `interlude` command that does what a caller may: a program of its own with fixed arguments,
// so that nothing that works on the device shares memory with what reads callers' messages. Says on
// its standard output how far it is ("progress SHARE WHAT") and why it failed ("error {JSON}"):
// `--as-child` of the command line.

#include <functional>
#include <string>
#include <vector>

#include "bus/handles.hpp"
#include "sys/posix/unique_fd.hpp"

namespace interlude::bus {

class Worker {
 public:
  using Progress = std::function<void(const std::string& what, double share)>;
  using End = std::function<void(const Status& status)>;

  /// SIGCHLD must be blocked. `end` is called once, from the event loop, when the program has ended
  /// and its output is read; the worker may be destroyed in it.
  static Result<std::unique_ptr<Worker>> start(sd_event* events,
                                               const std::vector<std::string>& arguments,
                                               Progress progress, End end);

  /// Asks it to stop at the next safe point.
  void stop();

 private:
  Worker(Progress progress, End end) : progress_(std::move(progress)), end_(std::move(end)) {}
  static int on_output(sd_event_source*, int, std::uint32_t, void* self);
  static int on_exit(sd_event_source*, const siginfo_t* info, void* self);
  void take_line(std::string_view line);
  void end_if_done();

  Progress progress_;
  End end_;
  sys::posix::UniqueFd output_;
  pid_t pid_ = -1;
  Source output_source_;
  Source exit_source_;
  std::string pending_;  ///< an unfinished line
  Status status_;
  bool has_exited_ = false;
  bool is_read_ = false;
};

}  // namespace interlude::bus
