#include "tuf/repository.hpp"

#include "tuf/test_repository.hpp"

namespace interlude::tuf {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

struct Published : World {
  Published() { create(); }
};

json::Value signed_in(World& world, const std::string& file) {
  const Result<Bytes> raw =
      world.disk.read(kRepositoryFolder + "/public/metadata/" + file, 1'000'000);
  EXPECT_TRUE(raw) << file;
  return raw ? signed_part(*raw) : json::Value();
}

TEST(Repository, StartsWithFourRolesAndAnEmptyRolloutList) {
  Published world;
  const Result<Contents> contents = world.repository().contents();
  ASSERT_TRUE(contents) << contents.error().message();
  EXPECT_EQ(contents->root->version, 1U);
  EXPECT_TRUE(contents->root->consistent_snapshot);
  EXPECT_EQ(contents->root->root.threshold, 2U);
  EXPECT_THAT(contents->root->root.keys, SizeIs(3));
  ASSERT_EQ(contents->targets->delegations.size(), 1U);
  EXPECT_EQ(contents->targets->delegations[0].name, "rollout");
  EXPECT_THAT(contents->targets->delegations[0].paths, ElementsAre("rollout/*"));
  EXPECT_TRUE(contents->lists.at("rollout")->targets.empty());
}

TEST(Repository, SignsNoMoreThanTheThresholdAsks) {
  Published world;
  const Bytes raw = *world.disk.read(kRepositoryFolder + "/public/metadata/1.root.json", 1'000'000);
  EXPECT_THAT(json::parse(raw)->at("signatures"), SizeIs(2));
}

TEST(Repository, PublishesWhatAClientFindsAndFetches) {
  Published world;
  world.publish("a");
  Follower device(world.disk);
  const Result<std::size_t> files = device.follow(world.disk, world.clock);
  ASSERT_TRUE(files) << files.error().message();
  EXPECT_EQ(*files, 2U);
  const json::Value list = signed_in(world, "1." + kPlatformList + ".json");
  EXPECT_EQ(list.at("rollout"), "none");
  EXPECT_EQ(list.at("role_name"), kPlatformList);
  EXPECT_EQ(list.at("targets").at(path_of("a") + "x.payload").at("custom").at("published_at"),
            "2026-11-24T00:00:00Z");
}

TEST(Repository, AddsToAListAndKeepsWhatItSays) {
  Published world;
  world.publish("a");
  const std::uint64_t targets_before = world.repository().contents()->targets->version;
  ListUpdate update = letter("b");
  update.extra = json::Value::object();
  world.announced(world.repository().publish({&update, 1}));
  const Contents contents = *world.repository().contents();
  const Targets& list = *contents.lists.at(kPlatformList);
  EXPECT_EQ(list.targets.size(), 4U);
  EXPECT_EQ(list.version, 2U);
  EXPECT_EQ(list.extra.at("rollout"), "none");
  EXPECT_EQ(contents.targets->version, targets_before) << "no new delegation, no new list of them";
}

TEST(Repository, SnapshotGivesVersionsAloneForListsAndHashesForTargets) {
  Published world;
  world.publish("a");
  const json::Value meta = signed_in(world, "2.snapshot.json").at("meta");
  EXPECT_EQ(meta.at(kPlatformList + ".json"), json::Value({{"version", 1}}));
  EXPECT_EQ(meta.at("rollout.json"), json::Value({{"version", 1}}));
  EXPECT_THAT(meta.at("targets.json"), SizeIs(3));
  EXPECT_THAT(signed_in(world, "timestamp.json").at("meta").at("snapshot.json"), SizeIs(3));
}

// The bytes that a device pays for the existence of a platform it is not of.
TEST(Repository, AnotherPlatformCostsADeviceAtMostSixtyBytesOfSnapshot) {
  Published world;
  const auto size = [&](const std::string& file) {
    return world.disk.read(kRepositoryFolder + "/public/metadata/" + file, 1'000'000)->size();
  };
  const std::size_t before = size("1.snapshot.json");
  world.publish("a");
  EXPECT_LE(size("2.snapshot.json"), before + 60);
}

TEST(Repository, RefusesNamesThatClientsReadDifferently) {
  Published world;
  for (const std::string path : {"a b/x", "a/.x", "a/%41", "../x", "/x", "a//x", "a/*"}) {
    ListUpdate update = letter("a");
    update.pattern = "*/*";
    update.targets = {new_target(path, "x")};
    EXPECT_EQ(world.repository().publish({&update, 1}).error().kind(), ErrorKind::Invalid) << path;
  }
  ListUpdate numbered = letter("a");
  numbered.role = "12";
  EXPECT_EQ(world.repository().publish({&numbered, 1}).error().kind(), ErrorKind::Invalid);
  EXPECT_FALSE(sys::exists(world.disk, kRepositoryFolder + "/staged"));
}

TEST(Repository, RefusesFilesTheListMayNotName) {
  Published world;
  ListUpdate update = letter("a");
  update.targets.push_back(new_target("local/debian-12-x86_64/12.10/a/x", "x"));
  const Result<Outcome> published = world.repository().publish({&update, 1});
  ASSERT_FALSE(published);
  EXPECT_THAT(published.error().message(), HasSubstr("may not name"));
}

TEST(Repository, RefusesContentThatIsNotWhatWasSaid) {
  Published world;
  ListUpdate update = letter("a");
  update.targets[0].content = to_bytes("something else");
  EXPECT_EQ(world.repository().publish({&update, 1}).error().kind(), ErrorKind::Corrupt);
  EXPECT_FALSE(world.repository().contents()->lists.contains(kPlatformList));
  world.publish("a");
}

TEST(Repository, RefreshKeepsAnOldRepositoryAlive) {
  Published world;
  world.publish("a");
  Follower device(world.disk);
  world.clock.advance(std::chrono::days(8));
  EXPECT_THAT(device.follow(world.disk, world.clock).error().message(), HasSubstr("expired"));
  ASSERT_TRUE(world.repository().refresh());
  EXPECT_TRUE(device.follow(world.disk, world.clock));
}

TEST(Repository, RenewsListsAndRoot) {
  Published world;
  world.publish("a");
  Follower device(world.disk);
  world.clock.advance(std::chrono::days(200));
  world.announced(world.repository().renew({"root", "targets", "rollout", kPlatformList}));
  EXPECT_TRUE(device.follow(world.disk, world.clock));
  EXPECT_EQ(world.repository().contents()->root->version, 2U);
  EXPECT_EQ(world.repository().renew({"nobody"}).error().kind(), ErrorKind::NotFound);
}

// --- keys on other machines ------------------------------------------------------------------

TEST(Repository, StagesWhatItCannotSignAndKeepsItFromThePublic) {
  Published world;
  world.publish("a");
  const Bytes timestamp =
      *world.disk.read(kRepositoryFolder + "/public/metadata/timestamp.json", 100'000);
  world.ring->take_away(world.founding.platforms);
  const ListUpdate update = letter("b");
  const Result<Outcome> outcome = world.repository().publish({&update, 1});
  ASSERT_TRUE(outcome) << outcome.error().message();
  EXPECT_FALSE(outcome->announced);
  ASSERT_THAT(outcome->files, SizeIs(1));
  EXPECT_EQ(outcome->files[0].role, kPlatformList);
  EXPECT_EQ(outcome->files[0].missing(), 1U);
  for (const NewTarget& target : update.targets) {
    EXPECT_FALSE(sys::exists(world.disk, world.repository().file_of(target.path, target.digest)));
  }
  EXPECT_FALSE(
      sys::exists(world.disk, kRepositoryFolder + "/public/metadata/2." + kPlatformList + ".json"));
  EXPECT_EQ(*world.disk.read(kRepositoryFolder + "/public/metadata/timestamp.json", 100'000),
            timestamp);
  EXPECT_TRUE(world.repository().refresh()) << "goes on meanwhile: it needs online keys only";
}

TEST(Repository, AnnouncesWhenTheLastSignatureIsThere) {
  Published world;
  world.publish("a");
  world.ring->take_away(world.founding.platforms);
  const ListUpdate update = letter("b");
  ASSERT_FALSE(world.repository().publish({&update, 1})->announced);

  // What a person does on the machine that has the key.
  std::map<std::string, Draft> carried = (*world.repository().staged_act())->drafts;
  Act act{carried, {}};
  const Contents now = *world.repository().contents();
  const Rules rules = *rules_of(&now, act);
  world.ring->bring_back(world.founding.platforms.ids()[0]);
  ASSERT_TRUE(carried.at(kPlatformList).sign(rules.demands(kPlatformList)[0].signers, *world.ring));
  world.ring->take_away(world.founding.platforms);

  world.announced(world.repository().take(carried));
  Follower device(world.disk);
  EXPECT_EQ(*device.follow(world.disk, world.clock), 4U);
  EXPECT_FALSE(sys::exists(world.disk, kRepositoryFolder + "/staged"));
}

TEST(Repository, TakesNoSignatureOfOtherContent) {
  Published world;
  world.publish("a");
  world.ring->take_away(world.founding.platforms);
  const ListUpdate update = letter("b");
  ASSERT_FALSE(world.repository().publish({&update, 1})->announced);
  json::Value other = (*world.repository().staged_act())->drafts.at(kPlatformList).content();
  other["rollout"] = "required";
  EXPECT_EQ(world.repository().take({{kPlatformList, Draft(other)}}).error().kind(),
            ErrorKind::Conflict);
}

TEST(Repository, BeginsNothingElseWhileSignaturesAreMissing) {
  Published world;
  world.ring->take_away(world.founding.platforms);
  const ListUpdate update = letter("a");
  ASSERT_FALSE(world.repository().publish({&update, 1})->announced);
  EXPECT_EQ(world.repository().publish({&update, 1}).error().kind(), ErrorKind::Conflict);
  ASSERT_TRUE(world.repository().discard());
  world.ring->bring_back(world.founding.platforms.ids()[0]);
  world.publish("a");
}

TEST(Repository, CanBeFoundedByKeysThatAreElsewhere) {
  World world;
  world.ring->take_away(world.founding.root);
  const Result<Outcome> outcome = world.repository().create(world.founding);
  ASSERT_TRUE(outcome) << outcome.error().message();
  EXPECT_FALSE(outcome->announced);
  EXPECT_EQ(world.repository().trusted_root().error().kind(), ErrorKind::NotFound);
  world.ring->bring_back(world.founding.root.ids()[0]);
  EXPECT_FALSE(world.repository().complete()->announced) << "one of two";
  world.ring->take_away(world.founding.root);
  world.ring->bring_back(world.founding.root.ids()[2]);
  world.announced(world.repository().complete());
  EXPECT_TRUE(world.repository().trusted_root());
}

TEST(Repository, SaysWhichOnlineKeyIsMissingAndStaysStaged) {
  Published world;
  world.ring->take_away(world.founding.snapshot);
  const ListUpdate update = letter("a");
  const Result<Outcome> outcome = world.repository().publish({&update, 1});
  EXPECT_EQ(outcome.error().kind(), ErrorKind::NotFound);
  EXPECT_THAT(outcome.error().message(), HasSubstr(world.founding.snapshot.ids()[0]));
  EXPECT_EQ(world.repository().refresh().error().kind(), ErrorKind::NotFound);
  world.ring->bring_back(world.founding.snapshot.ids()[0]);
  world.announced(world.repository().complete());
  EXPECT_TRUE(world.repository().contents()->lists.contains(kPlatformList));
}

}  // namespace
}  // namespace interlude::tuf
