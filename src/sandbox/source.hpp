#pragma once
// A source followed by processes that can do nothing else.
//
//   worker (privileged) ── verifier ── fetcher ── connector
//
// The worker changes the device; it opens no connection, and parses nothing before it has seen for
// itself who signed it, or that it has the hash that something signed says. The verifier reads
// metadata and has no network. The fetcher speaks HTTP and TLS and has neither files nor the means
// to connect. The connector connects, to a fixed list of hosts, and never reads or writes. Each
// knows its neighbour only, and whatever a neighbour says is read as what a stranger said.
// docs/security/sandbox.md has the whole table.
//
// What the verifier found good comes over the line byte for byte. The worker is a client of The
// Update Framework of its own, with its own trusted state (Layout::metadata()), to which the
// verifier is one more mirror: it can hold back news, and nothing else. The verifier's state
// (Layout::seen()) begins as a copy of the worker's, and is thrown away when the two disagree, and
// when it is of no use with any mirror.
//
// The processes are forked when the repository is first asked, and end with this object, or when it
// is killed.

#include <optional>

#include "device/direct_source.hpp"
#include "sandbox/conversation.hpp"
#include "sys/posix/clock.hpp"
#include "sys/posix/file_system.hpp"

namespace interlude::sandbox {

class Source final : public device::Source {
 public:
  Source(const Layout& layout, const device::Config& config, Roles roles = usual_roles(),
         Patience patience = {});

  Result<device::Listing> ask(const GoOn& go_on) override;
  Status fetch(const tuf::Target& target, const GoOn& go_on) override;
  std::uint64_t received_bytes() const override { return verifier_.received_bytes(); }
  std::optional<std::uint64_t> retry_after_seconds() const override {
    return verifier_.retry_after_seconds();
  }

 private:
  /// The verifier as a mirror.
  class HandedOver final : public sys::Transport {
   public:
    explicit HandedOver(Conversation& verifier) : verifier_(verifier) {}
    void go_on_while(const GoOn& go_on) { go_on_ = &go_on; }
    /// What became of what was asked for last.
    enum class Last {
      Given,    ///< or it is a root that there is not yet
      Missing,  ///< the verifier could not get it, or refused it itself
      Unshown,  ///< the verifier trusts it since earlier, and cannot show why
    };
    Last last() const { return last_; }

    Result<sys::Response> get(const sys::Request& request, const sys::BodySink& sink) override;
    std::uint64_t received_bytes() const override { return verifier_.received_bytes(); }
    std::optional<std::uint64_t> retry_after_seconds() const override {
      return verifier_.retry_after_seconds();
    }

   private:
    Conversation& verifier_;
    const GoOn* go_on_ = nullptr;
    Last last_ = Last::Given;
  };

  /// One look, and whether another one may find more.
  Result<device::Listing> look(const GoOn& go_on, bool& may_find_more);
  Status ensure_open();
  /// The verifier's state begins anew, as a copy of what this side trusts.
  Status begin_anew();

  sys::posix::FileSystem disk_;
  sys::posix::Clock clock_;
  Layout layout_;
  Conversation verifier_;
  HandedOver handed_over_;
  device::DirectSource own_;
};

}  // namespace interlude::sandbox
