// interlude-guard COMMAND [--root DIR]: what must work when nothing else does.
//
// It is static, makes system calls only, and neither asks D-Bus nor the network: an improvement of
// any library that turns out bad cannot take it down. It arms the system's directories at boot,
// counts boots that do not come through and goes back, takes off what is on, and steps aside for
// the package manager.

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "guard/package_manager.hpp"
#include "overlay/kernel_mounts.hpp"
#include "overlay/switcher.hpp"
#include "sys/posix/file_system.hpp"
#include "sys/say.hpp"

namespace interlude::guard {
namespace {

// docs/EXIT-CODES.md
constexpr int kFailed = 1;
constexpr int kInvalid = 2;

struct World {
  explicit World(const Layout& of) : layout(of), mounts(of), switcher(disk, mounts, of) {}

  Layout layout;
  sys::posix::FileSystem disk;
  overlay::KernelMounts mounts;
  overlay::Switcher switcher;
};

void say(std::string_view text) {
  sys::say(stdout, std::string(text) + "\n");
}

Status arm(World& world) {
  const auto told = world.switcher.arm();
  if (!told) return std::unexpected(told.error());
  say(*told);
  return {};
}

Status show_status(World& world) {
  say(fmt::format("method {}", overlay::name_of(world.mounts.method())));
  const auto active = world.switcher.current();
  say("active " + (active ? *active : "-"));
  const auto hierarchies = world.mounts.hierarchies();
  if (!hierarchies) return std::unexpected(hierarchies.error());
  for (const Path& hierarchy : *hierarchies) {
    const auto shown = world.mounts.shown(hierarchy);
    const auto depth = world.mounts.depth(hierarchy);
    if (!shown) return std::unexpected(shown.error());
    say(fmt::format("hierarchy {} {} {}", hierarchy, shown->empty() ? kBaseline : *shown,
                    depth.value_or(0)));
  }
  return {};
}

struct Command {
  std::string_view name;
  std::string_view what;
  std::function<Status(World&)> run;
};

const std::vector<Command>& commands() {
  static const std::vector<Command> all = {
      {"arm", "at boot: arm the directories, count the boot, show what is on", arm},
      {"boot-passed", "this boot came through with what is on",
       [](World& world) { return world.switcher.boot_passed(); }},
      {"back", "go back to the generation before the one that is on",
       [](World& world) { return world.switcher.go_back("the agent could not go on"); }},
      {"remove", "take off what is on; it stays off until a newer letter, or until asked for",
       [](World& world) { return world.switcher.remove(); }},
      {"baseline", "the baseline for now; the agent puts back what was on",
       [](World& world) {
         return world.switcher.switch_to(std::string(kBaseline), overlay::Way::Back);
       }},
      {"step-aside", "take off every mount; what is on comes back with come-back or the next boot",
       [](World& world) { return world.switcher.step_aside(); }},
      {"come-back", "show again what was on, once no package manager is at work",
       [](World& world) { return come_back(world.layout); }},
      {"settle", "make the mounts agree with what is on",
       [](World& world) { return world.switcher.settle(); }},
      {"dpkg-hook apt", "what apt runs first, before hooks that remount file systems",
       [](World& world) { return before_apt(world.layout); }},
      {"dpkg-hook pre", "what dpkg runs first",
       [](World& world) { return before_packages(world.layout); }},
      {"dpkg-hook post", "what dpkg runs last",
       [](World& world) { return after_packages(world.layout); }},
      {"status", "what is shown where", show_status},
  };
  return all;
}

void print_help() {
  say("interlude-guard COMMAND [--root DIR]\n\nWhat must work when nothing else does: static, "
      "without network and D-Bus.\n");
  for (const Command& each : commands()) say(fmt::format("  {:16} {}", each.name, each.what));
  say(fmt::format("  {:16} {}", "unlock -- ARGV…",
                  "run a command that changes the system's files, with ours out of the way"));
  say("\n--root DIR  takes the place of /\nExit codes: 0 done, 1 failed, 2 wrong arguments; of "
      "`unlock` those of the command.");
}

void complain(const std::string& text) {
  sys::say(stderr, "interlude-guard: " + text + "\n");
}

int fail_with(const Error& error) {
  complain(error.message());
  return kFailed;
}

int run(std::vector<std::string> words) {
  std::string root = "/";
  std::string name;
  std::size_t at = 0;
  for (; at < words.size() && words[at] != "--"; ++at) {
    if (words[at] == "--help" || words[at] == "-h") {
      print_help();
      return 0;
    }
    if (words[at] == "--version") {
      say("interlude-guard " INTERLUDE_VERSION);
      return 0;
    }
    if (words[at] == "--root" && at + 1 < words.size()) {
      root = words[++at];
    } else {
      name += (name.empty() ? "" : " ") + words[at];
    }
  }
  // Mounts are told by their whole path, links resolved.
  const auto place = sys::posix::FileSystem().resolve(root);
  if (!place) return fail_with(place.error().during("--root"));
  const Layout layout(*place);
  if (name == "unlock" && at + 1 >= words.size()) {
    complain("unlock needs a command after --");
    return kInvalid;
  }
  if (name == "unlock") {
    const auto code =
        unlocked(layout, {words.begin() + static_cast<std::ptrdiff_t>(at) + 1, words.end()});
    return code ? *code : fail_with(code.error());
  }
  for (const Command& each : commands()) {
    if (each.name != name) continue;
    World world(layout);
    const Status done = each.run(world);
    return done ? 0 : fail_with(done.error());
  }
  complain(
      (name.empty() ? std::string("a command is needed") : "unknown command \"" + name + "\"") +
      "; see --help");
  return kInvalid;
}

}  // namespace
}  // namespace interlude::guard

int main(int argc, char** argv) {
  return interlude::guard::run(std::vector<std::string>(argv + 1, argv + argc));
}
