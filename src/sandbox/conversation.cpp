#include "sandbox/conversation.hpp"

#include "crypto/digest.hpp"
#include "sandbox/messages.hpp"
#include "sandbox/mirror_files.hpp"

namespace interlude::sandbox {
namespace {

using namespace std::chrono_literals;
using sys::posix::UniqueFd;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kVerifier = "the verifying process";
constexpr std::chrono::milliseconds kBetweenLooks = 250ms;
constexpr std::chrono::milliseconds kGrace = 500ms;

Result<std::vector<UniqueFd>> both(Result<std::pair<UniqueFd, UniqueFd>> pair) {
  if (!pair) return std::unexpected(pair.error());
  std::vector<UniqueFd> ends;
  ends.push_back(std::move(pair->first));
  ends.push_back(std::move(pair->second));
  return ends;
}

template <class... Ends>
std::vector<UniqueFd> together(Ends... ends) {
  std::vector<UniqueFd> all;
  (all.push_back(std::move(ends)), ...);
  return all;
}

}  // namespace

Conversation::Conversation(Assignment assignment, Roles roles, Patience patience)
    : assignment_(std::move(assignment)),
      folders_(mirror_folders(assignment_.config)),
      roles_(std::move(roles)),
      patience_(patience) {}

Status Conversation::open() {
  if (processes_) return {};
  auto started = start();
  if (!started) return std::unexpected(started.error());
  processes_.emplace(std::move(*started));
  begin_task();
  return {};
}

void Conversation::close() {
  processes_.reset();
  received_before_ = received_bytes_;
}

Result<Conversation::Processes> Conversation::start() const {
  // OpenSSL reads its configuration at its first use, which locked in nobody could; and all of them
  // use it, so it begins once, here.
  (void)crypto::sha256({});
  if (assignment_.account) {
    for (const Path& directory : {assignment_.layout.seen(), assignment_.layout.incoming()}) {
      const Status handed = hand_over(directory, *assignment_.account);
      if (!handed) return std::unexpected(handed.error());
    }
  }
  auto to_verifier = both(Channel::make_pair());
  if (!to_verifier) return std::unexpected(to_verifier.error());
  auto to_fetcher = both(Channel::make_pair());
  if (!to_fetcher) return std::unexpected(to_fetcher.error());
  auto to_connector = both(Channel::make_pair());
  if (!to_connector) return std::unexpected(to_connector.error());

  const auto in_child = [this](const Roles::Body& body) {
    return [this, &body](pid_t parent, std::vector<UniqueFd> given) {
      body(assignment_, parent, std::move(given));
    };
  };
  Processes processes{Channel(std::move(to_verifier->at(0))), {}};
  auto verifier =
      Child::start(together(std::move(to_verifier->at(1)), std::move(to_fetcher->at(0))),
                   in_child(roles_.verifier));
  if (!verifier) return std::unexpected(verifier.error());
  processes.children.push_back(std::move(*verifier));
  // Where all mirrors are folders, the other two have nothing to do.
  if (assignment_.destinations.hosts.empty()) return processes;
  auto fetcher =
      Child::start(together(std::move(to_fetcher->at(1)), std::move(to_connector->at(0))),
                   in_child(roles_.fetcher));
  if (!fetcher) return std::unexpected(fetcher.error());
  processes.children.push_back(std::move(*fetcher));
  auto connector =
      Child::start(together(std::move(to_connector->at(1))), in_child(roles_.connector));
  if (!connector) return std::unexpected(connector.error());
  processes.children.push_back(std::move(*connector));
  return processes;
}

Status Conversation::ask(ByteView question, std::uint64_t expected_bytes, const sys::BodySink& sink,
                         const GoOn& go_on) {
  if (!processes_) return fail(ErrorKind::Unavailable, std::string(kVerifier) + " is gone");
  retry_after_.reset();
  const Status sent = processes_->verifier.send_at_once(question);
  const auto answer =
      sent ? listen(expected_bytes, sink, go_on) : Result<Answer>(std::unexpected(sent.error()));
  if (!answer) return std::unexpected(give_up(answer.error()));
  if (answer->error) return std::unexpected(*answer->error);
  return {};
}

Result<Conversation::Answer> Conversation::listen(std::uint64_t expected_bytes,
                                                  const sys::BodySink& sink, const GoOn& go_on) {
  const auto longest = patience_.task + std::chrono::seconds(expected_bytes / 1024);
  auto heard = Clock::now();
  Answer answer;
  while (!answer.complete) {
    if (!go_on(answer.done_bytes)) return fail(ErrorKind::Cancelled, "interrupted");
    const auto received = processes_->verifier.receive(std::min(kBetweenLooks, patience_.silence));
    if (!received) return std::unexpected(received.error());
    const auto now = Clock::now();
    if (now - heard > patience_.silence || now - began_ > longest) {
      return fail(ErrorKind::Unavailable, "it does not come to an end");
    }
    if (!*received) continue;
    heard = now;
    if (const Status taken = take((*received)->message, sink, answer); !taken) {
      return std::unexpected(taken.error());
    }
  }
  return answer;
}

Status Conversation::take(ByteView message, const sys::BodySink& sink, Answer& answer) {
  Reader reader(message, kVerifier);
  switch (reader.message()) {
    case Message::Working:
      answer.done_bytes = reader.number();
      return reader.finish();
    case Message::Open: {
      const Path file = reader.text();
      if (const Status whole = reader.finish(); !whole) return whole;
      return open_for_verifier_and_send(file);
    }
    case Message::Piece: {
      const std::uint64_t offset = reader.number();
      const ByteView piece = reader.rest();
      if (const Status whole = reader.finish(); !whole) return whole;
      return sink(offset, piece);
    }
    case Message::Failed:
      answer.error = read_error(reader);
      return finish(reader, answer);
    case Message::Done:
      return finish(reader, answer);
    default:
      return fail(ErrorKind::Corrupt, "it sent a message that is not an answer");
  }
}

Status Conversation::finish(Reader& reader, Answer& answer) {
  const Tally tally = read_tally(reader);
  if (const Status whole = reader.finish(); !whole) return whole;
  received_bytes_ = received_before_ + tally.received_bytes;
  if (tally.retry_after_seconds > 0) retry_after_ = tally.retry_after_seconds;
  answer.complete = true;
  return {};
}

Status Conversation::open_for_verifier_and_send(const Path& file) {
  const Result<UniqueFd> opened = open_for_verifier(folders_, file);
  Writer reply(opened ? Message::Done : Message::Failed);
  if (!opened) write(reply, opened.error());
  return processes_->verifier.send_at_once(reply.bytes(), opened ? opened->get() : -1);
}

Error Conversation::give_up(const Error& error) {
  const bool is_gone = error.message() == kGone;
  // It closed its end just before: it may say itself how it ends.
  const std::string ended = processes_->children.front().end(is_gone ? kGrace : 0ms);
  close();
  if (error.kind() == ErrorKind::Cancelled) return error;
  return {error.kind(), std::string(kVerifier) + (is_gone ? " " + ended : ": " + error.message())};
}

}  // namespace interlude::sandbox
