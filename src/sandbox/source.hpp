#pragma once
// A source followed by processes that can do nothing else.
//
//   worker (privileged) ── verifier ── fetcher ── connector
//
// The worker changes the device; it opens no connection and reads nothing that a stranger sent but
// files that it has hashed itself. The verifier reads metadata and has no network. The fetcher
// speaks HTTP and TLS and has neither files nor the means to connect. The connector connects, to a
// fixed list of hosts, and never reads or writes. Each knows its neighbour only, and whatever a
// neighbour says is read as what a stranger said. docs/security/sandbox.md has the whole table.
//
// They are forked when the repository is first asked, and end with this object, or when it is
// killed.

#include <functional>
#include <memory>
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
  std::chrono::milliseconds question = std::chrono::minutes(10);  ///< plus 1 s a KiB asked for
};

class Source final : public device::Source {
 public:
  Source(const Layout& layout, const device::Config& config, Roles roles = usual_roles(),
         Patience patience = {});
  ~Source() override;

  Result<device::Listing> ask(const GoOn& go_on) override;
  Status fetch(const tuf::Target& target, const GoOn& go_on) override;
  std::uint64_t received_bytes() const override { return received_bytes_; }
  std::optional<std::uint64_t> retry_after_seconds() const override { return retry_after_; }

 private:
  struct Processes {
    Channel verifier;
    std::vector<Child> children;  ///< the verifier first
  };
  /// What came in answer to one question.
  struct Answer {
    std::map<std::string, tuf::Target> targets;
    bool known_baseline = false;
    bool rollout_required = false;
    sys::Time timestamp_expires;
    std::chrono::hours timestamp_life{0};
    device::PublisherWord word;
    std::optional<Error> error;
    std::uint64_t done_bytes = 0;
    bool complete = false;
  };

  Result<Processes> start() const;
  Status ensure_started();
  /// An error of the far side is in the answer's place; so is one of the processes, which are gone
  /// then.
  Result<Answer> question(ByteView message, std::uint64_t expected_bytes, const GoOn& go_on);
  Result<Answer> listen(std::uint64_t expected_bytes, const GoOn& go_on);
  Status take(ByteView message, Answer& answer);
  Status finish(Reader& reader, Answer& answer);
  Status open_for_verifier_and_send(const Path& file);
  /// Ends the processes: after `error` nothing they say can be understood.
  Error give_up(const Error& error);

  Assignment assignment_;
  std::string prefix_;
  std::vector<Path> folders_;
  Roles roles_;
  Patience patience_;
  std::optional<Processes> processes_;
  std::uint64_t received_bytes_ = 0;
  std::uint64_t received_before_ = 0;  ///< by processes that are gone
  std::optional<std::uint64_t> retry_after_;
};

}  // namespace interlude::sandbox
