#pragma once
// A repository on a simulated disk, and devices that follow it over a simulated network.

#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <string>

#include "sys/sim/clock.hpp"
#include "sys/sim/file_system.hpp"
#include "sys/sim/transport.hpp"
#include "tuf/client.hpp"
#include "tuf/test_key_ring.hpp"

namespace interlude::tuf {

inline const Path kRepositoryFolder = "/repo";
inline const Path kDeviceFolder = "/metadata";
inline const std::string kPlatformList = "debian-12-x86_64-12.11";

inline NewTarget new_target(const std::string& path, std::string_view content) {
  return {path, to_bytes(content), content.size(), crypto::sha256(as_bytes(content)),
          json::Value{{"published_at", "2026-11-24T00:00:00Z"}}};
}

inline std::string path_of(std::string_view letter) {
  return "local/debian-12-x86_64/12.11/" + std::string(letter) + "/";
}

inline ListUpdate letter(std::string_view name) {
  return {kPlatformList,
          "local/debian-12-x86_64/12.11/*/*",
          json::Value{{"rollout", "none"}},
          {new_target(path_of(name) + "x.payload", "payload of " + std::string(name)),
           new_target(path_of(name) + "manifest.json.zst", "manifest of " + std::string(name))}};
}

/// A device's disk and its way to the repository.
struct Follower {
  sys::sim::FileSystem disk;

  /// Provisions it with the repository's first root.
  explicit Follower(sys::sim::FileSystem& repository) {
    const Bytes root =
        *repository.read(kRepositoryFolder + "/public/metadata/1.root.json", 100'000);
    EXPECT_TRUE(Client::initialise(disk, kDeviceFolder, root));
  }

  /// Updates, and fetches every file of the list `kPlatformList`: how many there are.
  Result<std::size_t> follow(sys::sim::FileSystem& repository, sys::Clock& clock) {
    sys::sim::Transport transport;
    transport.mount("http://mirror/", repository, kRepositoryFolder + "/public");
    Client client(disk, transport, clock, kDeviceFolder, mirrors_at({"http://mirror"}));
    Status done = client.refresh();
    if (!done) return std::unexpected(done.error());
    const Result<TargetsRole> list = client.delegated(kPlatformList);
    if (!list) return std::unexpected(list.error());
    for (const auto& [path, entry] : list->targets) {
      done = client.download(entry, "/file", nullptr);
      if (!done) return std::unexpected(done.error().during(path));
    }
    return list->targets.size();
  }
};

/// Copies have the same keys and a disk of their own.
struct World {
  std::shared_ptr<TestKeyRing> ring = std::make_shared<TestKeyRing>();
  Founding founding = ring->found();
  sys::sim::FileSystem disk;
  sys::sim::Clock clock{sys::Time(std::chrono::seconds(1'800'000'000))};

  World() { EXPECT_TRUE(sys::make_directories(disk, kRepositoryFolder, 0755)); }

  Repository repository() { return {disk, clock, *ring, kRepositoryFolder, Lifetimes()}; }
  /// Announced, or the test says why not.
  void announced(const Result<Outcome>& outcome) {
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_TRUE(outcome->announced);
  }
  void create() { announced(repository().create(founding)); }
  void publish(std::string_view name) {
    const ListUpdate update = letter(name);
    announced(repository().publish({&update, 1}));
  }
};

}  // namespace interlude::tuf
