#include "sandbox/verifier.hpp"

#include "sandbox/messages.hpp"

namespace interlude::sandbox {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kBetweenReports = 100ms;

class Service {
 public:
  Service(Channel& worker, device::Source& source)
      : worker_(worker), source_(source), report_(worker) {}

  Status answer(ByteView message) {
    Reader reader(message, "the worker");
    if (reader.message() == Message::Ask && reader.finish()) return ask();
    const std::string path = reader.text();
    if (reader.message() == Message::Fetch && reader.finish()) return fetch(path);
    return fail(ErrorKind::Corrupt, "an unknown question");
  }

 private:
  Status ask() {
    auto listing = source_.ask(go_on());
    if (!listing) return failed(listing.error());
    targets_ = std::move(listing->targets);
    for (const auto& [path, target] : targets_) {
      Writer one(Message::Target);
      write(one, target);
      if (const Status sent = worker_.send(one.bytes()); !sent) return sent;
    }
    Writer word(Message::Rollout);
    write(word, listing->word);
    if (const Status sent = worker_.send(word.bytes()); !sent) return sent;
    Writer reply(Message::Listed);
    reply.flag(listing->known_baseline).flag(listing->rollout_required);
    reply.number(static_cast<std::uint64_t>(listing->timestamp_expires.time_since_epoch().count()));
    reply.number(static_cast<std::uint64_t>(listing->timestamp_life.count()));
    return finish(reply);
  }

  Status fetch(const std::string& path) {
    const auto target = targets_.find(path);
    if (target == targets_.end()) return failed({ErrorKind::NotFound, path + " is not listed"});
    const Status fetched = source_.fetch(target->second, go_on());
    if (!fetched) return failed(fetched.error());
    Writer reply(Message::Done);
    return finish(reply);
  }

  Status failed(const Error& error) {
    Writer reply(Message::Failed);
    write(reply, error);
    return finish(reply);
  }

  Status finish(Writer& reply) {
    write(reply, Tally{source_.received_bytes(), source_.retry_after_seconds().value_or(0)});
    return worker_.send(reply.bytes());
  }

  device::Source::GoOn go_on() {
    return [this](std::uint64_t done) {
      report_(done);
      return true;  // who wants no more ends this process
    };
  }

  Channel& worker_;
  device::Source& source_;
  Report report_;
  std::map<std::string, tuf::Target> targets_;
};

}  // namespace

void verify_for(Channel& worker, device::Source& source) {
  Service service(worker, source);
  while (true) {
    const auto received = worker.receive(-1ms);
    if (!received) return;
    if (*received && !service.answer((*received)->message)) return;
  }
}

void Report::operator()(std::uint64_t done) {
  done_ = done;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + kBetweenReports;
  // A worker that is gone shows at the next answer.
  (void)worker_.send(Writer(Message::Working).number(done).bytes());
}

}  // namespace interlude::sandbox
