#include "running/maps.hpp"

#include <gmock/gmock.h>
#include <sys/sysmacros.h>

#include "running/build_id.hpp"

namespace interlude::running {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kMaps =
    "55d0c7a00000-55d0c7a01000 r--p 00000000 fe:01 1234                       /usr/bin/a b\n"
    "7f2a1c000000-7f2a1c180000 r-xp 00028000 00:2d 77                         /usr/lib/x.so.1\n"
    "7f2a1c200000-7f2a1c280000 r-xs 00028000 00:2d 78                         /u/y.so (deleted)\n"
    "7f2a1c300000-7f2a1c321000 rw-p 00000000 00:00 0 \n"
    "7ffd0b3e0000-7ffd0b401000 rw-p 00000000 00:00 0                          [stack]\n"
    "7ffd0b3e0000-7ffd0b401000 r-xp 00000000 00:00 0                          [vdso]\n";

TEST(Maps, NamesFilesWithTheirNumbers) {
  EXPECT_THAT(parse_maps(kMaps),
              ElementsAre(Mapping{"55d0c7a00000-55d0c7a01000", false, makedev(0xfe, 1), 1234,
                                  "/usr/bin/a b", false},
                          Mapping{"7f2a1c000000-7f2a1c180000", true, makedev(0, 0x2d), 77,
                                  "/usr/lib/x.so.1", false},
                          Mapping{"7f2a1c200000-7f2a1c280000", true, makedev(0, 0x2d), 78,
                                  "/u/y.so", true}));
}

TEST(Maps, LeavesOutLinesThatCouldLeadElsewhere) {
  EXPECT_THAT(parse_maps("../../etc-1 r-xp 00000000 00:2d 77 /usr/lib/x.so.1\n"), IsEmpty());
  EXPECT_THAT(parse_maps("1-2 r-xp 00000000 00:2d 7x /usr/lib/x.so.1\n"), IsEmpty());
  EXPECT_THAT(parse_maps("1-2 r-xp 00000000 002d 77 /usr/lib/x.so.1\n"), IsEmpty());
}

TEST(Maps, BearsEveryTruncation) {
  for (std::size_t length = 0; length < kMaps.size(); ++length) {
    EXPECT_LE(parse_maps(kMaps.substr(0, length)).size(), 3U);
    EXPECT_LE(parse_maps(kMaps.substr(length)).size(), 3U);
  }
}

struct Case {
  std::string_view text;
  Belonging belongs;
};

TEST(ControlGroup, NamesTheUnit) {
  const Case cases[] = {
      {"0::/system.slice/nginx.service\n", {"nginx.service", 0, false}},
      {"0::/system.slice/system-getty.slice/getty@tty1.service\n",
       {"getty@tty1.service", 0, false}},
      {"0::/system.slice/x.service/payload/y.service\n", {"x.service", 0, false}},
      {"0::/user.slice/user-1000.slice/session-3.scope\n", {"session-3.scope", 1000, true}},
      {"0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-f.scope\n",
       {"app-f.scope", 1000, true}},
      {"0::/user.slice/user-1000.slice/user@1000.service/init.scope\n", {"init.scope", 1000, true}},
      {"5:memory:/a.service\n1:name=systemd:/system.slice/b.service\n0::/\n",
       {"b.service", 0, false}},
      {"0::/init.scope\n", {"init.scope", 0, false}},
      {"0::/\n", {}},
      {"", {}},
      {"0::/system.slice/\x1b[2J.service\n", {"?[2J.service", 0, false}},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(parse_control_group(each.text), each.belongs) << each.text;
  }
}

TEST(ControlGroup, BearsEveryTruncation) {
  constexpr std::string_view kText =
      "1:name=systemd:/user.slice/user-1000.slice/user@1000.service/app.slice/app-f.scope\n";
  for (std::size_t length = 0; length < kText.size(); ++length) {
    EXPECT_LE(parse_control_group(kText.substr(0, length)).unit.size(), 20U);
  }
}

/// An ELF header, one program header, one note.
std::string elf_with_note(std::uint32_t description_size) {
  std::string file(64 + 56 + 16 + 4, '\0');
  const auto put = [&](std::size_t at, std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
      file[at + i] = static_cast<char>(value >> (8 * i));
    }
  };
  file.replace(0, 6,
               "\x7f"
               "ELF\x02\x01");
  put(32, 64, 8);   // e_phoff
  put(54, 56, 2);   // e_phentsize
  put(56, 1, 2);    // e_phnum
  put(64, 4, 4);    // PT_NOTE
  put(72, 120, 8);  // p_offset
  put(96, 20, 8);   // p_filesz
  put(120, 4, 4);
  put(124, description_size, 4);
  put(128, 3, 4);  // NT_GNU_BUILD_ID
  file.replace(132, 4, std::string_view("GNU\0", 4));
  file.replace(136, 4, "\xde\xad\xbe\xef");
  return file;
}

std::optional<std::string> id_of(std::string_view file) {
  return build_id([&](std::uint64_t offset, std::span<std::uint8_t> into) {
    if (offset > file.size() || into.size() > file.size() - offset) return false;
    std::ranges::copy(file.substr(offset, into.size()), into.begin());
    return true;
  });
}

TEST(BuildId, IsReadFromTheNote) {
  EXPECT_EQ(id_of(elf_with_note(4)), "deadbeef");
}

TEST(BuildId, BelievesNoLength) {
  const std::string file = elf_with_note(4);
  for (std::size_t length = 0; length < file.size(); ++length) {
    EXPECT_EQ(id_of(std::string_view(file).substr(0, length)), std::nullopt);
  }
  EXPECT_EQ(id_of(elf_with_note(5)), std::nullopt);
  EXPECT_EQ(id_of(elf_with_note(0xffffffffU)), std::nullopt);
}

TEST(Shown, KeepsWhatIsPrintable) {
  EXPECT_EQ(shown(" a~"), " a~");
  EXPECT_EQ(shown("\x1f\x7f\n"), "???");
  EXPECT_EQ(shown("na\xc3\xafve\xff"), "na\xc3\xafve?");
  EXPECT_EQ(shown(std::string(101, 'a')).size(), 100U);
}

}  // namespace
}  // namespace interlude::running
