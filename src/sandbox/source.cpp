#include "sandbox/source.hpp"

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
constexpr std::size_t kMostTargets = 100'000;

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

Source::Source(const Layout& layout, const device::Config& config, Roles roles, Patience patience)
    : assignment_{config, layout, destinations_of(config), unprivileged_account()},
      prefix_(config.source + "/" + config.platform + "/" + config.baseline_version),
      folders_(mirror_folders(config)),
      roles_(std::move(roles)),
      patience_(patience) {}

Source::~Source() = default;

Result<device::Listing> Source::ask(const GoOn& go_on) {
  if (const Status started = ensure_started(); !started) return std::unexpected(started.error());
  auto answer = question(Writer(Message::Ask).bytes(), 0, go_on);
  if (!answer) return std::unexpected(answer.error());
  if (!answer->known_baseline) return device::Listing{};
  device::Listing listing =
      device::make_listing(prefix_, std::move(answer->targets), answer->rollout_required);
  listing.timestamp_expires = answer->timestamp_expires;
  listing.timestamp_life = answer->timestamp_life;
  listing.word = std::move(answer->word);
  return listing;
}

Status Source::fetch(const tuf::Target& target, const GoOn& go_on) {
  if (!processes_) return fail(ErrorKind::Internal, "the repository has not been asked");
  const auto answer =
      question(Writer(Message::Fetch).text(target.path).bytes(), target.length, go_on);
  if (!answer) return std::unexpected(answer.error());
  return {};
}

Status Source::ensure_started() {
  if (processes_) return {};
  received_before_ = received_bytes_;
  auto started = start();
  if (!started) return std::unexpected(started.error());
  processes_.emplace(std::move(*started));
  return {};
}

Result<Source::Processes> Source::start() const {
  if (assignment_.account) {
    for (const Path& directory : {assignment_.layout.metadata(), assignment_.layout.incoming()}) {
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

Result<Source::Answer> Source::question(ByteView message, std::uint64_t expected_bytes,
                                        const GoOn& go_on) {
  retry_after_.reset();
  const Status sent = processes_->verifier.send(message);
  auto answer =
      sent ? listen(expected_bytes, go_on) : Result<Answer>(std::unexpected(sent.error()));
  if (!answer) return std::unexpected(give_up(answer.error()));
  if (answer->error) return std::unexpected(*answer->error);
  return answer;
}

Result<Source::Answer> Source::listen(std::uint64_t expected_bytes, const GoOn& go_on) {
  const auto asked = Clock::now();
  const auto longest = patience_.question + std::chrono::seconds(expected_bytes / 1024);
  auto heard = asked;
  Answer answer;
  while (!answer.complete) {
    if (!go_on(answer.done_bytes)) return fail(ErrorKind::Cancelled, "interrupted");
    const auto received = processes_->verifier.receive(std::min(kBetweenLooks, patience_.silence));
    if (!received) return std::unexpected(received.error());
    const auto now = Clock::now();
    if (now - heard > patience_.silence || now - asked > longest) {
      return fail(ErrorKind::Unavailable, "it does not come to an end");
    }
    if (!*received) continue;
    heard = now;
    if (const Status taken = take((*received)->message, answer); !taken) {
      return std::unexpected(taken.error());
    }
  }
  return answer;
}

Status Source::take(ByteView message, Answer& answer) {
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
    case Message::Target: {
      auto target = read_target(reader);
      if (!target) return std::unexpected(target.error());
      if (answer.targets.size() >= kMostTargets) {
        return fail(ErrorKind::Corrupt, "it lists more files than a list may have");
      }
      answer.targets.emplace(target->path, std::move(*target));
      return {};
    }
    case Message::Rollout: {
      auto word = read_word(reader);
      if (!word) return std::unexpected(word.error());
      answer.word = std::move(*word);
      return {};
    }
    case Message::Listed:
      answer.known_baseline = reader.flag();
      answer.rollout_required = reader.flag();
      answer.timestamp_expires = read_time(reader);
      answer.timestamp_life = std::chrono::hours(reader.number() & 0xffffU);
      return finish(reader, answer);
    case Message::Failed:
      answer.error = read_error(reader);
      return finish(reader, answer);
    case Message::Done:
      return finish(reader, answer);
    default:
      return fail(ErrorKind::Corrupt, "it sent a message that is not an answer");
  }
}

Status Source::finish(Reader& reader, Answer& answer) {
  const Tally tally = read_tally(reader);
  if (const Status whole = reader.finish(); !whole) return whole;
  received_bytes_ = received_before_ + tally.received_bytes;
  if (tally.retry_after_seconds > 0) retry_after_ = tally.retry_after_seconds;
  answer.complete = true;
  return {};
}

Status Source::open_for_verifier_and_send(const Path& file) {
  const Result<UniqueFd> opened = open_for_verifier(folders_, file);
  Writer reply(opened ? Message::Done : Message::Failed);
  if (!opened) write(reply, opened.error());
  return processes_->verifier.send(reply.bytes(), opened ? opened->get() : -1);
}

Error Source::give_up(const Error& error) {
  const bool is_gone = error.message() == kGone;
  // It closed its end just before: it may say itself how it ends.
  const std::string ended = processes_->children.front().end(is_gone ? kGrace : 0ms);
  processes_.reset();
  if (error.kind() == ErrorKind::Cancelled) return error;
  return {error.kind(), std::string(kVerifier) + (is_gone ? " " + ended : ": " + error.message())};
}

}  // namespace interlude::sandbox
