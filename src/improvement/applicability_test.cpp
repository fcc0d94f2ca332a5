#include <gmock/gmock.h>

#include "improvement/manifest.hpp"
#include "improvement/test_entry.hpp"
#include "sys/sim/file_system.hpp"

namespace interlude::improvement {
namespace {

using testing::HasSubstr;

Component component_of(std::vector<FileChange> files) {
  Component component;
  component.name = "openssl";
  component.files = std::move(files);
  return component;
}

/// One file replaced, one added, one deleted.
Component usual_component() {
  return component_of({{"usr/added", std::nullopt, file_of("added")},
                       {"usr/deleted", file_of("deleted"), std::nullopt},
                       {"usr/replaced", file_of("old"), file_of("new", 0755)}});
}

class Applicable : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(disk_.make_directory("/tree", 0755));
    ASSERT_TRUE(disk_.make_directory("/tree/usr", 0755));
    ASSERT_TRUE(disk_.set_owner("/tree", 0, 0));
  }

  void put(const Path& path, std::string_view content, std::uint32_t mode = 0644) {
    ASSERT_TRUE(disk_.write(join("/tree", path), as_bytes(content), mode));
    ASSERT_TRUE(disk_.set_owner(join("/tree", path), 0, 0));
  }

  Applicability of(const Component& component) {
    const Result<Applicability> result = applicability(disk_, "/tree", component);
    EXPECT_TRUE(result) << (result ? "" : result.error().message());
    return result ? *result : Applicability{};
  }

  sys::sim::FileSystem disk_;
};

TEST_F(Applicable, AppliesWhereEveryBeforeMatches) {
  put("usr/deleted", "deleted");
  put("usr/replaced", "old");
  EXPECT_EQ(of(usual_component()).fit, Fit::Applies);
  put("usr/added", "added");
  EXPECT_EQ(of(usual_component()).fit, Fit::Applies) << "an added file may be there already";
}

TEST_F(Applicable, IsAbsentWhereNoneOfItsFilesExists) {
  EXPECT_EQ(of(usual_component()).fit, Fit::Absent);
  put("usr/added", "added");
  EXPECT_EQ(of(usual_component()).fit, Fit::Absent) << "only files of the baseline count";
  EXPECT_EQ(of(component_of({{"usr/d", file_of("d"), std::nullopt}})).fit, Fit::Absent);
}

TEST_F(Applicable, AppliesWhereItOnlyAdds) {
  EXPECT_EQ(of(component_of({{"usr/added", std::nullopt, file_of("added")}})).fit, Fit::Applies);
}

TEST_F(Applicable, IsAlreadyFixedWhereEveryFileHasItsAfterState) {
  put("usr/added", "added");
  put("usr/replaced", "new", 0755);
  EXPECT_EQ(of(usual_component()).fit, Fit::AlreadyFixed);
}

TEST_F(Applicable, IsForeignWithBothDigestsWhereAFileWasModified) {
  put("usr/deleted", "deleted");
  put("usr/replaced", "mine");
  const Applicability result = of(usual_component());
  EXPECT_EQ(result.fit, Fit::Foreign);
  EXPECT_EQ(result.path, "usr/replaced");
  EXPECT_THAT(result.expected, HasSubstr(file_of("old").digest.hex()));
  EXPECT_THAT(result.found, HasSubstr(file_of("mine").digest.hex()));
}

TEST_F(Applicable, IsForeignWhereOneFileIsMissing) {
  put("usr/replaced", "old");
  const Applicability result = of(usual_component());
  EXPECT_EQ(result.fit, Fit::Foreign);
  EXPECT_EQ(result.path, "usr/deleted");
  EXPECT_EQ(result.found, "nothing");
}

TEST_F(Applicable, IsForeignWhereAnotherFileIsInTheWayOfAnAddedOne) {
  put("usr/added", "something else");
  put("usr/deleted", "deleted");
  put("usr/replaced", "old");
  const Applicability result = of(usual_component());
  EXPECT_EQ(result.fit, Fit::Foreign);
  EXPECT_EQ(result.path, "usr/added");
  EXPECT_EQ(result.expected, "nothing");
}

TEST_F(Applicable, IsForeignWhereADirectoryBecameALink) {
  ASSERT_TRUE(disk_.make_directory("/tree/real", 0755));
  put("real/deleted", "deleted");
  put("real/replaced", "old");
  ASSERT_TRUE(disk_.remove_directory("/tree/usr"));
  ASSERT_TRUE(disk_.make_symlink("real", "/tree/usr"));
  const Applicability result = of(usual_component());
  EXPECT_EQ(result.fit, Fit::Foreign);
  EXPECT_THAT(result.found, HasSubstr("usr is a symbolic link"));
}

TEST_F(Applicable, ComparesOwnersOnlyInATreeOfRoot) {
  put("usr/deleted", "deleted");
  put("usr/replaced", "old");
  ASSERT_TRUE(disk_.set_owner("/tree/usr/replaced", 1000, 1000));
  EXPECT_THAT(of(usual_component()).found, HasSubstr("owner 1000:1000"));
  ASSERT_TRUE(disk_.set_owner("/tree", 1000, 1000));
  EXPECT_EQ(of(usual_component()).fit, Fit::Applies);
}

}  // namespace
}  // namespace interlude::improvement
