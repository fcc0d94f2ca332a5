#include "sandbox/fetcher.hpp"

namespace interlude::sandbox {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kFetcher = "the fetching process";
constexpr std::chrono::seconds kWindow = 60s;
constexpr std::uint64_t kLeastBytes = 1024 * 60;
constexpr std::uint64_t kMostUnwanted = 16 * 1024 * 1024;

}  // namespace

bool FetchService::stopped() {
  if (stopped_) return true;
  // Whatever comes while it works is the wish to stop; the end of the channel is one, too.
  const auto received = channel_.receive(0ms);
  stopped_ = !received || received->has_value();
  return stopped_;
}

void FetchService::serve(sys::Transport& transport) {
  while (true) {
    const auto received = channel_.receive(-1ms);
    if (!received) return;
    if (*received && !answer(transport, (*received)->message)) return;
  }
}

void FetchService::refuse(const Error& error) {
  Writer reply(Message::Failed);
  write(reply, error);
  write(reply, Tally());
  (void)channel_.send(reply.bytes());  // who hears nothing learns of the end
}

bool FetchService::answer(sys::Transport& transport, ByteView message) {
  Reader reader(message, "the verifying process");
  // It came too late.
  if (reader.message() == Message::Stop) return true;
  const sys::Request request = read_request(reader);
  if (reader.message() != Message::Get || !reader.finish()) return false;
  stopped_ = false;
  const auto pass_on = [&](std::uint64_t offset, ByteView piece) -> Status {
    if (stopped()) return fail(ErrorKind::Cancelled, "stopped");
    return channel_.send(Writer(Message::Piece).number(offset).rest(piece).bytes());
  };
  const auto response = transport.get(request, pass_on);
  Writer reply(response ? Message::Answered : Message::Failed);
  if (response) {
    write(reply, *response);
  } else {
    write(reply, response.error());
  }
  write(reply, tally_of(transport));
  return channel_.send(reply.bytes()).has_value();
}

/// What comes for one request, kept to what was asked for.
class RemoteTransport::Body {
 public:
  Body(const sys::Request& request, const sys::BodySink& sink)
      : request_(request), sink_(sink), window_ends_(Clock::now() + kWindow) {}

  Status take(std::uint64_t offset, ByteView piece) {
    if (!taken_) {  // what is still on its way
      unwanted_ += piece.size();
      return taken_;
    }
    if (done_ == 0 && offset > request_.offset) return refuse("a piece from behind the request");
    if (done_ > 0 && offset != end_) return refuse("pieces in disorder");
    if (piece.size() > request_.limit_bytes - done_) {
      taken_ = fail(ErrorKind::NoSpace, request_.url + ": longer than the expected " +
                                            std::to_string(request_.limit_bytes) + " bytes");
      return taken_;
    }
    done_ += piece.size();
    in_window_ += piece.size();
    end_ = offset + piece.size();
    taken_ = sink_(offset, piece);
    return taken_;
  }

  Status outcome() const { return taken_; }
  /// More came than can have been on its way when it was told to stop.
  bool overflows() const { return unwanted_ > kMostUnwanted; }

  bool too_slow() {
    if (Clock::now() < window_ends_) return false;
    if (in_window_ < kLeastBytes) return true;
    window_ends_ = Clock::now() + kWindow;
    in_window_ = 0;
    return false;
  }

 private:
  Status refuse(std::string_view what) {
    taken_ = fail(ErrorKind::Corrupt,
                  request_.url + ": " + std::string(kFetcher) + " sent " + std::string(what));
    return taken_;
  }

  const sys::Request& request_;
  const sys::BodySink& sink_;
  Clock::time_point window_ends_;
  std::uint64_t in_window_ = 0;
  std::uint64_t done_ = 0;
  std::uint64_t unwanted_ = 0;
  std::uint64_t end_ = 0;  ///< where the next piece starts
  Status taken_;           ///< why nothing more is wanted
};

Result<Received> RemoteTransport::next(Body& body) {
  while (true) {
    if (body.too_slow()) return fail(ErrorKind::Unavailable, "less than 1 KiB/s for a minute");
    if (body.overflows()) return fail(ErrorKind::Corrupt, std::string(kFetcher) + " does not stop");
    auto received = fetcher_.receive(1s);
    if (!received) return std::unexpected(received.error().during(kFetcher));
    alive_();
    if (*received) return std::move(**received);
  }
}

Result<sys::Response> RemoteTransport::get(const sys::Request& request, const sys::BodySink& sink) {
  retry_after_.reset();
  Body body(request, sink);
  Result<Answer> answer = exchange(request, body);
  if (!answer) {
    fetcher_.give_up();  // what is still on its way must not be taken for another answer
    return std::unexpected(answer.error().during(request.url));
  }
  received_bytes_ = answer->tally.received_bytes;
  if (answer->tally.retry_after_seconds > 0) retry_after_ = answer->tally.retry_after_seconds;
  if (const Status taken = body.outcome(); !taken) return std::unexpected(taken.error());
  return std::move(answer->response);
}

Result<RemoteTransport::Answer> RemoteTransport::exchange(const sys::Request& request, Body& body) {
  Writer message(Message::Get);
  write(message, request);
  if (const Status sent = fetcher_.send(message.bytes()); !sent) {
    return std::unexpected(sent.error().during(kFetcher));
  }
  while (true) {
    const auto received = next(body);
    if (!received) return std::unexpected(received.error());
    Reader reader(received->message, kFetcher);
    if (reader.message() != Message::Piece) return read_answer(reader);
    const bool wanted = body.outcome().has_value();
    const std::uint64_t offset = reader.number();
    const ByteView piece = reader.rest();
    if (const Status whole = reader.finish(); !whole) return std::unexpected(whole.error());
    if (!body.take(offset, piece) && wanted) {
      (void)fetcher_.send(Writer(Message::Stop).bytes());  // its end shows at the next message
    }
  }
}

Result<RemoteTransport::Answer> RemoteTransport::read_answer(Reader& reader) {
  Answer answer{fail(ErrorKind::Internal, ""), {}};
  if (reader.message() == Message::Answered) {
    answer.response = read_response(reader);
  } else {
    answer.response = std::unexpected(read_error(reader));
  }
  answer.tally = read_tally(reader);
  if (const Status whole = reader.finish(); !whole) return std::unexpected(whole.error());
  return answer;
}

}  // namespace interlude::sandbox
