#include "sys/curl/transport.hpp"

#include <array>
#include <string_view>

#include "sys/curl/addresses.hpp"
#include "sys/curl/content_range.hpp"
#include "sys/curl/library.hpp"
#include "sys/posix/file_system.hpp"

namespace interlude::sys::curl {
namespace {

constexpr long kConnectSeconds = 15;
constexpr long kSlowBytesPerSecond = 1024;
constexpr int kMostRedirects = 5;
constexpr long kBufferBytes = 128 * 1024;
/// What we read of a page that explains an error, to keep the connection.
constexpr std::uint64_t kLongestErrorPage = 64 * 1024;

constexpr std::uint64_t kLargestCaFile = 16 * 1024 * 1024;

constexpr long kOk = 200;
constexpr long kPartialContent = 206;
constexpr long kNotModified = 304;
constexpr long kRangeNotSatisfiable = 416;

constexpr std::string_view kHttps = "https://";

long status_of(CURL* easy) {
  long code = 0;
  library().easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
  return code;
}

/// A header of the last answer; empty where it has none.
std::string header(CURL* easy, const char* name) {
  curl_header* found = nullptr;
  if (library().easy_header(easy, name, 0, CURLH_HEADER, -1, &found) != CURLHE_OK) return {};
  return found->value;
}

Result<std::uint64_t> start_of_body(CURL* easy, const Request& request, long status) {
  const bool ranged = status == kPartialContent || status == kRangeNotSatisfiable;
  if (!ranged) return 0;
  const std::string range = header(easy, "Content-Range");
  if (const auto start = start_of_content(range); start) return *start;
  if (status == kRangeNotSatisfiable && range.empty()) return request.offset;
  return fail(ErrorKind::Unavailable,
              request.url + ": the server's Content-Range is not understood: \"" + range + '"');
}

ErrorKind kind_of(CURLcode code, bool redirected) {
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      // What a server redirects to is its fault, and may be mended there.
      return redirected ? ErrorKind::Unavailable : ErrorKind::Invalid;
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

/// Texts for libcurl.
using List = std::unique_ptr<curl_slist, void (*)(curl_slist*)>;

List no_lines() {
  return {nullptr, library().slist_free_all};
}

void append_line(List& list, const std::string& line) {
  list.reset(library().slist_append(list.release(), line.c_str()));
}

/// The certificates to trust; empty where the file cannot be read.
std::string read_certificates(const std::string& ca_file) {
  if (!library().status) return "";
  const curl_version_info_data* const version = library().version_info(CURLVERSION_NOW);
  const char* const system = version->cainfo != nullptr ? version->cainfo : "";
  const auto file = posix::FileSystem().read(ca_file.empty() ? system : ca_file, kLargestCaFile);
  return file ? to_text(*file) : "";
}

}  // namespace

/// What the callbacks of one request share.
struct Transport::Transfer {
  CURL* easy = nullptr;
  const Request* request = nullptr;
  const BodySink* sink = nullptr;
  const Options* options = nullptr;
  const Addresses* addresses = nullptr;
  bool redirected = false;
  std::uint64_t received = 0;          ///< headers and body
  std::uint64_t body = 0;              ///< body alone, of the last answer
  std::optional<std::uint64_t> start;  ///< where the body starts; unknown until its first piece
  Status refused;                      ///< why a callback ended the transfer

  Status take(ByteView piece) {
    const long status = status_of(easy);
    const bool is_error_page = status >= 300;
    const std::uint64_t limit = is_error_page ? kLongestErrorPage : request->limit_bytes;
    if (piece.size() > limit - body) {
      const ErrorKind kind = is_error_page ? ErrorKind::Unavailable : ErrorKind::NoSpace;
      return fail(kind,
                  request->url + ": longer than the expected " + std::to_string(limit) + " bytes");
    }
    body += piece.size();
    if (is_error_page) return {};
    if (!start) {
      const Result<std::uint64_t> found = start_of_body(easy, *request, status);
      if (!found) return std::unexpected(found.error());
      start = *found;
    }
    return (*sink)(*start + body - piece.size(), piece);
  }

  static std::size_t on_body(char* data, std::size_t, std::size_t count, void* user) {
    Transfer& self = *static_cast<Transfer*>(user);
    self.received += count;
    self.refused = self.take(as_bytes({data, count}));
    return self.refused ? count : 0;
  }

  static std::size_t on_header(char*, std::size_t, std::size_t count, void* user) {
    static_cast<Transfer*>(user)->received += count;
    return count;
  }

  static int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    const Transfer& self = *static_cast<Transfer*>(user);
    return self.options->aborted && self.options->aborted() ? 1 : 0;
  }

  static curl_socket_t on_open(void* user, curlsocktype, curl_sockaddr* address) {
    Transfer& self = *static_cast<Transfer*>(user);
    const auto endpoint = self.addresses->owner_of(address->addr);
    Result<posix::UniqueFd> connected =
        endpoint ? self.options->dialer->dial(*endpoint)
                 : Result<posix::UniqueFd>(fail(ErrorKind::Denied, "an unknown address"));
    if (connected) return connected->release();
    self.refused = std::unexpected(connected.error().during(self.request->url));
    return CURL_SOCKET_BAD;
  }

  /// libcurl 7.88 calls connect() all the same: where no call of that name is let through, it must
  /// seem to be under way (EINPROGRESS).
  static int on_opened(void*, curl_socket_t, curlsocktype) {
    return CURL_SOCKOPT_ALREADY_CONNECTED;
  }
};

struct Transport::Handle {
  CURL* easy = library().status ? library().easy_init() : nullptr;
  std::array<char, CURL_ERROR_SIZE> message{};
  std::string certificates;
  std::vector<Endpoint> proxies;
  Addresses addresses;
  List resolutions = no_lines();

  explicit Handle(const Options& options)
      : certificates(read_certificates(options.ca_file)), proxies(posix::proxies(options.proxy)) {
    for (const Endpoint& proxy : proxies) addresses.add(proxy);
  }
  ~Handle() {
    if (easy != nullptr) library().easy_cleanup(easy);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  template <class Value>
  void set(CURLoption option, Value value) {
    library().easy_setopt(easy, option, value);
  }

  /// What holds for every transfer. Connections survive a reset.
  void prepare(const Options& options) {
    library().easy_reset(easy);
    set(CURLOPT_ERRORBUFFER, message.data());
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
    set(CURLOPT_LOW_SPEED_LIMIT, kSlowBytesPerSecond);
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.slow.count()));
    set(CURLOPT_BUFFERSIZE, kBufferBytes);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_USERAGENT, options.user_agent.c_str());
    if (!options.proxy.empty()) set(CURLOPT_PROXY, options.proxy.c_str());
    curl_blob blob{certificates.data(), certificates.size(), CURL_BLOB_NOCOPY};
    for (const CURLoption option : {CURLOPT_CAINFO_BLOB, CURLOPT_PROXY_CAINFO_BLOB}) {
      set(option, &blob);
    }
    // Only the certificates above count.
    for (const CURLoption option : {CURLOPT_CAPATH, CURLOPT_PROXY_CAPATH}) {
      set(option, static_cast<const char*>(nullptr));
    }
    set(CURLOPT_WRITEFUNCTION, Transfer::on_body);
    set(CURLOPT_HEADERFUNCTION, Transfer::on_header);
    set(CURLOPT_XFERINFOFUNCTION, Transfer::on_progress);
  }

  void ask_for(const Request& request, const std::string& url, const List& headers) {
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_HTTPHEADER, headers.get());
    if (request.offset > 0) {
      // Not CURLOPT_RESUME_FROM: that makes an error of a server that sends the whole instead.
      set(CURLOPT_RANGE, (std::to_string(request.offset) + "-").c_str());
    }
  }

  /// Somebody else resolves and connects.
  void dial(Transfer& transfer) {
    resolutions.reset();
    for (const std::string& line : addresses.resolutions()) append_line(resolutions, line);
    set(CURLOPT_RESOLVE, resolutions.get());
    set(CURLOPT_OPENSOCKETFUNCTION, Transfer::on_open);
    set(CURLOPT_OPENSOCKETDATA, &transfer);
    set(CURLOPT_SOCKOPTFUNCTION, Transfer::on_opened);
    // libcurl 7.88 looks at a socket that is connected already only when it would try the address
    // after it: 200 ms later, where nobody says otherwise. There is no such address here.
    set(CURLOPT_HAPPY_EYEBALLS_TIMEOUT_MS, 1L);
  }

  void connect_callbacks(Transfer& transfer) {
    set(CURLOPT_WRITEDATA, &transfer);
    set(CURLOPT_HEADERDATA, &transfer);
    set(CURLOPT_XFERINFODATA, &transfer);
  }
};

Transport::Transport(Options options)
    : options_(std::move(options)), handle_(std::make_unique<Handle>(options_)) {
  if (options_.user_agent.empty()) options_.user_agent = "interlude/" INTERLUDE_VERSION;
}

Transport::~Transport() = default;

Result<Response> Transport::get(const Request& request, const BodySink& sink) {
  retry_after_.reset();
  if (!library().status) return std::unexpected(library().status.error());
  if (handle_->easy == nullptr) return fail(ErrorKind::Internal, "libcurl could not be started");
  Transfer transfer;
  transfer.easy = handle_->easy;
  transfer.request = &request;
  transfer.sink = &sink;
  transfer.options = &options_;
  transfer.addresses = &handle_->addresses;
  std::string url = request.url;
  for (int redirects = 0; redirects <= kMostRedirects; ++redirects) {
    Result<std::string> next = perform(transfer, url);
    if (!next) return std::unexpected(next.error());
    if (next->empty()) return answer(transfer);
    if (url.starts_with(kHttps) && !next->starts_with(kHttps)) {
      return fail(ErrorKind::Unavailable, request.url + ": redirects from https to " + *next);
    }
    url = std::move(*next);
    transfer.redirected = true;
  }
  return fail(ErrorKind::Unavailable,
              request.url + ": more than " + std::to_string(kMostRedirects) + " redirects");
}

Result<std::string> Transport::perform(Transfer& transfer, const std::string& url) {
  const Request& request = *transfer.request;
  const Result<Endpoint> endpoint = endpoint_of(url);
  Status allowed = endpoint ? Status() : Status(std::unexpected(endpoint.error()));
  if (allowed && options_.dialer) allowed = options_.dialer->check(*endpoint);
  if (!allowed && transfer.redirected) {
    return fail(ErrorKind::Unavailable,
                request.url + ": redirects to where it must not: " + allowed.error().message());
  }
  if (!allowed) return std::unexpected(allowed.error());
  if (url.starts_with(kHttps) && handle_->certificates.empty()) {
    return fail(ErrorKind::Invalid,
                url +
                    ": no certificates to trust were found; install ca-certificates, or name "
                    "a PEM file as source.ca_file");
  }
  handle_->addresses.add(*endpoint);

  List headers = no_lines();
  if (!request.etag.empty()) append_line(headers, "If-None-Match: " + request.etag);
  transfer.body = 0;
  transfer.start.reset();
  const std::uint64_t received_before = transfer.received;
  handle_->prepare(options_);
  handle_->ask_for(request, url, headers);
  handle_->connect_callbacks(transfer);
  if (options_.dialer) handle_->dial(transfer);
  handle_->message[0] = '\0';
  const CURLcode code = library().easy_perform(handle_->easy);
  received_bytes_ += transfer.received - received_before;

  if (!transfer.refused) return std::unexpected(transfer.refused.error());
  if (code != CURLE_OK) {
    const std::string_view said = handle_->message.data();
    return fail(
        kind_of(code, transfer.redirected),
        request.url + ": " + std::string(said.empty() ? library().easy_strerror(code) : said));
  }
  const char* next = nullptr;
  library().easy_getinfo(handle_->easy, CURLINFO_REDIRECT_URL, &next);
  return std::string(next != nullptr ? next : "");
}

Result<Response> Transport::answer(const Transfer& transfer) {
  const Request& request = *transfer.request;
  const long status = status_of(handle_->easy);
  curl_off_t wait = 0;
  library().easy_getinfo(handle_->easy, CURLINFO_RETRY_AFTER, &wait);
  if (wait > 0) retry_after_ = static_cast<std::uint64_t>(wait);

  Response response;
  response.etag = header(handle_->easy, "ETag");
  response.not_modified = status == kNotModified && !request.etag.empty();
  if (response.not_modified) return response;
  const bool has_body = status == kOk || (status == kPartialContent && request.offset > 0) ||
                        (status == kRangeNotSatisfiable && request.offset > 0);
  if (!has_body) return http_error(request.url, status);
  const Result<std::uint64_t> start =
      transfer.start ? *transfer.start : start_of_body(handle_->easy, request, status);
  if (!start) return std::unexpected(start.error());
  response.offset = *start;
  return response;
}

}  // namespace interlude::sys::curl
