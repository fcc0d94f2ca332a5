#include "tuf/repository.hpp"

#include <gmock/gmock.h>

#include "sys/sim/clock.hpp"
#include "sys/sim/file_system.hpp"
#include "sys/sim/transport.hpp"
#include "tuf/client.hpp"

namespace interlude::tuf {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const sys::Time kStart = sys::Time(std::chrono::seconds(1'800'000'000));
const Path kRepository = "/repo";
const Path kMetadata = "/metadata";
constexpr std::string_view kRole = "debian-12-x86_64-12.11";

NewTarget target(const std::string& path, std::string_view content) {
  return {path, to_bytes(content), content.size(), crypto::sha256(as_bytes(content)),
          json::Value{{"published_at", "2026-11-24T00:00:00Z"}}};
}

std::string id(std::string_view letter) {
  return "local/debian-12-x86_64/12.11/" + std::string(letter) + "/";
}

ListUpdate letter(std::string_view name) {
  return {std::string(kRole),
          "local/debian-12-x86_64/12.11/*/*",
          json::Value{{"rollout", "none"}},
          {target(id(name) + "x.payload", "payload of " + std::string(name)),
           target(id(name) + "manifest.json.zst", "manifest of " + std::string(name))}};
}

// A repository on one simulated disk, and devices that follow it over a simulated network.
struct World {
  sys::sim::FileSystem disk;
  sys::sim::FileSystem device;
  sys::sim::Clock clock{kStart};
  sys::sim::Transport transport;
  Repository repository{disk, clock, kRepository, Lifetimes()};

  World() {
    EXPECT_TRUE(sys::make_directories(disk, kRepository, 0755));
    EXPECT_TRUE(repository.create());
    transport.mount("http://mirror/", disk, kRepository + "/public");
  }

  void provision() {
    const Bytes root = *disk.read(*repository.trusted_root(), 100'000);
    ASSERT_TRUE(Client::initialise(device, kMetadata, root));
  }

  Client client() { return {device, transport, clock, kMetadata, mirrors_at({"http://mirror"})}; }
};

TEST(Repository, StartsWithFourRolesAndAnEmptyRolloutList) {
  World world;
  const Result<Contents> contents = world.repository.contents();
  ASSERT_TRUE(contents) << contents.error().message();
  EXPECT_EQ(contents->root->version, 1U);
  EXPECT_TRUE(contents->root->consistent_snapshot);
  ASSERT_EQ(contents->targets->delegations.size(), 1U);
  EXPECT_EQ(contents->targets->delegations[0].name, "rollout");
  EXPECT_THAT(contents->targets->delegations[0].paths, ElementsAre("rollout/*"));
  EXPECT_TRUE(contents->lists.at("rollout")->targets.empty());
}

TEST(Repository, KeepsKeysFromOthers) {
  World world;
  for (const char* key : {"offline/root", "offline/targets", "offline/platforms", "online/snapshot",
                          "online/timestamp", "online/rollout"}) {
    const Path file = kRepository + "/keys/" + key + ".pem";
    EXPECT_EQ(world.disk.info(file)->mode, 0600U) << key;
    EXPECT_EQ(world.disk.info(parent_of(file))->mode, 0700U) << key;
  }
  EXPECT_EQ(world.disk.info(kRepository + "/keys")->mode, 0700U);
}

TEST(Repository, PublishesWhatAClientFindsAndFetches) {
  World world;
  world.provision();
  const ListUpdate update = letter("a");
  const Status published = world.repository.publish(std::span(&update, 1));
  ASSERT_TRUE(published) << published.error().message();

  Client client = world.client();
  const Status refreshed = client.refresh();
  ASSERT_TRUE(refreshed) << refreshed.error().message();
  const Result<TargetsRole> role = client.delegated(std::string(kRole));
  ASSERT_TRUE(role) << role.error().message();
  EXPECT_EQ(role->targets.size(), 2U);
  EXPECT_EQ(role->extra.at("rollout"), "none");
  const Target& manifest = role->targets.at(id("a") + "manifest.json.zst");
  EXPECT_EQ(manifest.custom.at("published_at"), "2026-11-24T00:00:00Z");
  ASSERT_TRUE(client.download(manifest, "/manifest", nullptr));
  EXPECT_EQ(to_text(*world.device.read("/manifest", 100)), "manifest of a");
  EXPECT_TRUE(client.find(id("a") + "x.payload"));
}

TEST(Repository, AddsToAListAndKeepsWhatItSays) {
  World world;
  ListUpdate update = letter("a");
  ASSERT_TRUE(world.repository.publish(std::span(&update, 1)));
  const std::uint64_t targets_before = world.repository.contents()->targets->version;
  update = letter("b");
  update.extra = json::Value::object();
  ASSERT_TRUE(world.repository.publish(std::span(&update, 1)));
  const Contents contents = *world.repository.contents();
  const Targets& list = *contents.lists.at(std::string(kRole));
  EXPECT_EQ(list.targets.size(), 4U);
  EXPECT_EQ(list.version, 2U);
  EXPECT_EQ(list.extra.at("rollout"), "none");
  EXPECT_EQ(contents.targets->version, targets_before) << "no new delegation, no new list of them";
}

TEST(Repository, RefusesNamesThatClientsReadDifferently) {
  World world;
  for (const std::string path : {"a b/x", "a/.x", "a/%41", "../x", "/x", "a//x", "a/*"}) {
    ListUpdate update = letter("a");
    update.pattern = "*/*";
    update.targets = {target(path, "x")};
    EXPECT_EQ(world.repository.publish(std::span(&update, 1)).error().kind(), ErrorKind::Invalid)
        << path;
  }
  ListUpdate numbered = letter("a");
  numbered.role = "12";
  EXPECT_EQ(world.repository.publish(std::span(&numbered, 1)).error().kind(), ErrorKind::Invalid);
}

TEST(Repository, RefusesFilesTheListMayNotName) {
  World world;
  ListUpdate update = letter("a");
  update.targets.push_back(target("local/debian-12-x86_64/12.10/a/x", "x"));
  const Status published = world.repository.publish(std::span(&update, 1));
  ASSERT_FALSE(published);
  EXPECT_THAT(published.error().message(), HasSubstr("may not name"));
}

TEST(Repository, RefusesContentThatIsNotWhatWasSaid) {
  World world;
  ListUpdate update = letter("a");
  update.targets[0].content = to_bytes("something else");
  EXPECT_EQ(world.repository.publish(std::span(&update, 1)).error().kind(), ErrorKind::Corrupt);
  EXPECT_FALSE(world.repository.contents()->lists.contains(std::string(kRole)));
}

TEST(Repository, RefreshKeepsAnOldRepositoryAlive) {
  World world;
  world.provision();
  world.clock.advance(std::chrono::days(8));
  EXPECT_THAT(world.client().refresh().error().message(), HasSubstr("expired"));
  ASSERT_TRUE(world.repository.refresh());
  EXPECT_TRUE(world.client().refresh());
}

TEST(Repository, SaysWhichKeyIsMissing) {
  World world;
  ASSERT_TRUE(world.disk.remove(kRepository + "/keys/offline/platforms.pem"));
  const ListUpdate update = letter("a");
  const Status published = world.repository.publish(std::span(&update, 1));
  EXPECT_THAT(published.error().message(), HasSubstr("platforms"));
  EXPECT_TRUE(world.repository.refresh()) << "needs online keys only";
}

// What a device sees while a publisher's machine loses power: the old state or the new, never less.
TEST(Repository, PowerCutAtAnyOperationLeavesWhatClientsCanFollow) {
  World prepared;
  const ListUpdate first = letter("a");
  ASSERT_TRUE(prepared.repository.publish(std::span(&first, 1)));
  const sys::sim::FileSystem before = prepared.disk;
  const Bytes root = *prepared.disk.read(*prepared.repository.trusted_root(), 100'000);
  for (std::uint64_t cut = 1;; ++cut) {
    World world;
    world.disk = before;
    world.disk.cut_power_at(cut, sys::sim::AfterCut::Torn);
    const ListUpdate update = letter("b");
    const bool finished = world.repository.publish(std::span(&update, 1)).has_value();
    world.disk.restart(sys::sim::Survivors::Random, cut);

    ASSERT_TRUE(Client::initialise(world.device, kMetadata, root));
    Client client = world.client();
    const Status refreshed = client.refresh();
    ASSERT_TRUE(refreshed) << "cut at " << cut << ": " << refreshed.error().message();
    const Result<TargetsRole> list = client.delegated(std::string(kRole));
    ASSERT_TRUE(list) << "cut at " << cut << ": " << list.error().message();
    EXPECT_TRUE(list->targets.size() == 2 || list->targets.size() == 4);
    for (const auto& [path, entry] : list->targets) {
      const Status fetched = client.download(entry, "/file", nullptr);
      ASSERT_TRUE(fetched) << "cut at " << cut << ": " << fetched.error().message();
    }
    ASSERT_TRUE(world.repository.publish(std::span(&update, 1))) << "cut at " << cut;
    ASSERT_TRUE(client.refresh());
    EXPECT_EQ(client.delegated(std::string(kRole))->targets.size(), 4U);
    if (finished) break;
  }
}

}  // namespace
}  // namespace interlude::tuf
