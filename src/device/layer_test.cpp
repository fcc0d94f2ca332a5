// What a generation lays over the baseline: the changed files, whiteouts, directories as they were.

#include "device/layer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "overlay/view.hpp"
#include "sys/sim/file_system.hpp"

namespace interlude::device {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class LayerTest : public testing::Test {
 protected:
  LayerTest() {
    make("/pin/usr/lib/x/data", 0750);
    make("/pin/usr/bin", 0755);
    write("/pin/usr/lib/x/libx.so", "old");
    write("/pin/usr/lib/x/data/one", "one");
    write("/pin/usr/bin/tool", "old tool");
    EXPECT_TRUE(store_.prepare());
    make("/var/lib/interlude/generations/g", 0755);
    on_.manifest.components.emplace_back().name = "x";
    on_.generation.components.push_back({"x", "1", "2", Standing::On, ""});
  }

  void make(const Path& folder, std::uint32_t mode) {
    ASSERT_TRUE(sys::make_directories(disk_, folder, 0755));
    ASSERT_TRUE(disk_.set_mode(folder, mode));
  }
  void write(const Path& file, const std::string& content) {
    ASSERT_TRUE(disk_.write(file, as_bytes(content), 0644));
  }
  static improvement::Entry file(const std::string& content) {
    improvement::Entry entry;
    entry.size = content.size();
    entry.digest = crypto::sha256(as_bytes(content));
    return entry;
  }
  static improvement::Entry folder(std::uint32_t mode) {
    improvement::Entry entry;
    entry.kind = improvement::EntryKind::Directory;
    entry.mode = mode;
    return entry;
  }
  void change(const Path& path, std::optional<improvement::Entry> before,
              std::optional<improvement::Entry> after, const std::string& content = "") {
    if (!content.empty()) write(store_.object(*after), content);
    on_.manifest.components.front().files.push_back({path, std::move(before), std::move(after)});
  }
  Status build() { return layer().build(); }
  Layer layer() { return {disk_, store_, on_, {"/pin", {}}, kGeneration}; }
  std::string read(const Path& path) {
    const auto content = disk_.read(overlay::layer_in(kGeneration, path), 100);
    return content ? std::string(as_text(*content)) : content.error().message();
  }
  sys::FileInfo info(const Path& path) {
    const auto found = disk_.info(overlay::layer_in(kGeneration, path));
    EXPECT_TRUE(found) << path;
    return found ? *found : sys::FileInfo();
  }

  const Path kGeneration = "/var/lib/interlude/generations/g";
  sys::sim::FileSystem disk_;
  Store store_{disk_, Layout("/")};
  Improved on_{{}, {{"local", "box", "1", *improvement::Letter::parse("a")}, "", {}, {}, {}}};
};

TEST_F(LayerTest, HoldsWhatChangesAndNothingElse) {
  change("usr/lib/x/libx.so", file("old"), file("new"), "new");
  change("usr/bin/tool", file("old tool"), file("new tool"), "new tool");
  ASSERT_TRUE(build());
  EXPECT_EQ(read("usr/lib/x/libx.so"), "new");
  EXPECT_THAT(*disk_.list(overlay::layer_in(kGeneration, "usr/lib/x")), ElementsAre("libx.so"));
  const auto view = overlay::read_view(disk_, Layout("/"), "g");
  ASSERT_TRUE(view);
  EXPECT_THAT(view->hierarchies, ElementsAre("usr/lib/x", "usr/bin")) << "libraries first";
  EXPECT_TRUE(layer().check());
}

TEST_F(LayerTest, GivesDirectoriesTheBaselinesMode) {
  change("usr/lib/x/data/two", std::nullopt, file("two"), "two");
  ASSERT_TRUE(build());
  EXPECT_EQ(info("usr/lib/x/data").mode & 0777U, 0750U);
}

TEST_F(LayerTest, HidesWhatGoes) {
  change("usr/lib/x/libx.so", file("old"), std::nullopt);
  ASSERT_TRUE(build());
  EXPECT_EQ(info("usr/lib/x/libx.so").type, sys::FileType::Device);
}

TEST_F(LayerTest, HidesADirectoryOnlyWhereNothingElseIsInIt) {
  change("usr/lib/x/data", folder(0750), std::nullopt);
  change("usr/lib/x/data/one", file("one"), std::nullopt);
  write("/pin/usr/lib/x/data/own", "the owner's");
  ASSERT_TRUE(build());
  EXPECT_EQ(info("usr/lib/x/data").type, sys::FileType::Directory);
  EXPECT_EQ(info("usr/lib/x/data/one").type, sys::FileType::Device);
}

TEST_F(LayerTest, HidesAnEmptiedDirectoryAsAWhole) {
  change("usr/lib/x/data", folder(0750), std::nullopt);
  change("usr/lib/x/data/one", file("one"), std::nullopt);
  ASSERT_TRUE(build());
  EXPECT_EQ(info("usr/lib/x/data").type, sys::FileType::Device);
}

TEST_F(LayerTest, SeesDamage) {
  change("usr/lib/x/libx.so", file("old"), file("new"), "new");
  ASSERT_TRUE(build());
  write(overlay::layer_in(kGeneration, "usr/lib/x/libx.so"), "bad");
  const Status checked = layer().check();
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind(), ErrorKind::Corrupt);
}

TEST_F(LayerTest, TurnsNoDirectoryIntoAFile) {
  change("usr/lib/x/data", folder(0750), file("new"), "new");
  const Status built = build();
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().kind(), ErrorKind::Conflict);
}

TEST_F(LayerTest, NamesThePlaceThatCannotBeShown) {
  change("usr/lib/os-release", file("old"), file("new"), "new");
  const auto places = places_of(disk_, "/pin", {}, on_.manifest.components.front());
  ASSERT_FALSE(places);
  EXPECT_THAT(places.error().message(), HasSubstr("usr/lib/os-release"));
}

}  // namespace
}  // namespace interlude::device
