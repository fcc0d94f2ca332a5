#include "publish/gate/elf_facts.hpp"

#include <gmock/gmock.h>

#include "publish/gate/elf_workshop_test.hpp"

namespace interlude::publish {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::Pair;

using ReadElfFacts = ElfWorkshop;

constexpr const char* kLibrary =
    "int table[4] = {1}; __thread int mine; int twice(int n) { return 2 * n; }\n"
    "static int hidden(void) { return 1; } int call(void) { return hidden(); }\n";

TEST_F(ReadElfFacts, SaysWhatALibraryOffersAndNeeds) {
  put("versions.map", "VERSION_1 { global: twice; table; mine; local: *; };");
  library(kLibrary, "libtest.so", {"-Wl,--version-script=" + at("versions.map")});
  const ElfFacts test = facts("libtest.so");
  EXPECT_EQ(test.kind, ElfFacts::Kind::Library);
  EXPECT_EQ(test.soname, "libtest.so.1");
  EXPECT_EQ(test.search_path, "");
  EXPECT_THAT(test.versions, ElementsAre("VERSION_1"));
  EXPECT_THAT(test.exports,
              ElementsAre(Pair("mine@VERSION_1", ElfSymbol{ElfSymbol::Kind::ThreadLocal, 4, false}),
                          Pair("table@VERSION_1", ElfSymbol{ElfSymbol::Kind::Object, 16, false}),
                          Pair("twice@VERSION_1",
                               testing::Field(&ElfSymbol::kind, ElfSymbol::Kind::Function))));
  library(
      "int twice(int); void* dlopen(const char*, int);\n"
      "void* use(void) { return dlopen(0, twice(1)); }",
      "libuser.so", {at("libtest.so"), "-Wl,-soname,libuser.so.1,-rpath,/opt/x"});
  const ElfFacts user = facts("libuser.so");
  EXPECT_THAT(user.needed, ElementsAre("libtest.so.1"));
  EXPECT_THAT(user.needed_versions, ElementsAre(Pair("libtest.so.1", "VERSION_1")));
  EXPECT_EQ(user.search_path, "RUNPATH /opt/x");
  EXPECT_TRUE(user.opens_libraries);
  EXPECT_THAT(user.exports, ElementsAre(Key("use")));
}

TEST_F(ReadElfFacts, SaysHowAFileIsHardened) {
  library(kLibrary, "plain.so", {"-Wl,-z,execstack"});
  EXPECT_THAT(facts("plain.so").hardening,
              ElementsAre(Hardening::PositionIndependent, Hardening::NoWritableCode));
  library("int twice(int n) { volatile char b[64]; b[n] = 1; return b[0]; }", "hard.so",
          {"-fstack-protector-all", "-Wl,-z,relro,-z,now,-z,noexecstack", "-Wl,-soname,x"});
  const ElfFacts hard = facts("hard.so");
  for (const Hardening one : {Hardening::Relro, Hardening::BindNow, Hardening::StackProtector,
                              Hardening::NoExecutableStack}) {
    EXPECT_THAT(hard.hardening, Contains(one)) << name_of(one);
  }
  if (hard.machine == 62) {  // x86-64
    library(kLibrary, "cet.so", {"-fcf-protection=full"});
    EXPECT_THAT(facts("cet.so").hardening, Contains(Hardening::BranchTracking));
    EXPECT_THAT(facts("cet.so").hardening, Contains(Hardening::ReturnGuard));
    EXPECT_THAT(hard.hardening, Not(Contains(Hardening::BranchTracking)));
  }
}

TEST_F(ReadElfFacts, TellsProgramsFromLibraries) {
  constexpr const char* kStart = "void _start(void) { for (;;) ; }";
  compile(kStart, "fixed", {"-no-pie", "-static"});
  EXPECT_EQ(facts("fixed").kind, ElfFacts::Kind::Program);
  EXPECT_THAT(facts("fixed").hardening, Not(Contains(Hardening::PositionIndependent)));
  compile(kStart, "pie", {"-pie", "-fPIE"});
  EXPECT_EQ(facts("pie").kind, ElfFacts::Kind::Program);
  EXPECT_THAT(facts("pie").hardening, Contains(Hardening::PositionIndependent));
  compile(kStart, "object.o", {"-c"});
  EXPECT_EQ(facts("object.o").kind, ElfFacts::Kind::Object);
  EXPECT_THAT(facts("object.o").hardening, IsEmpty());
}

TEST_F(ReadElfFacts, ReadsAFileOfTheDistribution) {
  Result<Bytes> bytes = disk_.read(SAMPLE_OLD, 1U << 30U);
  ASSERT_TRUE(bytes);
  const Result<ElfFacts> sample = read_elf_facts(*bytes);
  ASSERT_TRUE(sample) << sample.error().message();
  EXPECT_THAT(sample->exports, Contains(Key("choose")));
  EXPECT_THAT(sample->needed, Contains("libc.so.6"));
}

TEST_F(ReadElfFacts, RefusesEveryTruncationThatHidesSomething) {
  library(kLibrary, "libtest.so", {"-s"});
  const Bytes whole = content("libtest.so");
  for (std::size_t size = 0; size < whole.size(); size += size < 512 ? 1 : 61) {
    EXPECT_FALSE(read_elf_facts(ByteView(whole).first(size))) << size;
  }
}

TEST_F(ReadElfFacts, SurvivesEveryDamagedByte) {
  library(kLibrary, "libtest.so", {"-s"});
  const Bytes whole = content("libtest.so");
  for (std::size_t at = 0; at < whole.size(); at += at < 1024 ? 1 : 17) {
    for (const unsigned value : {0U, 0x7fU, 0xffU}) {
      Bytes damaged = whole;
      damaged[at] = static_cast<std::uint8_t>(value);
      (void)read_elf_facts(damaged);  // some are still files that can be read
    }
  }
}

TEST_F(ReadElfFacts, RefusesALibraryWithoutSectionHeaders) {
  library(kLibrary, "libtest.so", {"-s"});
  Bytes stripped = content("libtest.so");
  std::fill_n(stripped.begin() + 40, 8, std::uint8_t{0});  // e_shoff
  std::fill_n(stripped.begin() + 60, 4, std::uint8_t{0});  // e_shnum, e_shstrndx
  const Result<ElfFacts> facts = read_elf_facts(stripped);
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().kind(), ErrorKind::Corrupt);
}

}  // namespace
}  // namespace interlude::publish
