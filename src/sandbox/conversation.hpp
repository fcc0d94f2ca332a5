#pragma once
// The worker's end of the talk with the verifying process: starts it and its neighbours, puts one
// question at a time, and gives up on it when it dies, hangs or speaks nonsense.

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

#include "base/layout.hpp"
#include "device/config.hpp"
#include "device/source.hpp"
#include "sandbox/account.hpp"
#include "sandbox/channel.hpp"
#include "sandbox/child.hpp"
#include "sandbox/connector.hpp"
#include "sandbox/messages.hpp"

namespace interlude::sandbox {

/// What each process is to know.
struct Assignment {
  device::Config config;
  Layout layout;
  Destinations destinations;
  std::optional<Account> account;
};

/// What each process does with its channels, in a child of its own. Tests put others in their
/// places.
struct Roles {
  using Body =
      std::function<void(const Assignment&, pid_t parent, std::vector<sys::posix::UniqueFd>)>;
  Body verifier;   ///< worker, fetcher
  Body fetcher;    ///< verifier, connector
  Body connector;  ///< fetcher
};
Roles usual_roles();

/// How long the worker waits for those.
struct Patience {
  std::chrono::milliseconds silence = std::chrono::minutes(2);
  std::chrono::milliseconds task = std::chrono::minutes(10);  ///< plus 1 s a KiB asked for
};

class Conversation {
 public:
  using GoOn = device::Source::GoOn;

  Conversation(Assignment assignment, Roles roles, Patience patience);

  bool is_open() const { return processes_.has_value(); }
  /// Starts the processes; where they run, nothing.
  Status open();
  /// Ends the processes.
  void close();

  /// From here on the time of a task counts, with all its questions.
  void begin_task() { began_ = std::chrono::steady_clock::now(); }
  /// Puts one question. Pieces of an answer go to `sink`, whose error ends the talk. An error that
  /// the far side answers comes back as it is; one of the talk itself ends the processes.
  Status ask(ByteView question, std::uint64_t expected_bytes, const sys::BodySink& sink,
             const GoOn& go_on);

  /// Of all processes so far.
  std::uint64_t received_bytes() const { return received_bytes_; }
  /// As the last answer has it.
  std::optional<std::uint64_t> retry_after_seconds() const { return retry_after_; }

 private:
  struct Processes {
    Channel verifier;
    std::vector<Child> children;  ///< the verifier first
  };
  /// How far the answer to one question has come.
  struct Answer {
    std::optional<Error> error;
    std::uint64_t done_bytes = 0;
    bool complete = false;
  };

  Result<Processes> start() const;
  Result<Answer> listen(std::uint64_t expected_bytes, const sys::BodySink& sink, const GoOn& go_on);
  Status take(ByteView message, const sys::BodySink& sink, Answer& answer);
  Status finish(Reader& reader, Answer& answer);
  Status open_for_verifier_and_send(const Path& file);
  /// After `error` nothing they say can be understood.
  Error give_up(const Error& error);

  Assignment assignment_;
  std::vector<Path> folders_;
  Roles roles_;
  Patience patience_;
  std::optional<Processes> processes_;
  std::chrono::steady_clock::time_point began_;
  std::uint64_t received_bytes_ = 0;
  std::uint64_t received_before_ = 0;  ///< by processes that are gone
  std::optional<std::uint64_t> retry_after_;
};

}  // namespace interlude::sandbox
