#include "serve/answer.hpp"

#include <fmt/format.h>

#include <iterator>

#include "serve/target.hpp"

namespace interlude::serve {
namespace {

std::string_view reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 206:
      return "Partial Content";
    case 304:
      return "Not Modified";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 416:
      return "Range Not Satisfiable";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    default:
      return "Bad Request";
  }
}

/// Writes the head in order: status line, length, what `more` adds, the end.
void write_head(Answer& answer, std::uint64_t length, std::string_view more) {
  auto out = std::back_inserter(answer.head);
  fmt::format_to(out, "HTTP/1.1 {} {}\r\n", answer.status, reason_of(answer.status));
  // RFC 9110, 8.6: with 304 the length would be that of the resource; it is left out.
  if (answer.status != 304) fmt::format_to(out, "Content-Length: {}\r\n", length);
  fmt::format_to(out, "{}{}\r\n", more, answer.keep_alive ? "" : "Connection: close\r\n");
}

Answer without_body(int status, bool keep_alive, std::string_view more = {}) {
  Answer answer;
  answer.status = status;
  answer.keep_alive = keep_alive;
  write_head(answer, 0, more);
  return answer;
}

int status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::NotFound:
    case ErrorKind::Conflict:  // something else is there
      return 404;
    case ErrorKind::Denied:
      return 403;
    default:
      return 500;
  }
}

/// What browsers and feed readers must be told; a device asks for other files and would only pay
/// for the line.
std::string_view content_type_of(const Path& path) {
  if (path.ends_with(".html")) return "Content-Type: text/html; charset=utf-8\r\n";
  if (path.ends_with(".atom")) return "Content-Type: application/atom+xml\r\n";
  return {};
}

/// The range that holds: a Range only counts with GET, and with an If-Range only for that content.
Range range_of(const Question& question, const Resource& resource) {
  const bool counts =
      question.method == "GET" && (question.if_range.empty() || question.if_range == resource.etag);
  return parse_range(counts ? question.range : std::string_view(), resource.file->size());
}

}  // namespace

Answer refusal(int status) {
  return without_body(status, false);
}

Answer answer(Folder& folder, const Question& question) {
  // Nobody reads a body here: where it ends, the next request would begin.
  if (question.has_body) return refusal(400);
  if (question.method != "GET" && question.method != "HEAD") {
    return without_body(405, question.keep_alive, "Allow: GET, HEAD\r\n");
  }
  const Result<Path> path = path_of(question.target);
  if (!path) return without_body(404, question.keep_alive);
  Result<Resource> resource = folder.find(*path);
  if (!resource) return without_body(status_of(resource.error().kind()), question.keep_alive);

  const std::string etag = fmt::format("ETag: {}\r\n", resource->etag);
  if (names_etag(question.if_none_match, resource->etag)) {
    return without_body(304, question.keep_alive, etag);
  }
  const std::uint64_t size = resource->file->size();
  const Range range = range_of(question, *resource);
  if (range.kind == RangeKind::Unsatisfiable) {
    return without_body(416, question.keep_alive,
                        fmt::format("Content-Range: bytes */{}\r\n", size));
  }
  Answer answer;
  answer.keep_alive = question.keep_alive;
  answer.status = range.kind == RangeKind::Part ? 206 : 200;
  std::string more = etag;
  more += content_type_of(*path);
  if (range.kind == RangeKind::Part) {
    more += fmt::format("Content-Range: bytes {}-{}/{}\r\n", range.span.offset,
                        range.span.offset + range.span.length - 1, size);
  }
  write_head(answer, range.span.length, more);
  if (question.method == "GET") {
    answer.file = std::move(resource->file);
    answer.body = range.span;
  }
  return answer;
}

}  // namespace interlude::serve
