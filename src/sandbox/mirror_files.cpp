#include "sandbox/mirror_files.hpp"

#include <fcntl.h>

#include "sandbox/messages.hpp"
#include "sys/file_transport.hpp"
#include "sys/path_error.hpp"
#include "sys/posix/open_file.hpp"

namespace interlude::sandbox {

using sys::posix::UniqueFd;

std::vector<Path> mirror_folders(const device::Config& config) {
  std::vector<Path> folders;
  for (const std::string& url : config.urls) {
    if (const auto path = sys::path_of(url); path) folders.push_back(*path);
  }
  return folders;
}

Result<UniqueFd> open_for_verifier(const std::vector<Path>& folders, const Path& file) {
  for (const Path& folder : folders) {
    const Path above = folder.ends_with('/') ? folder : folder + "/";
    if (!file.starts_with(above)) continue;
    const UniqueFd directory(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory) return std::unexpected(sys::path_error("opening", folder));
    auto opened = sys::posix::open_regular_beneath(directory.get(), file.substr(above.size()));
    if (!opened) return std::unexpected(opened.error().during(folder));
    return std::move(opened->fd);
  }
  return fail(ErrorKind::Denied, file + " does not lie in a mirror's folder");
}

Result<std::unique_ptr<sys::ReadFile>> open_through(Channel& worker, const Path& file) {
  if (const Status sent = worker.send(Writer(Message::Open).text(file).bytes()); !sent) {
    return std::unexpected(sent.error());
  }
  auto received = worker.receive(std::chrono::milliseconds(-1));
  if (!received) return std::unexpected(received.error());
  if (!*received) return fail(ErrorKind::Unavailable, "no answer");
  Reader reader((*received)->message, "the worker");
  if (reader.message() != Message::Done) return std::unexpected(read_error(reader));
  sys::posix::OpenFile opened{std::move((*received)->file), {}};
  if (!opened.fd || ::fstat(opened.fd.get(), &opened.status) != 0) {
    return std::unexpected(sys::path_error("looking at", file));
  }
  return sys::posix::make_read_file(std::move(opened), file);
}

}  // namespace interlude::sandbox
