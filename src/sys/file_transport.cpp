#include "sys/file_transport.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/hex.hpp"

namespace interlude::sys {
namespace {

constexpr std::size_t kPiece = 64 * 1024;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("/-._~").find(c) != std::string_view::npos;
}

char lower(char c) {
  return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

Result<Path> path_of(std::string_view file_url) {
  const auto invalid = [&] {
    return fail(ErrorKind::Invalid,
                "\"" + std::string(file_url) + "\" is not a URL of the form file:///FOLDER/…");
  };
  if (!file_url.starts_with(kFileScheme)) return invalid();
  const std::string_view encoded = file_url.substr(kFileScheme.size());
  Path path;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    char c = encoded[i];
    if (c == '%') {
      if (i + 2 >= encoded.size()) return invalid();
      const auto byte = from_hex(std::string{lower(encoded[i + 1]), lower(encoded[i + 2])});
      if (!byte) return invalid();
      c = static_cast<char>(byte->front());
      i += 2;
    }
    if (static_cast<unsigned char>(c) < 0x20) return invalid();
    path.push_back(c);
  }
  if (!path.starts_with('/')) return invalid();
  return path;
}

std::string file_url_of(const Path& path) {
  std::string url(kFileScheme);
  for (const char c : path) {
    if (is_plain(c)) {
      url.push_back(c);
    } else {
      const auto byte = static_cast<std::uint8_t>(c);
      url += "%" + to_hex({&byte, 1});
    }
  }
  return url;
}

Result<Response> FileTransport::get(const Request& request, const BodySink& sink) {
  const Result<Path> path = path_of(request.url);
  if (!path) return std::unexpected(path.error());
  const auto file = open_(*path);
  if (!file) return std::unexpected(file.error().during(request.url));
  Response response;
  response.offset = std::min(request.offset, (*file)->size());
  std::vector<std::uint8_t> buffer(kPiece);
  for (std::uint64_t done = 0;;) {
    const auto got = (*file)->read_at(response.offset + done, buffer);
    if (!got) return std::unexpected(got.error());
    if (*got == 0) return response;
    if (*got > request.limit_bytes - done) {
      return fail(ErrorKind::NoSpace, request.url + ": longer than the expected " +
                                          std::to_string(request.limit_bytes) + " bytes");
    }
    const Status taken = sink(response.offset + done, ByteView(buffer).first(*got));
    if (!taken) return std::unexpected(taken.error());
    done += *got;
    received_bytes_ += *got;
  }
}

}  // namespace interlude::sys
