#include "sys/curl/transport.hpp"

#include <curl/curl.h>

#include <array>
#include <string_view>

#include "sys/curl/content_range.hpp"

namespace interlude::sys::curl {
namespace {

constexpr long kConnectSeconds = 15;
constexpr long kSlowBytesPerSecond = 1024;
constexpr long kSlowSeconds = 30;
constexpr long kMostRedirects = 5;
constexpr long kBufferBytes = 128 * 1024;
/// What we read of a page that explains an error, to keep the connection.
constexpr std::uint64_t kLongestErrorPage = 64 * 1024;

constexpr long kOk = 200;
constexpr long kPartialContent = 206;
constexpr long kNotModified = 304;
constexpr long kRangeNotSatisfiable = 416;

/// What the callbacks of one transfer share.
struct Transfer {
  CURL* easy = nullptr;
  const Request* request = nullptr;
  const BodySink* sink = nullptr;
  const std::function<bool()>* aborted = nullptr;
  std::uint64_t received = 0;          ///< headers and body
  std::uint64_t body = 0;              ///< body alone
  std::optional<std::uint64_t> start;  ///< where the body starts; unknown until its first piece
  Status refused;                      ///< why a callback ended the transfer
};

bool is_file(const Request& request) {
  return request.url.starts_with("file://");
}

long status_of(CURL* easy) {
  long code = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
  return code;
}

/// A header of the last answer; empty where it has none.
std::string header(CURL* easy, const char* name) {
  curl_header* found = nullptr;
  if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &found) != CURLHE_OK) return {};
  return found->value;
}

Result<std::uint64_t> start_of_body(CURL* easy, const Request& request, long status) {
  const bool ranged = status == kPartialContent || status == kRangeNotSatisfiable;
  if (is_file(request)) return request.offset;
  if (!ranged) return 0;
  const std::string range = header(easy, "Content-Range");
  if (const auto start = start_of_content(range); start) return *start;
  if (status == kRangeNotSatisfiable && range.empty()) return request.offset;
  return fail(ErrorKind::Unavailable,
              request.url + ": the server's Content-Range is not understood: \"" + range + '"');
}

Status take_piece(Transfer& transfer, ByteView piece) {
  const Request& request = *transfer.request;
  const long status = status_of(transfer.easy);
  const bool is_error_page = status >= 300;
  const std::uint64_t limit = is_error_page ? kLongestErrorPage : request.limit_bytes;
  if (piece.size() > limit - transfer.body) {
    const ErrorKind kind = is_error_page ? ErrorKind::Unavailable : ErrorKind::NoSpace;
    return fail(kind,
                request.url + ": longer than the expected " + std::to_string(limit) + " bytes");
  }
  transfer.body += piece.size();
  if (is_error_page) return {};
  if (!transfer.start) {
    const Result<std::uint64_t> start = start_of_body(transfer.easy, request, status);
    if (!start) return std::unexpected(start.error());
    transfer.start = *start;
  }
  return (*transfer.sink)(*transfer.start + transfer.body - piece.size(), piece);
}

std::size_t on_body(char* data, std::size_t, std::size_t count, void* user) {
  Transfer& transfer = *static_cast<Transfer*>(user);
  transfer.received += count;
  transfer.refused = take_piece(transfer, as_bytes({data, count}));
  return transfer.refused ? count : 0;
}

std::size_t on_header(char*, std::size_t, std::size_t count, void* user) {
  Transfer& transfer = *static_cast<Transfer*>(user);
  // libcurl makes headers up for files.
  if (!is_file(*transfer.request)) transfer.received += count;
  return count;
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const Transfer& transfer = *static_cast<Transfer*>(user);
  return *transfer.aborted && (*transfer.aborted)() ? 1 : 0;
}

ErrorKind kind_of(CURLcode code, CURL* easy) {
  long redirects = 0;
  curl_easy_getinfo(easy, CURLINFO_REDIRECT_COUNT, &redirects);
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      // What a server redirects to is its fault, and may be mended there.
      return redirects > 0 ? ErrorKind::Unavailable : ErrorKind::Invalid;
    case CURLE_SSL_CACERT_BADFILE:
      return ErrorKind::Invalid;
    case CURLE_FILE_COULDNT_READ_FILE:
    case CURLE_READ_ERROR:
      return ErrorKind::NotFound;
    case CURLE_ABORTED_BY_CALLBACK:
      return ErrorKind::Cancelled;
    default:
      return ErrorKind::Unavailable;
  }
}

std::unexpected<Error> http_error(const std::string& url, long status) {
  const bool is_absent = status == 403 || status == 404 || status == 410;
  return fail(is_absent ? ErrorKind::NotFound : ErrorKind::Unavailable,
              url + ": the server answered " + std::to_string(status));
}

/// Frees a list of request headers.
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

Status check_url(const std::string& url) {
  for (const std::string_view scheme : {"http://", "https://", "file://"}) {
    if (url.starts_with(scheme)) return {};
  }
  return fail(ErrorKind::Invalid,
              "\"" + url + "\" is not a URL that starts with http://, https:// or file://");
}

}  // namespace

struct Transport::Handle {
  CURL* easy = curl_easy_init();
  std::array<char, CURL_ERROR_SIZE> message{};

  Handle() = default;
  ~Handle() { curl_easy_cleanup(easy); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  template <class Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(easy, option, value);
  }

  /// What holds for every transfer. Connections survive a reset.
  void prepare(const Options& options) {
    curl_easy_reset(easy);
    set(CURLOPT_ERRORBUFFER, message.data());
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
    set(CURLOPT_LOW_SPEED_LIMIT, kSlowBytesPerSecond);
    set(CURLOPT_LOW_SPEED_TIME, kSlowSeconds);
    set(CURLOPT_BUFFERSIZE, kBufferBytes);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_FOLLOWLOCATION, 1L);
    set(CURLOPT_MAXREDIRS, kMostRedirects);
    set(CURLOPT_PROTOCOLS_STR, "http,https,file");
    set(CURLOPT_USERAGENT, options.user_agent.c_str());
    if (!options.proxy.empty()) set(CURLOPT_PROXY, options.proxy.c_str());
    if (!options.ca_file.empty()) set(CURLOPT_CAINFO, options.ca_file.c_str());
    set(CURLOPT_WRITEFUNCTION, on_body);
    set(CURLOPT_HEADERFUNCTION, on_header);
    set(CURLOPT_XFERINFOFUNCTION, on_progress);
  }

  void ask_for(const Request& request, curl_slist* headers) {
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_REDIR_PROTOCOLS_STR, request.url.starts_with("http://") ? "http,https" : "https");
    set(CURLOPT_HTTPHEADER, headers);
    if (request.offset > 0) {
      // Not CURLOPT_RESUME_FROM: that makes an error of a server that sends the whole instead.
      set(CURLOPT_RANGE, (std::to_string(request.offset) + "-").c_str());
    }
  }

  void connect_callbacks(Transfer& transfer) {
    set(CURLOPT_WRITEDATA, &transfer);
    set(CURLOPT_HEADERDATA, &transfer);
    set(CURLOPT_XFERINFODATA, &transfer);
  }
};

Transport::Transport(Options options)
    : options_(std::move(options)), handle_(std::make_unique<Handle>()) {
  if (options_.user_agent.empty()) options_.user_agent = "interlude/" INTERLUDE_VERSION;
}

Transport::~Transport() = default;

Result<Response> Transport::get(const Request& request, const BodySink& sink) {
  retry_after_.reset();
  if (const Status good = check_url(request.url); !good) return std::unexpected(good.error());
  if (handle_->easy == nullptr) return fail(ErrorKind::Internal, "libcurl could not be started");

  HeaderList headers;
  if (!request.etag.empty()) {
    headers.reset(curl_slist_append(nullptr, ("If-None-Match: " + request.etag).c_str()));
  }
  Transfer transfer;
  transfer.easy = handle_->easy;
  transfer.request = &request;
  transfer.sink = &sink;
  transfer.aborted = &options_.aborted;
  handle_->prepare(options_);
  handle_->ask_for(request, headers.get());
  handle_->connect_callbacks(transfer);
  handle_->message[0] = '\0';
  const CURLcode code = curl_easy_perform(handle_->easy);
  received_bytes_ += transfer.received;

  if (!transfer.refused) return std::unexpected(transfer.refused.error());
  const bool beyond_end = is_file(request) && code == CURLE_BAD_DOWNLOAD_RESUME;
  if (code != CURLE_OK && !beyond_end) {
    const std::string_view said = handle_->message.data();
    return fail(kind_of(code, handle_->easy),
                request.url + ": " + std::string(said.empty() ? curl_easy_strerror(code) : said));
  }
  const long status = status_of(handle_->easy);
  curl_off_t wait = 0;
  curl_easy_getinfo(handle_->easy, CURLINFO_RETRY_AFTER, &wait);
  if (wait > 0) retry_after_ = static_cast<std::uint64_t>(wait);

  Response response;
  response.etag = header(handle_->easy, "ETag");
  response.not_modified = status == kNotModified && !request.etag.empty();
  if (response.not_modified) return response;
  const bool has_body = status == 0 || status == kOk ||
                        (status == kPartialContent && request.offset > 0) ||
                        (status == kRangeNotSatisfiable && request.offset > 0);
  if (!has_body) return http_error(request.url, status);
  const Result<std::uint64_t> start =
      transfer.start ? *transfer.start : start_of_body(handle_->easy, request, status);
  if (!start) return std::unexpected(start.error());
  response.offset = *start;
  return response;
}

}  // namespace interlude::sys::curl
