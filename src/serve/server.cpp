#include "serve/server.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <optional>

#include "serve/answer.hpp"

namespace interlude::serve {

/// What every connection uses and outlives none of them.
struct Shared {
  Folder folder;
  AccessLog log;
};

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using beast::error_code;

constexpr std::chrono::seconds kRequestTime{20};
constexpr std::chrono::seconds kPieceTime{30};
constexpr std::chrono::milliseconds kStopInterval{100};
constexpr std::size_t kPieceBytes = 64 * 1024;
constexpr std::uint32_t kLongestHeader = 8 * 1024;
constexpr std::size_t kMostConnections = 1000;

Question question_of(const http::request_parser<http::empty_body>& parser) {
  const auto& request = parser.get();
  const auto text = [&](http::field name) { return std::string(request[name]); };
  Question question;
  question.method = std::string(request.method_string());
  question.target = std::string(request.target());
  question.range = text(http::field::range);
  question.if_range = text(http::field::if_range);
  question.if_none_match = text(http::field::if_none_match);
  question.keep_alive = request.keep_alive() && request.version() >= 11;
  question.has_body = parser.chunked() || parser.content_length().value_or(0) > 0;
  return question;
}

/// True where what came is no request, as opposed to nothing (more) coming.
bool is_malformed(const error_code& error) {
  return error.category() == make_error_code(http::error::bad_method).category() &&
         error != http::error::end_of_stream && error != http::error::partial_message;
}

/// One connection: reads a request, answers, and starts over. Lives as long as an operation of its
/// own is under way; `counted` is destroyed with it.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, Shared& shared, std::shared_ptr<void> counted)
      : stream_(std::move(socket)), shared_(shared), counted_(std::move(counted)) {
    error_code ignored;  // who has gone already has no address
    const tcp::endpoint peer = stream_.socket().remote_endpoint(ignored);
    peer_ = peer.address().to_string();
  }

  void read_request() {
    parser_.emplace();
    parser_->header_limit(kLongestHeader);
    stream_.expires_after(kRequestTime);
    http::async_read_header(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](error_code error, std::size_t) { self->on_request(error); });
  }

 private:
  void on_request(error_code error) {
    if (!error) {
      const Question question = question_of(*parser_);
      begin(answer(shared_.folder, question), question);
    } else if (error == http::error::header_limit || error == http::error::buffer_overflow) {
      begin(refusal(431), {});
    } else if (is_malformed(error)) {
      begin(refusal(400), {});
    }
    // Else nobody is there any more, or was too slow.
  }

  void begin(Answer answer, const Question& question) {
    answer_ = std::move(answer);
    if (shared_.log) {
      shared_.log(fmt::format("{} {} {} {} {}", peer_, question.method, question.target,
                              answer_.status, answer_.head.size() + answer_.body.length));
    }
    if (const std::optional<std::size_t> length = read_piece(); length)
      write(answer_.head, *length);
  }

  /// Reads the next piece of the body into `piece_`; nothing where the file no longer has what the
  /// head promised: then only closing the connection tells the client.
  std::optional<std::size_t> read_piece() {
    const std::size_t length = std::min<std::uint64_t>(kPieceBytes, answer_.body.length);
    if (length == 0) return 0;
    piece_.resize(length);
    const Result<std::size_t> got = answer_.file->read_at(answer_.body.offset, piece_);
    if (!got || *got != length) return std::nullopt;
    answer_.body.offset += length;
    answer_.body.length -= length;
    return length;
  }

  void write(std::string_view head, std::size_t length) {
    const std::array<asio::const_buffer, 2> buffers = {asio::buffer(head),
                                                       asio::buffer(piece_.data(), length)};
    stream_.expires_after(kPieceTime);
    asio::async_write(stream_, buffers, [self = shared_from_this()](error_code error, std::size_t) {
      self->on_written(error);
    });
  }

  void on_written(error_code error) {
    if (error) return;
    if (answer_.body.length > 0) {
      if (const std::optional<std::size_t> length = read_piece(); length) write({}, *length);
    } else if (answer_.keep_alive) {
      answer_.file.reset();
      read_request();
    } else {
      error_code ignored;  // closing anyway
      stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    }
  }

  beast::tcp_stream stream_;
  Shared& shared_;
  std::shared_ptr<void> counted_;
  std::string peer_;
  beast::flat_buffer buffer_{2 * kLongestHeader};
  std::optional<http::request_parser<http::empty_body>> parser_;
  Answer answer_;
  Bytes piece_;
};

Error listen_error(const Listen& where, const error_code& error) {
  const bool taken = error == asio::error::address_in_use;
  const bool denied = error == asio::error::access_denied;
  return {taken ? ErrorKind::Conflict : (denied ? ErrorKind::Denied : ErrorKind::Invalid),
          fmt::format("cannot listen on address {}, port {}: {}", where.address, where.port,
                      error.message())};
}

}  // namespace

struct Server::State {
  // Connections live in the context's queue: what they use comes before it.
  Shared shared;
  std::size_t connections = 0;
  asio::io_context context{1};
  tcp::acceptor acceptor{context};
  asio::steady_timer timer{context};
  std::string url;
  bool accepting = false;

  error_code open(const Listen& where) {
    error_code error;
    const asio::ip::address address = asio::ip::make_address(where.address, error);
    const tcp::endpoint endpoint(address, where.port);
    if (!error) acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
    if (error) return error;
    const std::uint16_t port = acceptor.local_endpoint(error).port();
    const std::string host = address.is_v6() ? "[" + where.address + "]" : where.address;
    url = fmt::format("http://{}:{}", host, port);
    return error;
  }

  void accept() {
    if (accepting || connections >= kMostConnections) return;
    accepting = true;
    acceptor.async_accept([this](error_code error, tcp::socket socket) {
      accepting = false;
      if (error == asio::error::operation_aborted) return;
      if (!error) {
        connect(std::move(socket));
        accept();
      }
      // Else we are out of descriptors or memory: watch() tries again, as it does after a full
      // house.
    });
  }

  void connect(tcp::socket socket) {
    ++connections;
    std::shared_ptr<void> counted(nullptr, [this](void*) { --connections; });
    error_code ignored;  // without it small answers only come later
    socket.set_option(tcp::no_delay(true), ignored);
    std::make_shared<Connection>(std::move(socket), shared, std::move(counted))->read_request();
  }

  void watch(const std::function<bool()>& stopped) {
    if (stopped()) {
      context.stop();
      return;
    }
    accept();
    timer.expires_after(kStopInterval);
    timer.async_wait([this, &stopped](error_code) { watch(stopped); });
  }
};

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() = default;
Server::Server(Server&&) noexcept = default;
Server& Server::operator=(Server&&) noexcept = default;

Result<Server> Server::listen(Folder folder, const Listen& where, AccessLog log) {
  auto state = std::make_unique<State>(Shared{std::move(folder), std::move(log)});
  if (const error_code error = state->open(where); error) {
    return std::unexpected(listen_error(where, error));
  }
  return Server(std::move(state));
}

const std::string& Server::url() const {
  return state_->url;
}

void Server::run(const std::function<bool()>& stopped) {
  state_->watch(stopped);
  state_->context.run();
}

}  // namespace interlude::serve
