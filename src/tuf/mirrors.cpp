#include "tuf/mirrors.hpp"

#include <fmt/format.h>

#include <optional>

namespace interlude::tuf {
namespace {

// How much an error of one mirror tells; 0: it is not the mirror's, no other can mend it.
int weight_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Untrusted:
      return 5;
    case ErrorKind::Corrupt:
      return 4;
    case ErrorKind::NotFound:
      return 3;
    case ErrorKind::Unavailable:
      return 2;
    case ErrorKind::Invalid:
      return 1;
    case ErrorKind::Internal:
    case ErrorKind::NoSpace:
    case ErrorKind::Denied:
    case ErrorKind::Conflict:
    case ErrorKind::Cancelled:
      return 0;
  }
  return 0;
}

}  // namespace

std::vector<Mirror> mirrors_at(const std::vector<std::string>& urls) {
  std::vector<Mirror> all;
  for (const std::string& url : urls) all.push_back({join(url, "metadata"), join(url, "targets")});
  return all;
}

Error transfer_error(const Error& error, const std::string& file, std::uint64_t limit_bytes) {
  switch (error.kind()) {
    case ErrorKind::NoSpace:
      return {ErrorKind::Corrupt,
              fmt::format("{}: is longer than the {} bytes it may have", file, limit_bytes)};
    case ErrorKind::NotFound:
    case ErrorKind::Invalid:
    case ErrorKind::Cancelled:
      return error;
    default:
      return {ErrorKind::Unavailable, error.message()};
  }
}

Status Mirrors::try_each(const std::function<Status(const Mirror& mirror)>& attempt) {
  if (all_.empty()) return fail(ErrorKind::Invalid, "no repository URL is configured");
  std::optional<Error> telling;
  const std::size_t first = preferred_;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    // The preferred one, then the others in their order.
    const std::size_t index = i == 0 ? first : (i <= first ? i - 1 : i);
    const Mirror& mirror = all_[index];
    const Status done = attempt(mirror);
    if (done) {
      preferred_ = index;
      return {};
    }
    if (weight_of(done.error().kind()) == 0) return done;
    // What the transport reports names the URL already.
    const std::string& said = done.error().message();
    const bool named = said.find(mirror.metadata) != std::string::npos ||
                       said.find(mirror.targets) != std::string::npos;
    const Error error = named ? done.error() : done.error().during(mirror.metadata);
    if (!telling || weight_of(error.kind()) > weight_of(telling->kind())) telling = error;
  }
  return std::unexpected(*telling);
}

Result<Fetched> Mirrors::metadata(const Mirror& mirror, const std::string& file,
                                  std::uint64_t limit_bytes, const std::string& etag) const {
  Fetched fetched;
  const auto keep = [&](std::uint64_t, ByteView piece) -> Status {
    // check: metadata-limit
    if (piece.size() > limit_bytes - fetched.raw.size()) {
      return fail(ErrorKind::NoSpace, "too long");
    }
    append(fetched.raw, piece);
    return {};
  };
  const sys::Request request{join(mirror.metadata, file), limit_bytes, 0, etag};
  const Result<sys::Response> response = transport_->get(request, keep);
  if (!response) return std::unexpected(transfer_error(response.error(), file, limit_bytes));
  fetched.etag = response->etag;
  fetched.not_modified = response->not_modified;
  return fetched;
}

}  // namespace interlude::tuf
