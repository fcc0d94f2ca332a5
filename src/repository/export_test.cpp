#include "repository/export.hpp"

#include <fmt/format.h>

#include <set>

#include "repository/test_repository.hpp"
#include "sys/sim/transport.hpp"
#include "tuf/client.hpp"

namespace interlude::repository {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kPlatform = "debian-12-x86_64";

class ExportTest : public RepositoryTest {
 protected:
  ExportTest() {
    for (const std::string id : {"debian-12-x86_64/12.11/a", "debian-12-x86_64/12.11/b",
                                 "debian-12-x86_64/12.10/a", "alpine-3-arm64/3.20/a"}) {
      build("/" + id, "local/" + id, "fixed in " + id);
      EXPECT_TRUE(publish("/" + id));
    }
  }

  Result<Exported> exported(const ExportWish& wish, const Path& out = "/out") {
    return export_part(disk, kDirectory + "/public", *repository->contents(), wish, out);
  }

  std::set<Path> files_below(const Path& folder) {
    std::set<Path> files;
    EXPECT_TRUE(sys::walk(disk, folder, [&](const Path& path, const sys::FileInfo& info) -> Status {
      if (info.type == sys::FileType::Regular) files.insert(path);
      return {};
    }));
    return files;
  }

  /// What a list names below `id`, as files of a public folder.
  std::set<Path> files_of(const std::string& role, const std::string& id) {
    std::set<Path> files;
    for (const auto& [path, target] : list(role).targets) {
      if (!path.starts_with(id + "/")) continue;
      const crypto::Sha256 digest = *crypto::Sha256::from_hex(target.hashes.at("sha256"));
      files.insert("targets/" + tuf::consistent_name(path, digest));
    }
    return files;
  }

  /// The metadata that a device of these lists asks for.
  std::set<Path> metadata_of(const std::vector<std::string>& roles) {
    const tuf::Contents contents = *repository->contents();
    std::set<Path> files = {"metadata/1.root.json", "metadata/timestamp.json",
                            fmt::format("metadata/{}.snapshot.json", contents.snapshot->version),
                            fmt::format("metadata/{}.targets.json", contents.targets->version)};
    for (const std::string& role : roles) {
      files.insert(fmt::format("metadata/{}.{}.json", contents.lists.at(role)->version, role));
    }
    return files;
  }

  /// A device that knows the first root follows the folder, and downloads every file of `id`: how
  /// many there are.
  Result<std::size_t> followed(const std::string& role, const std::string& id,
                               const Path& folder = "/out") {
    sys::sim::FileSystem device;
    sys::sim::Transport transport;
    transport.mount("http://copy/", disk, folder);
    const Bytes root = *disk.read(kDirectory + "/public/metadata/1.root.json", 100'000);
    EXPECT_TRUE(tuf::Client::initialise(device, "/trusted", root));
    tuf::Client client(device, transport, clock, "/trusted", tuf::mirrors_at({"http://copy"}));
    Status done = client.refresh();
    if (!done) return std::unexpected(done.error());
    const Result<tuf::TargetsRole> list = client.delegated(role);
    if (!list) return std::unexpected(list.error());
    std::size_t files = 0;
    for (const auto& [path, target] : list->targets) {
      if (!path.starts_with(id + "/")) continue;
      done = client.download(target, "/file", nullptr);
      if (!done) return std::unexpected(done.error());
      ++files;
    }
    return files;
  }
};

TEST_F(ExportTest, HoldsExactlyTheNewestLetterOfOneBaseline) {
  const std::string id = "local/debian-12-x86_64/12.11/b";
  const Result<Exported> done = exported({kPlatform, "12.11", false});
  ASSERT_TRUE(done) << done.error().message();
  std::set<Path> expected = metadata_of({kRole});
  expected.merge(files_of(kRole, id));
  EXPECT_EQ(files_below("/out"), expected);
  EXPECT_THAT(done->lists, ElementsAre(kRole));
  EXPECT_EQ(done->files, 2U);
  EXPECT_EQ(followed(kRole, id).value_or(0), 2U);
}

TEST_F(ExportTest, HoldsExactlyTheFilesOfOnePlatform) {
  const Result<Exported> done = exported({kPlatform, "", true});
  ASSERT_TRUE(done) << done.error().message();
  const std::string other = "debian-12-x86_64-12.10";
  std::set<Path> expected = metadata_of({kRole, other});
  expected.merge(files_of(kRole, "local/debian-12-x86_64/12.11/a"));
  expected.merge(files_of(kRole, "local/debian-12-x86_64/12.11/b"));
  expected.merge(files_of(other, "local/debian-12-x86_64/12.10/a"));
  EXPECT_EQ(files_below("/out"), expected);
  EXPECT_EQ(followed(kRole, "local").value_or(0), 4U);
  EXPECT_EQ(followed(other, "local").value_or(0), 2U);
}

TEST_F(ExportTest, TakesAlongWhatIsSaidAboutRollouts) {
  build("/c", "local/debian-12-x86_64/12.11/c");
  ASSERT_TRUE(publish("/c", RolloutRule::Required));
  ASSERT_TRUE(exported({kPlatform, "12.11", false}));
  EXPECT_TRUE(files_below("/out").contains("metadata/2.rollout.json"));
}

TEST_F(ExportTest, CopiesEveryFileAsItIsAndCountsItsBytes) {
  const Result<Exported> done = exported({kPlatform, "", true});
  ASSERT_TRUE(done);
  std::uint64_t bytes = 0;
  for (const Path& file : files_below("/out")) {
    const Bytes content = *disk.read(join("/out", file), 100'000);
    EXPECT_EQ(content, *disk.read(join(kDirectory + "/public", file), 100'000)) << file;
    bytes += content.size();
  }
  EXPECT_EQ(done->bytes, bytes);
}

TEST_F(ExportTest, CopyInTheMakingIsNotTrusted) {
  const std::string id = "local/debian-12-x86_64/12.11/b";
  std::uint64_t cut = 1;
  for (bool finished = false; !finished; ++cut) {
    const Path out = fmt::format("/out-{}", cut);
    disk.cut_power_at(cut, sys::sim::AfterCut::Torn);
    finished = exported({kPlatform, "12.11", false}, out).has_value();
    disk.restart(sys::sim::Survivors::OnlySynced);
    const Result<std::size_t> files = followed(kRole, id, out);
    if (files) {
      EXPECT_EQ(*files, 2U) << "what is trusted is whole; cut at " << cut;
    } else {
      EXPECT_FALSE(finished) << files.error().message();
      EXPECT_THAT(files.error().message(), HasSubstr("timestamp")) << "cut at " << cut;
    }
  }
  EXPECT_GT(cut, 20U);
}

TEST_F(ExportTest, AnEarlierExportIsBroughtUpToDate) {
  ASSERT_TRUE(exported({kPlatform, "12.11", false}));
  build("/c", "local/debian-12-x86_64/12.11/c");
  ASSERT_TRUE(publish("/c"));
  ASSERT_TRUE(exported({kPlatform, "12.11", false}));
  EXPECT_EQ(followed(kRole, "local/debian-12-x86_64/12.11/c").value_or(0), 2U);
}

TEST_F(ExportTest, LeavesOtherFoldersAlone) {
  ASSERT_TRUE(sys::make_directories(disk, "/home", 0755));
  ASSERT_TRUE(disk.write("/home/letter", to_bytes("mine"), 0644));
  const Result<Exported> done = exported({kPlatform, "", false}, "/home");
  EXPECT_EQ(done.error().kind(), ErrorKind::Conflict);
  EXPECT_THAT(files_below("/home"), ElementsAre("letter"));
}

TEST_F(ExportTest, WritesNothingWhereNothingIsPublished) {
  for (const ExportWish& wish :
       {ExportWish{"debian-12", "", false}, ExportWish{kPlatform, "12.1", false}}) {
    const Result<Exported> done = exported(wish);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind(), ErrorKind::NotFound);
    EXPECT_THAT(done.error().message(), HasSubstr(wish.platform));
  }
  EXPECT_FALSE(sys::exists(disk, "/out"));
}

}  // namespace
}  // namespace interlude::repository
