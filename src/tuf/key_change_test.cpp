// Changes of keys, and what devices see while any act is on its way into the public folder.

#include "tuf/repository.hpp"
#include "tuf/test_repository.hpp"

namespace interlude::tuf {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

struct Rotation : testing::Test {
  World world;
  void SetUp() override {
    world.create();
    world.publish("a");
  }

  /// A new key in, the first of `old` out.
  KeyChange rotated(const RoleKeys& old) {
    return {{world.ring->make()}, {old.ids()[0]}, std::nullopt};
  }
};

TEST_F(Rotation, OfRootIsSignedByTheOldThresholdAndTheNew) {
  Follower device(world.disk);
  world.announced(world.repository().change_keys({{"root", rotated(world.founding.root)}}));
  ASSERT_TRUE(device.follow(world.disk, world.clock));
  const Root root = *world.repository().contents()->root;
  EXPECT_EQ(root.version, 2U);
  EXPECT_THAT(root.root.keys, SizeIs(3));
  EXPECT_FALSE(root.root.keys.contains(world.founding.root.ids()[0]));
}

TEST_F(Rotation, OfRootWaitsForTheOldThreshold) {
  world.ring->take_away(world.founding.root);
  const KeyChange all{{world.ring->make(), world.ring->make()}, world.founding.root.ids(), {}};
  const Result<Outcome> outcome = world.repository().change_keys({{"root", all}});
  ASSERT_TRUE(outcome) << outcome.error().message();
  EXPECT_FALSE(outcome->announced) << "the new keys alone must not do";
  EXPECT_FALSE(sys::exists(world.disk, kRepositoryFolder + "/public/metadata/2.root.json"));
  world.ring->bring_back(world.founding.root.ids()[1]);
  world.ring->bring_back(world.founding.root.ids()[2]);
  world.announced(world.repository().complete());
}

TEST_F(Rotation, OfAnOnlineKeySignsItsFileAnew) {
  for (const auto& [role, old] : {std::pair("timestamp", world.founding.timestamp),
                                  std::pair("snapshot", world.founding.snapshot),
                                  std::pair("targets", world.founding.targets)}) {
    Follower device(world.disk);
    ASSERT_TRUE(device.follow(world.disk, world.clock));
    const Result<Outcome> outcome = world.repository().change_keys({{role, rotated(old)}});
    world.announced(outcome);
    world.ring->take_away(old);
    const Result<std::size_t> files = device.follow(world.disk, world.clock);
    ASSERT_TRUE(files) << role << ": " << files.error().message();
    ASSERT_TRUE(world.repository().refresh()) << role;
    EXPECT_TRUE(device.follow(world.disk, world.clock)) << role;
    EXPECT_TRUE(Follower(world.disk).follow(world.disk, world.clock)) << role;
  }
}

TEST_F(Rotation, OfPlatformsSignsEveryPlatformsListAnew) {
  const auto roll = rotated(world.founding.platforms);
  world.announced(world.repository().change_keys({{"platforms", roll}}));
  const Contents now = *world.repository().contents();
  EXPECT_EQ(now.lists.at(kPlatformList)->version, 2U);
  EXPECT_EQ(now.lists.at("rollout")->version, 1U) << "not its key";
  EXPECT_TRUE(now.targets->delegations[1].signers.keys.contains(key_id_of(roll.add[0])));
  ListUpdate update = letter("a");
  update.role = "debian-12-x86_64-12.12";
  update.pattern = "local/debian-12-x86_64/12.12/*/*";
  update.targets.clear();
  world.announced(world.repository().publish({&update, 1}));
  EXPECT_TRUE(world.repository().contents()->targets->delegations[2].signers.keys.contains(
      key_id_of(roll.add[0])))
      << "lists made later have the new key";
}

TEST_F(Rotation, OfOneListLeavesTheOthers) {
  world.announced(
      world.repository().change_keys({{kPlatformList, rotated(world.founding.platforms)}}));
  EXPECT_EQ(world.repository().platforms()->ids(), world.founding.platforms.ids());
  EXPECT_TRUE(Follower(world.disk).follow(world.disk, world.clock));
}

TEST_F(Rotation, ThresholdRaisesAndListsAreSignedByAsMany) {
  const KeyChange more{{world.ring->make()}, {}, 2};
  world.announced(world.repository().change_keys({{"platforms", more}}));
  const Contents now = *world.repository().contents();
  EXPECT_EQ(now.targets->delegations[1].signers.threshold, 2U);
  EXPECT_THAT(json::parse(now.lists.at(kPlatformList).raw())->at("signatures"), SizeIs(2));
}

TEST_F(Rotation, AddingAKeyDoesNotMakeListsNew) {
  world.announced(world.repository().change_keys({{"platforms", {{world.ring->make()}, {}, {}}}}));
  EXPECT_EQ(world.repository().contents()->lists.at(kPlatformList)->version, 1U);
}

TEST_F(Rotation, SeveralRolesAreOneAct) {
  world.announced(world.repository().change_keys({{"timestamp", rotated(world.founding.timestamp)},
                                                  {"snapshot", rotated(world.founding.snapshot)},
                                                  {"root", rotated(world.founding.root)}}));
  EXPECT_EQ(world.repository().contents()->root->version, 2U);
  EXPECT_TRUE(Follower(world.disk).follow(world.disk, world.clock));
}

TEST_F(Rotation, DropsKeysThatNoRoleHasAnyMore) {
  world.announced(
      world.repository().change_keys({{"timestamp", rotated(world.founding.timestamp)}}));
  EXPECT_FALSE(signed_part(world.repository().contents()->root.raw())
                   .at("keys")
                   .contains(world.founding.timestamp.ids()[0]));
}

TEST_F(Rotation, RefusesWhatCannotBe) {
  Repository repository = world.repository();
  const std::string root_id = world.founding.root.ids()[0];
  EXPECT_EQ(repository.change_keys({{"nobody", {}}}).error().kind(), ErrorKind::NotFound);
  EXPECT_EQ(repository.change_keys({{"timestamp", {{}, {root_id}, {}}}}).error().kind(),
            ErrorKind::NotFound);
  EXPECT_EQ(repository.change_keys({{"root", {{}, {}, 4}}}).error().kind(), ErrorKind::Invalid);
  EXPECT_EQ(repository.change_keys({{"timestamp", {{}, world.founding.timestamp.ids(), {}}}})
                .error()
                .kind(),
            ErrorKind::Invalid);
  EXPECT_EQ(
      repository.change_keys({{"root", {{world.founding.root.keys[0]}, {}, {}}}}).error().kind(),
      ErrorKind::Conflict);
  EXPECT_FALSE(sys::exists(world.disk, kRepositoryFolder + "/staged"));
}

TEST_F(Rotation, OfAnUnboundKindOfKeyIsRefused) {
  json::Value key = world.ring->make();
  key["scheme"] = "ed448";
  const Result<Outcome> outcome = world.repository().change_keys({{"timestamp", {{key}, {}, {}}}});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind(), ErrorKind::Invalid);
  EXPECT_THAT(outcome.error().message(), HasSubstr("ed448"));
}

// --- interrupted anywhere, read at any moment ---------------------------------------------------

using Work = std::function<Result<Outcome>(Repository&)>;

// Runs `work` on copies of `prepared`, cut at every operation, and lets two devices look at what is
// there then: one that has followed all along, and a new one. Whatever was the last thing to
// happen, they see the old state or the new; and the publisher's next run goes on from there.
void interrupt_everywhere(const World& prepared, const Work& work,
                          const std::function<bool(std::size_t files)>& is_old_or_new) {
  using sys::sim::AfterCut;
  using sys::sim::Survivors;
  World seen_before = prepared;
  Follower old_follower(seen_before.disk);
  ASSERT_TRUE(old_follower.follow(seen_before.disk, seen_before.clock));
  struct Way {
    AfterCut after;
    Survivors survivors;
    std::uint64_t step;  // every operation once; the other ways of breaking cost as much again
  };
  for (const Way& way :
       {Way{AfterCut::NotDone, Survivors::Everything, 1}, Way{AfterCut::Torn, Survivors::Random, 3},
        Way{AfterCut::Done, Survivors::OnlySynced, 3}}) {
    for (std::uint64_t cut = 1;; cut += way.step) {
      World world = prepared;
      Repository repository = world.repository();
      world.disk.cut_power_at(cut, way.after);
      const bool finished = work(repository).has_value();
      world.disk.restart(way.survivors, cut);
      const std::string when = "cut at operation " + std::to_string(cut);

      Follower faithful = old_follower;
      for (Follower device : {faithful, Follower(world.disk)}) {
        const Result<std::size_t> files = device.follow(world.disk, world.clock);
        ASSERT_TRUE(files) << when << ": " << files.error().message();
        EXPECT_TRUE(is_old_or_new(*files)) << when << ": " << *files << " files";
      }
      const Result<Outcome> completed = repository.complete();
      ASSERT_TRUE(completed) << when << ": " << completed.error().message();
      EXPECT_TRUE(completed->announced) << when;
      ASSERT_TRUE(repository.refresh()) << when;
      const Result<std::size_t> files = faithful.follow(world.disk, world.clock);
      ASSERT_TRUE(files) << when << ", later: " << files.error().message();
      if (finished) break;
    }
  }
}

TEST_F(Rotation, InterruptedPublishingLeavesWhatDevicesCanFollow) {
  const ListUpdate update = letter("b");
  interrupt_everywhere(
      world,
      [&](Repository& repository) {
        return repository.publish({&update, 1});
      },
      [](std::size_t files) { return files == 2 || files == 4; });
}

TEST_F(Rotation, InterruptedChangeOfEveryKeyLeavesWhatDevicesCanFollow) {
  const std::map<std::string, KeyChange> changes = {
      {"root", rotated(world.founding.root)},
      {"targets", rotated(world.founding.targets)},
      {"snapshot", rotated(world.founding.snapshot)},
      {"timestamp", rotated(world.founding.timestamp)},
      {"platforms", rotated(world.founding.platforms)}};
  interrupt_everywhere(
      world, [&](Repository& repository) { return repository.change_keys(changes); },
      [](std::size_t files) { return files == 2; });
}

// Where the old timestamp key is lost, devices cannot follow between the new root and the new
// timestamp, as nobody can sign for both; the next run mends it.
TEST_F(Rotation, WithoutTheOldKeyTheNextRunEndsWhatWasInterrupted) {
  const KeyChange change = rotated(world.founding.timestamp);
  world.ring->take_away(world.founding.timestamp);
  for (std::uint64_t cut = 1;; ++cut) {
    World copy = world;
    copy.disk.cut_power_at(cut);
    Repository repository = copy.repository();
    const bool finished = repository.change_keys({{"timestamp", change}}).has_value();
    copy.disk.restart();
    ASSERT_TRUE(repository.complete()) << cut;
    if (repository.contents()->root->version == 2) {
      EXPECT_TRUE(Follower(copy.disk).follow(copy.disk, copy.clock)) << cut;
    }
    if (finished) break;
  }
}

}  // namespace
}  // namespace interlude::tuf
