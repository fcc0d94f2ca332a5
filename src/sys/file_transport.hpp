#pragma once
// A folder as a mirror: file:// URLs, read through whoever may open files.

#include <functional>
#include <memory>

#include "base/path.hpp"
#include "sys/file_system.hpp"
#include "sys/transport.hpp"

namespace interlude::sys {

inline constexpr std::string_view kFileScheme = "file://";

/// The path that a file:// URL names, percent-encoding undone. Invalid unless it is absolute and
/// free of control bytes.
Result<Path> path_of(std::string_view file_url);
/// A file:// URL of an absolute path.
std::string file_url_of(const Path& path);

class FileTransport final : public Transport {
 public:
  using Open = std::function<Result<std::unique_ptr<ReadFile>>(const Path& file)>;
  explicit FileTransport(Open open) : open_(std::move(open)) {}

  Result<Response> get(const Request& request, const BodySink& sink) override;
  std::uint64_t received_bytes() const override { return received_bytes_; }
  std::optional<std::uint64_t> retry_after_seconds() const override { return std::nullopt; }

 private:
  Open open_;
  std::uint64_t received_bytes_ = 0;
};

}  // namespace interlude::sys
