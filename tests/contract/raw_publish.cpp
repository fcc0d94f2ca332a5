// A publisher whose keys are in the wrong hands: signs whatever manifest and payloads lie in a
// folder, without reading them, as one improvement for debian-12-x86_64 12.11.
//
//   raw_publish REPOSITORY DIRECTORY [LETTER]

#include <fmt/format.h>

#include <cstdio>

#include "crypto/digest.hpp"
#include "improvement/letter.hpp"
#include "repository/publication.hpp"
#include "repository/settings.hpp"
#include "sys/posix/clock.hpp"
#include "sys/posix/file_system.hpp"
#include "sys/posix/process.hpp"

namespace {

using namespace interlude;

constexpr std::uint64_t kLargestFile = 64ULL << 20U;

tuf::NewTarget target(const Path& path, Bytes content, json::Value custom) {
  const std::uint64_t length = content.size();
  const crypto::Sha256 digest = crypto::sha256(content);
  return {path, std::move(content), length, digest, std::move(custom)};
}

Status publish(const Path& repository, const Path& directory, const std::string& letter) {
  sys::posix::FileSystem disk;
  sys::posix::Clock clock;
  const std::string baseline = "local/debian-12-x86_64/12.11/";
  tuf::ListUpdate update;
  update.role = improvement::role_name("debian-12-x86_64", "12.11");
  update.pattern = baseline + "*/*";
  update.extra = {{"rollout", "none"}};

  const Result<std::vector<std::string>> names = disk.list(directory);
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    const Result<Bytes> content = disk.read(join(directory, name), kLargestFile);
    if (!content) return std::unexpected(content.error());
    const Path path = baseline + letter + "/" + name;
    if (name == "manifest.json") {
      update.targets.push_back(target(path + ".zst", repository::pack_manifest(*content),
                                      {{"published_at", sys::to_text(clock.now())}}));
    } else {
      update.targets.push_back(target(path, *content, nullptr));
    }
  }
  const Result<repository::Settings> settings = repository::read_settings(disk, repository);
  if (!settings) return std::unexpected(settings.error());
  sys::posix::ProcessRunner processes;
  const auto ring = repository::KeyFolder::read(disk, processes, crypto::nobody_to_ask, repository);
  if (!ring) return std::unexpected(ring.error());
  const Result<tuf::Outcome> published =
      tuf::Repository(disk, clock, **ring, repository, settings->lifetimes).publish({&update, 1});
  if (!published) return std::unexpected(published.error());
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const Status done = publish(argv[1], argv[2], argc > 3 ? argv[3] : "a");
  if (done) return 0;
  fmt::print(stderr, "raw_publish: {}\n", done.error().message());
  return 1;
}
