#include "sandbox/source.hpp"

#include "sandbox/messages.hpp"
#include "tuf/store.hpp"

namespace interlude::sandbox {
namespace {

Status takes_no_pieces(std::uint64_t, ByteView) {
  return fail(ErrorKind::Corrupt, "it sent a message that is not an answer");
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
  for (bool is_anew = false;; is_anew = true) {
    handed_over_.begin(go_on);
    if (const Status opened = ensure_open(); !opened) return std::unexpected(opened.error());
    const Status asked = verifier_.ask(Writer(Message::Ask).bytes(), 0, takes_no_pieces, go_on);
    if (!asked) {
      // Perhaps what it trusts is not what this side does. If it cannot be thrown away now, the
      // next such error tries again.
      if (asked.error().kind() == ErrorKind::Untrusted) (void)begin_anew();
      return std::unexpected(asked.error());
    }
    auto listing = own_.ask(go_on);
    if (listing || handed_over_.said_no() || is_anew) return listing;
    // What the one found good the other does not: an earlier worker ended before it had taken what
    // the verifier trusted, or somebody else's state is there. Once more, from this side's state.
    if (const Status begun = begin_anew(); !begun) return std::unexpected(begun.error());
  }
}

Status Source::fetch(const tuf::Target& target, const GoOn& go_on) {
  Writer question(Message::Fetch);
  write(question, target);
  return verifier_.ask(question.bytes(), target.length, takes_no_pieces, go_on);
}

Status Source::ensure_open() {
  if (!verifier_.is_open() && !sys::exists(disk_, join(layout_.seen(), "root.json"))) {
    if (const Status begun = begin_anew(); !begun) return begun;
  }
  return verifier_.open();
}

Status Source::begin_anew() {
  verifier_.close();
  const auto root = disk_.read(join(layout_.metadata(), "root.json"), tuf::limit_of("root"));
  if (!root) return std::unexpected(root.error().during("the trusted root"));
  return tuf::Client::initialise(disk_, layout_.seen(), *root);
}

Result<sys::Response> Source::HandedOver::get(const sys::Request& request,
                                              const sys::BodySink& sink) {
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
  said_no_ = got.error().kind() != ErrorKind::Conflict;
  return std::unexpected(got.error());
}

}  // namespace interlude::sandbox
