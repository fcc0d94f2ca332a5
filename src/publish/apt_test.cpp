#include "publish/apt.hpp"

#include <gmock/gmock.h>

#include "publish/workshop_test.hpp"

namespace interlude::publish {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Stands for apt: "offers" the packages it was given by writing them where it is told to.
class FakeApt final : public sys::ProcessRunner {
 public:
  explicit FakeApt(sys::FileSystem& disk) : disk_(disk) {}

  Result<sys::Finished> run(const std::vector<std::string>& arguments,
                            const std::string& directory) override {
    if (arguments.front() == "apt-cache") return sys::Finished{0, "x | 1 | mirror\n", ""};
    EXPECT_THAT(arguments, ElementsAre("apt-get", "-q", "download", testing::_));
    const auto found = offered.find(arguments.back());
    if (found == offered.end()) return sys::Finished{100, "", "E: Version was not found\n"};
    const Status done = disk_.write(join(directory, "package.deb"), found->second, 0644);
    EXPECT_TRUE(done);
    return sys::Finished{};
  }

  Result<sys::Finished> filter(const std::vector<std::string>&, ByteView, std::uint64_t) override {
    return fail(ErrorKind::Internal, "apt reads nothing");
  }

  std::map<std::string, Bytes> offered;

 private:
  sys::FileSystem& disk_;
};

class Apt : public Workshop {
 protected:
  void SetUp() override { ASSERT_TRUE(disk_.make_directory(at("fetched"), 0755)); }

  Result<Fetched> fetch(const std::string& wanted, const std::string& from) {
    return fetch_packages(disk_, apt_, {parse_wanted(wanted)}, from, at("fetched"));
  }

  FakeApt apt_{disk_};
};

TEST_F(Apt, FetchesTheOldAndTheNewVersion) {
  apt_.offered = {{"x=1", to_bytes("old")}, {"x", to_bytes("new")}, {"x=2", to_bytes("two")}};
  const Result<Fetched> newest = fetch("x", "1");
  ASSERT_TRUE(newest) << newest.error().message();
  EXPECT_EQ(to_text(*disk_.read(newest->baseline.front(), 10)), "old");
  EXPECT_EQ(to_text(*disk_.read(newest->patched.front(), 10)), "new");
  ASSERT_TRUE(sys::remove_tree(disk_, at("fetched")));
  ASSERT_TRUE(disk_.make_directory(at("fetched"), 0755));
  EXPECT_EQ(to_text(*disk_.read(fetch("x=2", "1")->patched.front(), 10)), "two");
}

TEST_F(Apt, SaysWhatIsOfferedWhereAVersionIsNot) {
  const Result<Fetched> fetched = fetch("x", "7");
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().kind(), ErrorKind::NotFound);
  EXPECT_THAT(fetched.error().message(),
              HasSubstr("apt-get download x=7: E: Version was not found"));
  EXPECT_THAT(fetched.error().message(), HasSubstr("x | 1 | mirror"));
}

TEST_F(Apt, RefusesWhatWouldBeAnOption) {
  for (const auto& [wanted, from] :
       {std::pair{"--allow", "1"}, {"x", "-o"}, {"x y", "1"}, {"x=", "1 2"}}) {
    const Result<Fetched> fetched = fetch(wanted, from);
    ASSERT_FALSE(fetched) << wanted;
    EXPECT_EQ(fetched.error().kind(), ErrorKind::Invalid) << wanted;
  }
}

TEST_F(Apt, ReadsTheChangelogOfAPackage) {
  put("p/usr/share/doc/x/changelog.Debian", "x (1) stable; urgency=low\n");
  ASSERT_EQ(processes_.run({"gzip", at("p/usr/share/doc/x/changelog.Debian")}, "")->exit_code, 0);
  EXPECT_EQ(*changelog_of(disk_, package("p", "x", "1")), "x (1) stable; urgency=low\n");
  put("q/a", "a");
  EXPECT_EQ(changelog_of(disk_, package("q", "y", "1")).error().kind(), ErrorKind::NotFound);
}

}  // namespace
}  // namespace interlude::publish
