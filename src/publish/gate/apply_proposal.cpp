#include "publish/gate/apply_proposal.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <array>

namespace interlude::publish {
namespace {

using improvement::Apply;
using improvement::EntryKind;

struct PlaceReason {
  const char* glob;  ///< `*` also matches slashes
  const char* reason;
};

/// What every process has mapped, or what nothing may restart while the system runs.
constexpr std::array kAtBoot = {
    PlaceReason{"*/ld-linux*.so.*", "the loader of every program"},
    PlaceReason{"*/ld.so", "the loader of every program"},
    PlaceReason{"*/libc.so.6", "the C library, mapped by every process"},
    PlaceReason{"*/libm.so.6", "part of the C library"},
    PlaceReason{"*/libpthread.so.0", "part of the C library"},
    PlaceReason{"*/libdl.so.2", "part of the C library"},
    PlaceReason{"*/librt.so.1", "part of the C library"},
    PlaceReason{"*/libresolv.so.2", "part of the C library"},
    PlaceReason{"*/libnss_*.so*", "a module that every process may load to look up names (NSS)"},
    PlaceReason{"*/libpam*.so*", "PAM, which logins and sessions have loaded"},
    PlaceReason{"*/security/pam_*.so", "a PAM module, loaded by logins under way"},
    PlaceReason{"usr/lib/systemd/systemd*", "systemd, which runs from boot on"},
    PlaceReason{"*/systemd/libsystemd-*.so", "systemd, which runs from boot on"},
    PlaceReason{"*/libsystemd.so.0*", "systemd's library, mapped by D-Bus and the journal"},
    PlaceReason{"*/libdbus-1.so.3*", "D-Bus, which cannot be restarted"},
    PlaceReason{"usr/bin/dbus-*", "D-Bus, which cannot be restarted"},
    PlaceReason{"usr/lib/dbus-1.0/*", "D-Bus, which cannot be restarted"},
    PlaceReason{"usr/lib/modules/*", "a module of the kernel"},
    PlaceReason{"usr/lib/firmware/*", "firmware, which the kernel loads"},
};

/// Directories of plugins, which a running program may open at any time.
constexpr std::array kPluginPlaces = {
    "*/engines-*/*",   "*/ossl-modules/*", "*/gio/modules/*", "*/gconv/*",
    "*/gstreamer-*/*", "*/gdk-pixbuf-*/*", "*/qt*/plugins/*", "*/plugins/*",
    "*/modules/*",     "*/gtk-*/*",        "*/sasl2/*",       "*/krb5/plugins/*",
};

/// Texts that an interpreter runs.
constexpr std::array kScriptNames = {"*.py",  "*.pyc", "*.pl",  "*.pm",  "*.rb",  "*.js",
                                     "*.php", "*.sh",  "*.lua", "*.tcl", "*.jar", "*.el"};

bool fits(const char* glob, const std::string& path) {
  return fnmatch(glob, path.c_str(), 0) == 0;
}

const ElfFacts* facts_of_subject(const Subject& subject) {
  if (subject.after) return &*subject.after;
  return subject.before ? &*subject.before : nullptr;
}

const improvement::Entry& entry_of(const Subject& subject) {
  const auto& file = subject.change->file;
  return file.after ? *file.after : *file.before;
}

bool is_executable(const Subject& subject) {
  const improvement::Entry& entry = entry_of(subject);
  return entry.kind == EntryKind::Regular && (entry.mode & 0111U) != 0;
}

bool is_plugin(const Path& path, const ElfFacts* facts) {
  if (facts == nullptr || facts->kind != ElfFacts::Kind::Library) return false;
  return facts->soname.empty() ||
         std::ranges::any_of(kPluginPlaces, [&](const char* glob) { return fits(glob, path); });
}

/// A program that no person starts by its name: others do, from where they know it to be.
bool is_helper(const Path& path, const ElfFacts* facts, bool executable) {
  if (!may_be_companion(path) || fits("usr/lib/systemd/*", path)) return false;
  return facts != nullptr ? facts->kind == ElfFacts::Kind::Program : executable;
}

/// It runs in a process of its own, or is loaded late, and then finds the new library.
bool finds_new_library(const Companion& companion, std::span<const Subject> subjects) {
  return std::ranges::any_of(subjects, [&](const Subject& subject) {
    return subject.after && std::ranges::find(companion.facts.needed, subject.after->soname) !=
                                companion.facts.needed.end();
  });
}

/// Whether the file at `path` is a module that a library of the component itself opens: one of its
/// own directory that is linked with it. What runs is restarted when they change together, and
/// whoever opens a module by then gets one that knows the library which is there.
bool belongs_to_library(const Path& path, const ElfFacts& module,
                        std::span<const Subject> subjects) {
  return std::ranges::any_of(subjects, [&](const Subject& subject) {
    const ElfFacts* const library = facts_of_subject(subject);
    return library != nullptr && library->kind == ElfFacts::Kind::Library &&
           library->opens_libraries && !library->soname.empty() && subject.path() != path &&
           path.starts_with(parent_of(subject.path()) + "/") &&
           std::ranges::find(module.needed, library->soname) != module.needed.end();
  });
}

bool is_code(const Subject& subject) {
  return facts_of_subject(subject) != nullptr || is_executable(subject) ||
         !subject.path().starts_with("usr/share/") ||
         std::ranges::any_of(kScriptNames,
                             [&](const char* glob) { return fits(glob, subject.path()); });
}

std::string restart_reason(std::span<const Subject> subjects) {
  const Subject* library = nullptr;
  const Subject* program = nullptr;
  for (const Subject& subject : subjects) {
    const ElfFacts* facts = facts_of_subject(subject);
    if (facts == nullptr) continue;
    if (facts->kind == ElfFacts::Kind::Library && library == nullptr) library = &subject;
    if (facts->kind == ElfFacts::Kind::Program && program == nullptr) program = &subject;
  }
  if (library != nullptr && program != nullptr) {
    return fmt::format("{} and {} have to agree", program->path(), library->path());
  }
  if (library != nullptr) {
    return fmt::format("{}: what has it mapped goes on with the old one", library->path());
  }
  if (program != nullptr)
    return fmt::format("{}: what runs goes on as the old one", program->path());
  return "programs may have read its files already";
}

}  // namespace

bool may_be_companion(const Path& path) {
  return path.starts_with("usr/lib") || (fits("opt/*", path) && !fits("*/bin/*", path));
}

ApplyProposal propose_apply(std::span<const Subject> subjects,
                            std::span<const Companion> companions) {
  for (const Subject& subject : subjects) {
    for (const PlaceReason& place : kAtBoot) {
      if (!fits(place.glob, subject.path())) continue;
      return {Apply::AtBoot, fmt::format("{}: {}", subject.path(), place.reason)};
    }
  }
  const auto opener = std::ranges::find_if(subjects, [](const Subject& one) {
    const ElfFacts* facts = facts_of_subject(one);
    return facts != nullptr && facts->opens_libraries;
  });
  for (const Subject& subject : subjects) {
    const ElfFacts* const facts = facts_of_subject(subject);
    if (!is_plugin(subject.path(), facts)) continue;
    if (belongs_to_library(subject.path(), *facts, subjects)) continue;
    std::string reason =
        fmt::format("{}: a plugin that a running program may load at any time", subject.path());
    if (opener != subjects.end() && &*opener != &subject) {
      reason += fmt::format("; {} opens such", opener->path());
    }
    return {Apply::WhenNotRunning, std::move(reason)};
  }
  for (const Subject& subject : subjects) {
    if (!is_helper(subject.path(), facts_of_subject(subject), is_executable(subject))) continue;
    return {Apply::WhenNotRunning,
            fmt::format("{}: a helper program that a running program may start at any time",
                        subject.path())};
  }
  for (const Companion& companion : companions) {
    const bool late = is_plugin(companion.path, &companion.facts) ||
                      is_helper(companion.path, &companion.facts, true);
    if (!late || !finds_new_library(companion, subjects)) continue;
    const bool is_its_module = !companion.changes &&
                               companion.facts.kind == ElfFacts::Kind::Library &&
                               belongs_to_library(companion.path, companion.facts, subjects);
    if (is_its_module) continue;
    return {Apply::WhenNotRunning,
            fmt::format("{}: a helper or plugin that a running program may start or load at any "
                        "time, and that then finds the new library",
                        companion.path)};
  }
  if (std::ranges::none_of(subjects, is_code)) {
    return {Apply::Live, "data only: nothing of it is code"};
  }
  return {Apply::LiveWithRestart, restart_reason(subjects)};
}

}  // namespace interlude::publish
