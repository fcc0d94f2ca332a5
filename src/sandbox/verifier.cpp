#include "sandbox/verifier.hpp"

#include <algorithm>

#include "sandbox/messages.hpp"

namespace interlude::sandbox {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kBetweenReports = 100ms;

class Service {
 public:
  Service(Channel& worker, device::DirectSource& source)
      : worker_(worker), source_(source), report_(worker) {}

  Status answer(ByteView message) {
    Reader reader(message, "the worker");
    switch (reader.message()) {
      case Message::Ask:
        if (const Status whole = reader.finish(); !whole) return whole;
        return answered(source_.renew(go_on()));
      case Message::Metadata: {
        const std::string file = reader.text();
        if (const Status whole = reader.finish(); !whole) return whole;
        return metadata(file);
      }
      case Message::Fetch: {
        const auto target = read_target(reader);
        if (!target) return std::unexpected(target.error());
        return answered(source_.fetch(*target, go_on()));
      }
      default:
        return fail(ErrorKind::Corrupt, "an unknown question");
    }
  }

 private:
  Status metadata(const std::string& file) {
    const auto raw = source_.metadata(file);
    if (!raw) return answered(std::unexpected(raw.error()));
    constexpr std::size_t kPiece = 128U << 10U;
    for (std::size_t offset = 0; offset < raw->size(); offset += kPiece) {
      const ByteView piece = ByteView(*raw).subspan(offset, std::min(kPiece, raw->size() - offset));
      Writer writer(Message::Piece);
      writer.number(offset).rest(piece);
      if (const Status sent = worker_.send(writer.bytes()); !sent) return sent;
    }
    return answered({});
  }

  Status answered(const Status& done) {
    Writer reply(done ? Message::Done : Message::Failed);
    if (!done) write(reply, done.error());
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
  device::DirectSource& source_;
  Report report_;
};

}  // namespace

void verify_for(Channel& worker, device::DirectSource& source) {
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
