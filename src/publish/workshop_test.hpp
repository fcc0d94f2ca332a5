#pragma once
// What the tests of this folder build from: a temporary folder, trees in it, and real packages made
// by dpkg-deb.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "publish/build.hpp"
#include "sys/posix/file_system.hpp"
#include "sys/posix/process.hpp"

namespace interlude::publish {

class Workshop : public testing::Test {
 protected:
  Workshop() {
    std::string pattern = testing::TempDir() + "interlude-publish-XXXXXX";
    root_ = mkdtemp(pattern.data());
  }
  ~Workshop() override { std::filesystem::remove_all(root_); }

  Path at(const Path& relative) const { return join(root_, relative); }

  /// Writes a file, making its folders.
  void put(const Path& relative, std::string_view content, std::uint32_t mode = 0644) {
    std::filesystem::create_directories(parent_of(at(relative)));
    const Status done = disk_.write(at(relative), as_bytes(content), mode);
    ASSERT_TRUE(done) << done.error().message();
  }

  void link(const std::string& target, const Path& relative) {
    std::filesystem::create_directories(parent_of(at(relative)));
    const Status done = disk_.make_symlink(target, at(relative));
    ASSERT_TRUE(done) << done.error().message();
  }

  /// A package of what lies below `tree`; its path. `fields` are further lines of control.
  Path package(const Path& tree, const std::string& name, const std::string& version,
               const std::string& fields = "") {
    put(tree + "/DEBIAN/control",
        "Package: " + name + "\nVersion: " + version +
            "\nArchitecture: amd64\nMaintainer: nobody <n@example.org>\n" + fields +
            "Description: test\n");
    const Path deb = at(name + "_" + version + ".deb");
    const Result<sys::Finished> built =
        processes_.run({"dpkg-deb", "--root-owner-group", "-Zxz", "-b", at(tree), deb}, "");
    EXPECT_TRUE(built && built->exit_code == 0) << (built ? built->errors : "");
    std::filesystem::remove_all(at(tree + "/DEBIAN"));
    return deb;
  }

  static improvement::Id id(const char* letter = "a") {
    return *improvement::Id::parse(std::string("local/debian-12-x86_64/12.11/") + letter);
  }

  /// A request that compares two inputs and names one advisory for the only component.
  static Request request(std::vector<Path> baseline, std::vector<Path> patched,
                         const char* letter = "a") {
    return Request{.id = id(letter),
                   .release = "",
                   .baseline = std::move(baseline),
                   .patched = std::move(patched),
                   .rules = {},
                   .advisories = {{"CVE-2026-1", "", "", "", {}}},
                   .earlier = {},
                   .allowances = {}};
  }

  Result<Improvement> built(const Request& request) {
    return build(disk_, request, [](double) { return true; });
  }

  /// The same, expected to be refused.
  Error refused(const Request& request) {
    const Result<Improvement> result = built(request);
    EXPECT_FALSE(result) << "should have been refused";
    return result ? Error(ErrorKind::Internal, "not refused") : result.error();
  }

  sys::posix::FileSystem disk_;
  sys::posix::ProcessRunner processes_;
  Path root_;
};

}  // namespace interlude::publish
