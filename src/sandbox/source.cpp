#include "sandbox/source.hpp"

#include <unistd.h>

#include "sandbox/messages.hpp"
#include "tuf/store.hpp"

namespace interlude::sandbox {
namespace {

Status takes_no_pieces(std::uint64_t, ByteView) {
  return fail(ErrorKind::Corrupt, "it sent a message that is not an answer");
}

constexpr Account kRoot{0, 0};

/// The network is silent, the disk is full, somebody does not want any more: no reason to doubt
/// what the verifier has.
bool says_nothing_of_its_state(const Error& error, const Conversation& verifier) {
  const ErrorKind kind = error.kind();
  if (kind == ErrorKind::Unavailable) return verifier.is_open();
  return kind == ErrorKind::Cancelled || kind == ErrorKind::NoSpace;
}

device::Config with_one_mirror(device::Config config, std::string name) {
  config.urls = {std::move(name)};
  return config;
}

}  // namespace

Source::Source(const Layout& layout, const device::Config& config, Roles roles, Patience patience)
    : layout_(layout),
      verifier_({config, layout, destinations_of(config), unprivileged_account()}, std::move(roles),
                patience),
      handed_over_(verifier_),
      own_(disk_, handed_over_, clock_, layout.metadata(), layout.incoming(),
           with_one_mirror(config, "what the verifying process found"), tuf::Reading::SignedFirst) {
}

Result<device::Listing> Source::ask(const GoOn& go_on) {
  verifier_.begin_task();
  handed_over_.go_on_while(go_on);
  bool may_find_more = false;
  auto listing = look(go_on, may_find_more);
  if (!listing && may_find_more) listing = look(go_on, may_find_more);
  return listing;
}

Result<device::Listing> Source::look(const GoOn& go_on, bool& may_find_more) {
  may_find_more = false;
  if (const Status opened = ensure_open(); !opened) return std::unexpected(opened.error());
  const Status asked = verifier_.ask(Writer(Message::Ask).bytes(), 0, takes_no_pieces, go_on);
  if (!asked) {
    // If it cannot be thrown away now, the next such error tries again.
    if (!says_nothing_of_its_state(asked.error(), verifier_)) (void)begin_anew();
    return std::unexpected(asked.error());
  }
  auto listing = own_.ask(go_on);
  if (listing) {
    if (verifier_.is_open()) return listing;
    return fail(ErrorKind::Unavailable, "the verifying process ended while it was asked");
  }
  const ErrorKind kind = listing.error().kind();
  const bool is_refused = handed_over_.last() == HandedOver::Last::Given &&
                          (kind == ErrorKind::Untrusted || kind == ErrorKind::Corrupt);
  if (!is_refused && handed_over_.last() != HandedOver::Last::Unshown) return listing;
  // What the one found good the other does not: an earlier worker ended before it had taken what
  // the verifier trusted, or somebody else's state is there. Once more, from this side's.
  if (const Status begun = begin_anew(); !begun) return std::unexpected(begun.error());
  may_find_more = true;
  return listing;
}

Status Source::fetch(const tuf::Target& target, const GoOn& go_on) {
  verifier_.begin_task();
  Writer question(Message::Fetch);
  write(question, target);
  const Status fetched = verifier_.ask(question.bytes(), target.length, takes_no_pieces, go_on);
  if (fetched || says_nothing_of_its_state(fetched.error(), verifier_)) return fetched;
  // What came so far may be the reason. That it is not there, or cannot be removed, changes
  // nothing.
  const Path file = join(layout_.incoming(), device::content_of(target));
  (void)disk_.remove(file);
  (void)disk_.remove(file + std::string(kPartial));
  return fetched;
}

Status Source::ensure_open() {
  if (verifier_.is_open()) return {};
  // It was the verifier's once, and a device may have been made then.
  if (::geteuid() == 0) {
    const Status own = hand_over(layout_.metadata(), kRoot);
    if (!own) return own;
  }
  if (!sys::exists(disk_, join(layout_.seen(), "root.json"))) {
    if (const Status begun = begin_anew(); !begun) return begun;
  }
  return verifier_.open();
}

Status Source::begin_anew() {
  verifier_.close();
  const auto root = disk_.read(join(layout_.metadata(), "root.json"), tuf::limit_of("root"));
  if (!root) return std::unexpected(root.error().during("the trusted root"));
  const Status begun = tuf::Client::initialise(disk_, layout_.seen(), *root);
  if (!begun) return begun;
  // With the rest a mirror that is behind is told from one that is not. Without it everything is
  // fetched again.
  const auto names = disk_.list(layout_.metadata());
  for (const std::string& name : names ? *names : std::vector<std::string>()) {
    if (!name.ends_with(".json") || name == "root.json") continue;
    const auto raw = disk_.read(join(layout_.metadata(), name), tuf::limit_of("targets"));
    if (!raw) continue;
    const Status copied = disk_.write(join(layout_.seen(), name), *raw, kFileMode);
    if (!copied) return copied;
  }
  return {};
}

Result<sys::Response> Source::HandedOver::get(const sys::Request& request,
                                              const sys::BodySink& sink) {
  last_ = Last::Given;
  const std::string name = file_name_of(request.url);
  std::uint64_t received = 0;
  const auto in_order = [&](std::uint64_t offset, ByteView piece) -> Status {
    if (offset != received || piece.size() > request.limit_bytes - received) {
      return fail(ErrorKind::Corrupt, "it handed over more of " + name + " than there may be");
    }
    received += piece.size();
    return sink(offset, piece);
  };
  const Status got =
      verifier_.ask(Writer(Message::Metadata).text(name).bytes(), 0, in_order, *go_on_);
  if (got) return sys::Response{};
  const ErrorKind kind = got.error().kind();
  const bool is_next_root = kind == ErrorKind::NotFound && name.ends_with(".root.json");
  if (!is_next_root) last_ = kind == ErrorKind::Conflict ? Last::Unshown : Last::Missing;
  return std::unexpected(got.error());
}

}  // namespace interlude::sandbox
