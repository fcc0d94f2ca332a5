#pragma once
// A publisher's repository on a simulated disk, and improvements to publish in it.

#include <gmock/gmock.h>

#include <memory>
#include <optional>
#include <string>

#include "repository/publication.hpp"
#include "repository/settings.hpp"
#include "sys/sim/clock.hpp"
#include "sys/sim/file_system.hpp"

namespace interlude::repository {

inline const Path kDirectory = "/repo";
inline const sys::Time kStart = sys::Time(std::chrono::seconds(1'800'000'000));
inline const std::string kRole = "debian-12-x86_64-12.11";

/// Nothing here starts a program.
class NoPrograms final : public sys::ProcessRunner {
 public:
  Result<sys::Finished> run(const std::vector<std::string>& arguments,
                            const std::string&) override {
    return fail(ErrorKind::NotFound, arguments.front());
  }
  Result<sys::Finished> filter(const std::vector<std::string>& arguments, ByteView,
                               std::uint64_t) override {
    return fail(ErrorKind::NotFound, arguments.front());
  }
};

class RepositoryTest : public testing::Test {
 protected:
  RepositoryTest() {
    EXPECT_TRUE(found(kDirectory, {"local", kStart, {}}));
    open();
  }

  /// Anew, with the keys that are there now.
  void open() {
    ring = std::move(*KeyFolder::read(disk, programs, crypto::nobody_to_ask, kDirectory));
    repository.emplace(disk, clock, *ring, kDirectory, tuf::Lifetimes());
  }

  Result<tuf::Outcome> found(const Path& directory, const Settings& settings,
                             const Keys& keys = {}) {
    return initialise(disk, clock, programs, crypto::nobody_to_ask, directory, settings, keys);
  }

  /// Writes an improvement with one component and one payload, as the builder would.
  void build(const Path& directory, const std::string& id, const std::string& content = "fixed") {
    EXPECT_TRUE(sys::make_directories(disk, directory, 0755));
    const Bytes payload = to_bytes("payload with " + content);
    improvement::Entry before;
    before.size = 3;
    before.digest = crypto::sha256(as_bytes("old"));
    improvement::Entry after;
    after.size = content.size();
    after.digest = crypto::sha256(as_bytes(content));
    improvement::Component component;
    component.name = "openssl";
    component.files = {{"usr/lib/libssl.so.3", before, after}};
    component.payloads = {{improvement::Payload::From::Full, "", "openssl.full.payload",
                           payload.size(), crypto::sha256(payload)}};
    improvement::Manifest manifest{*improvement::Id::parse(id), "r1", {}, {component}, {}};
    EXPECT_TRUE(disk.write(directory + "/openssl.full.payload", payload, 0644));
    EXPECT_TRUE(disk.write(directory + "/manifest.json",
                           to_bytes(improvement::serialize(manifest) + "\n"), 0644));
  }

  Result<Publication> planned(const Path& directory, std::optional<RolloutRule> rule = {}) {
    const Result<std::vector<Built>> builds = read_build(disk, directory);
    if (!builds) return std::unexpected(builds.error());
    const Result<tuf::Contents> contents = repository->contents();
    if (!contents) return std::unexpected(contents.error());
    return plan(*contents, "local", *builds, {rule, {}, false, {}}, clock.now());
  }

  /// Plans and publishes.
  Result<Publication> publish(const Path& directory, std::optional<RolloutRule> rule = {}) {
    Result<Publication> publication = planned(directory, rule);
    if (!publication || publication->updates.empty()) return publication;
    const Result<tuf::Outcome> done = repository->publish(publication->updates);
    if (!done) return std::unexpected(done.error());
    return publication;
  }

  tuf::Targets list(const std::string& role) { return *repository->contents()->lists.at(role); }

  sys::sim::FileSystem disk;
  sys::sim::Clock clock{kStart};
  NoPrograms programs;
  std::unique_ptr<KeyFolder> ring;
  std::optional<tuf::Repository> repository;
};

}  // namespace interlude::repository
