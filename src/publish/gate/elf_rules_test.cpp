#include "publish/gate/elf_rules.hpp"

#include <gmock/gmock.h>

#include "publish/gate.hpp"
#include "publish/gate/elf_workshop_test.hpp"

namespace interlude::publish {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kFirst = "int table[4] = {1}; int twice(int n) { return 2 * n; }";
constexpr const char* kPlace = "usr/lib/libtest.so.1";

/// A baseline "old" and a patched side "new", both folders, with one library at kPlace.
class ElfRules : public ElfWorkshop {
 protected:
  void SetUp() override { old_library(kFirst); }

  void old_library(const std::string& source, std::vector<std::string> options = {}) {
    library(source, std::string("old/") + kPlace, std::move(options));
  }
  void new_library(const std::string& source, std::vector<std::string> options = {}) {
    library(source, std::string("new/") + kPlace, std::move(options));
  }

  GateReport report() {
    const Result<Draft> draft = prepare(disk_, request({at("old")}, {at("new")}));
    EXPECT_TRUE(draft) << (draft ? "" : draft.error().message());
    return draft ? draft->improvement.gate : GateReport();
  }

  static std::vector<std::string> lines(const std::vector<Finding>& findings) {
    std::vector<std::string> lines;
    for (const Finding& finding : findings) {
      lines.push_back(std::string(finding.rule) + " " + line_of(finding));
    }
    return lines;
  }
  std::vector<std::string> blockers() { return lines(report().blockers); }
  std::vector<std::string> warnings() { return lines(report().warnings); }
};

TEST_F(ElfRules, PassAFixThatKeepsEverything) {
  new_library("int table[4] = {2}; int twice(int n) { return n + n; }");
  EXPECT_THAT(blockers(), IsEmpty());
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(ElfRules, BlockASonameThatChangesOrDisappears) {
  new_library(kFirst, {"-Wl,-soname,libtest.so.2"});
  EXPECT_THAT(blockers(), ElementsAre(HasSubstr("soname changes [was: libtest.so.1; is: "
                                                "libtest.so.2]")));
  std::filesystem::remove(at("new/usr/lib/libtest.so.1"));
  put("new/usr/lib/other", "x");
  EXPECT_THAT(blockers(), ElementsAre(HasSubstr("the library libtest.so.1 disappears")));
}

TEST_F(ElfRules, CompareALibraryWithItsSuccessorOfAnotherName) {
  library("int table[4] = {1};", "new/usr/lib/libtest.so.1.0.1");
  link("libtest.so.1.0.1", "new/usr/lib/libtest.so.1");
  std::filesystem::rename(at("old/usr/lib/libtest.so.1"), at("old/usr/lib/libtest.so.1.0.0"));
  link("libtest.so.1.0.0", "old/usr/lib/libtest.so.1");
  EXPECT_THAT(blockers(), ElementsAre(AllOf(HasSubstr("libtest.so.1.0.1"), HasSubstr("twice"))));
}

TEST_F(ElfRules, BlockALinkThatTheLoaderLooksForAndThatDisappears) {
  library(kFirst, "old/usr/lib/libtest.so.1.0.0");
  std::filesystem::remove(at("old/usr/lib/libtest.so.1"));
  std::filesystem::copy(at("old"), at("new"), std::filesystem::copy_options::recursive);
  link("libtest.so.1.0.0", "old/usr/lib/libtest.so.1");
  EXPECT_THAT(blockers(), ElementsAre(HasSubstr("soname usr/lib/libtest.so.1 (system): the link")));
}

TEST_F(ElfRules, BlockSymbolsThatDisappearOrChangeInKindOrSize) {
  new_library("int table[5] = {1}; int thrice(int n) { return 3 * n; }");
  EXPECT_THAT(blockers(),
              ElementsAre(HasSubstr("1 exported symbol disappears: twice"),
                          HasSubstr("table (object of 16 bytes, now object of 20 bytes)")));
  EXPECT_THAT(warnings(), ElementsAre(HasSubstr("1 new exported symbol: thrice")));
}

TEST_F(ElfRules, BlockAVersionOfSymbolsThatDisappears) {
  put("old.map", "V_1 { global: twice; }; V_2 { global: table; local: *; };");
  put("new.map", "V_1 { global: twice; table; local: *; };");
  old_library(kFirst, {"-Wl,--version-script=" + at("old.map")});
  new_library(kFirst, {"-Wl,--version-script=" + at("new.map")});
  EXPECT_THAT(blockers(), ElementsAre(HasSubstr("table@V_2, version V_2")));
}

TEST_F(ElfRules, BlockALibraryThatTheBaselineLacks) {
  library("int helper(void) { return 1; }", "libhelper.so", {"-Wl,-soname,libhelper.so.1"});
  const char* needing = "int helper(void); int table[4]; int twice(int n) { return helper(); }";
  new_library(needing, {at("libhelper.so")});
  EXPECT_THAT(blockers(), ElementsAre(HasSubstr("needs the library libhelper.so.1")));
  for (const char* side : {"old", "new"}) {
    std::filesystem::copy(at("libhelper.so"), at(std::string(side) + "/usr/lib/libhelper.so.1"));
  }
  EXPECT_THAT(blockers(), IsEmpty());
  EXPECT_THAT(warnings(), ElementsAre(HasSubstr("needs the library libhelper.so.1")));
}

TEST_F(ElfRules, BlockAVersionOfSymbolsThatTheLibraryLacks) {
  put("one.map", "H_1 { global: helper; local: *; };");
  put("two.map", "H_1 { }; H_2 { global: helper; local: *; } H_1;");
  const char* helper = "int helper(void) { return 1; }";
  library(helper, "old/usr/lib/libhelper.so.1",
          {"-Wl,-soname,libhelper.so.1", "-Wl,--version-script=" + at("one.map")});
  library(helper, "libhelper.so",
          {"-Wl,-soname,libhelper.so.1", "-Wl,--version-script=" + at("two.map")});
  const char* needing = "int helper(void); int table[4]; int twice(int n) { return helper(); }";
  old_library(needing, {at("old/usr/lib/libhelper.so.1")});
  new_library(needing, {at("libhelper.so")});
  std::filesystem::copy(at("old/usr/lib/libhelper.so.1"), at("new/usr/lib/libhelper.so.1"));
  EXPECT_THAT(blockers(), ElementsAre(HasSubstr("needs symbols of libhelper.so.1 in version H_2")));
}

TEST_F(ElfRules, BlockOtherPlacesToSearch) {
  new_library(kFirst, {"-Wl,-rpath,/opt/lib"});
  EXPECT_THAT(blockers(), ElementsAre(HasSubstr("[was: none; is: RUNPATH /opt/lib]")));
}

TEST_F(ElfRules, BlockHardeningThatIsLostAndNotWhatIsGained) {
  old_library(kFirst, {"-Wl,-z,relro,-z,now"});
  new_library(kFirst, {"-Wl,-z,execstack", "-DOTHER"});
  EXPECT_THAT(blockers(), ElementsAre(HasSubstr("loses RELRO"), HasSubstr("loses BIND_NOW"),
                                      HasSubstr("loses a stack that is not executable")));
  std::filesystem::rename(at("old"), at("third"));
  std::filesystem::rename(at("new"), at("old"));
  std::filesystem::rename(at("third"), at("new"));
  EXPECT_THAT(blockers(), IsEmpty());
}

TEST_F(ElfRules, BlockAnotherKindOfFile) {
  put(std::string("new/") + kPlace, "#!/bin/sh\n", 0755);
  EXPECT_THAT(blockers(), ElementsAre(HasSubstr("is no ELF file any more")));
  put(std::string("new/") + kPlace,
      "\x7f"
      "ELFrubbish");
  EXPECT_THAT(blockers(), ElementsAre(HasSubstr("cannot be read as an ELF file any more")));
  compile("void _start(void) { for (;;) ; }", std::string("new/") + kPlace, {"-pie", "-fPIE"});
  EXPECT_THAT(blockers(), Contains(HasSubstr("is another kind of file [was: shared library; is: "
                                             "program]")));
}

TEST_F(ElfRules, BlockAnotherMachine) {
  new_library(kFirst);
  Bytes other = content(std::string("new/") + kPlace);
  other[18] = 243;  // e_machine: RISC-V
  ASSERT_TRUE(disk_.write(at(std::string("new/") + kPlace), other, 0644));
  EXPECT_THAT(blockers(), ElementsAre(AllOf(HasSubstr("for another machine"),
                                            HasSubstr("64-bit machine 243"))));
}

TEST_F(ElfRules, WarnWhereOnlyPackagesAreGivenAndALibraryIsNotAmongThem) {
  library("int helper(void) { return 1; }", "libhelper.so", {"-Wl,-soname,libhelper.so.1"});
  new_library("int helper(void); int table[4]; int twice(int n) { return helper(); }",
              {at("libhelper.so")});
  const Path old = package("old", "libtest1", "1.0-1");
  const Path fresh = package("new", "libtest1", "1.0-2");
  const Result<Draft> draft = prepare(disk_, request({old}, {fresh}));
  ASSERT_TRUE(draft);
  EXPECT_THAT(draft->improvement.gate.blockers, IsEmpty());
  EXPECT_THAT(lines(draft->improvement.gate.warnings),
              ElementsAre(AllOf(HasSubstr("libhelper.so.1"), HasSubstr("make sure"))));
}

}  // namespace
}  // namespace interlude::publish
