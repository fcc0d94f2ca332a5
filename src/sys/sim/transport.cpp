#include "sys/sim/transport.hpp"

#include <algorithm>
#include <limits>
#include <ranges>

namespace interlude::sys::sim {
namespace {

/// What a small answer's headers weigh; counted as received.
constexpr std::uint64_t kHeaderBytes = 150;
constexpr std::size_t kPieceBytes = 16384;
/// "Endless" for everybody who has a limit, and no endless loop for who has none.
constexpr std::uint64_t kEndlessBytes = std::uint64_t{1} << 26U;

std::string etag_of(ByteView body) {
  std::uint64_t hash = 14695981039346656037U;  // FNV-1a: a name for the content, nothing secret
  for (const std::uint8_t byte : body) hash = (hash ^ byte) * 1099511628211U;
  return '"' + std::to_string(hash) + '"';
}

bool is(const std::optional<Fault>& fault, Fault::Kind kind) {
  return fault && fault->kind == kind;
}

}  // namespace

void Transport::put(const std::string& url, Bytes body) {
  bodies_[url] = std::move(body);
}

void Transport::remove(const std::string& url) {
  bodies_.erase(url);
}

void Transport::mount(std::string url_prefix, sys::FileSystem& disk, Path directory) {
  folders_.push_back({std::move(url_prefix), &disk, std::move(directory)});
}

void Transport::fail(std::string part, Fault fault) {
  faults_.emplace_back(std::move(part), fault);
}

Result<Bytes> Transport::resource(const std::string& url) const {
  if (const auto body = bodies_.find(url); body != bodies_.end()) return body->second;
  for (const Folder& folder : folders_) {
    if (!url.starts_with(folder.prefix)) continue;
    const Path file = join(folder.directory, url.substr(folder.prefix.size()));
    const Result<Bytes> body = folder.disk->read(file, std::numeric_limits<std::uint64_t>::max());
    if (body) return body;
  }
  return interlude::fail(ErrorKind::NotFound, url + ": 404 Not Found");
}

std::optional<Fault> Transport::take_fault(const std::string& url) {
  for (auto& [part, fault] : std::views::reverse(faults_)) {
    if (fault.times == 0 || url.find(part) == std::string::npos) continue;
    --fault.times;
    return fault;
  }
  return std::nullopt;
}

Status Transport::refusal(const Fault& fault, const std::string& url) {
  switch (fault.kind) {
    case Fault::Kind::Refuse:
      return interlude::fail(ErrorKind::Unavailable, url + ": connection refused");
    case Fault::Kind::NotFound:
      return interlude::fail(ErrorKind::NotFound, url + ": 404 Not Found");
    case Fault::Kind::ServerError:
      return interlude::fail(ErrorKind::Unavailable, url + ": 500 Internal Server Error");
    case Fault::Kind::Busy:
      retry_after_ = fault.retry_after_seconds;
      return interlude::fail(ErrorKind::Unavailable, url + ": 503 Service Unavailable");
    default:
      return {};
  }
}

Status Transport::deliver(const Request& request, std::uint64_t from, ByteView body,
                          const BodySink& sink) {
  std::uint64_t delivered = 0;
  while (!body.empty()) {
    const ByteView piece = body.first(std::min(kPieceBytes, body.size()));
    if (delivered + piece.size() > request.limit_bytes) {
      return interlude::fail(ErrorKind::NoSpace, request.url + ": longer than the expected " +
                                                     std::to_string(request.limit_bytes) +
                                                     " bytes");
    }
    received_bytes_ += piece.size();
    if (const Status taken = sink(from + delivered, piece); !taken) return taken;
    delivered += piece.size();
    body = body.subspan(piece.size());
  }
  return {};
}

Result<Response> Transport::get(const Request& request, const BodySink& sink) {
  requests_.push_back(request);
  retry_after_.reset();
  const std::optional<Fault> fault = take_fault(request.url);
  if (!is(fault, Fault::Kind::Refuse)) received_bytes_ += kHeaderBytes;
  if (fault) {
    if (const Status refused = refusal(*fault, request.url); !refused) {
      return std::unexpected(refused.error());
    }
  }
  Result<Bytes> body = resource(request.url);
  if (!body) return std::unexpected(body.error());
  Response response;
  response.etag = etag_of(*body);
  if (!request.etag.empty() && request.etag == response.etag) {
    response.not_modified = true;
    return response;
  }
  if (!is(fault, Fault::Kind::IgnoreRange)) {
    response.offset = std::min<std::uint64_t>(request.offset, body->size());
  }
  if (is(fault, Fault::Kind::Garbage)) {
    for (std::uint8_t& byte : *body) byte = static_cast<std::uint8_t>(~byte);
  }
  if (is(fault, Fault::Kind::Endless)) body->resize(body->size() + kEndlessBytes, 'x');
  ByteView rest = ByteView(*body).subspan(response.offset);
  const bool ends_early = is(fault, Fault::Kind::Truncate) || is(fault, Fault::Kind::Slow);
  if (ends_early) rest = rest.first(std::min<std::uint64_t>(fault->after_bytes, rest.size()));
  if (const Status delivered = deliver(request, response.offset, rest, sink); !delivered) {
    return std::unexpected(delivered.error());
  }
  if (ends_early) {
    return interlude::fail(
        ErrorKind::Unavailable,
        request.url + (is(fault, Fault::Kind::Slow) ? ": nothing came for 30 s"
                                                    : ": the connection ended too early"));
  }
  return response;
}

}  // namespace interlude::sys::sim
