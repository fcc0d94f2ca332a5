#include "publish/gate/elf_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace interlude::publish {
namespace {

std::string_view name_of_symbol_kind(ElfSymbol::Kind kind) {
  switch (kind) {
    case ElfSymbol::Kind::Function:
      return "function";
    case ElfSymbol::Kind::Object:
      return "object";
    case ElfSymbol::Kind::ThreadLocal:
      return "thread-local object";
    case ElfSymbol::Kind::Other:
      break;
  }
  return "symbol";
}

std::string described(const ElfSymbol& symbol) {
  const bool sized =
      symbol.kind == ElfSymbol::Kind::Object || symbol.kind == ElfSymbol::Kind::ThreadLocal;
  if (!sized) return std::string(name_of_symbol_kind(symbol.kind));
  return fmt::format("{} of {} bytes", name_of_symbol_kind(symbol.kind), symbol.size);
}

/// Functions may change in size, and what has no type says nothing.
bool differ(const ElfSymbol& before, const ElfSymbol& after) {
  return before.kind != ElfSymbol::Kind::Other && after.kind != ElfSymbol::Kind::Other &&
         described(before) != described(after);
}

std::string counted(std::size_t count, std::string_view one, std::string_view several) {
  return fmt::format("{} {}", count, count == 1 ? one : several);
}

std::string or_nothing(const std::string& text) {
  return text.empty() ? "none" : text;
}

class ElfJudging {
 public:
  ElfJudging(std::span<const Subject> subjects, const Libraries& libraries, Findings& findings)
      : subjects_(subjects), libraries_(libraries), findings_(findings) {
    for (const Subject& subject : subjects) {
      if (!subject.before) continue;
      needed_already_.insert(subject.before->needed.begin(), subject.before->needed.end());
      versions_already_.insert(subject.before->needed_versions.begin(),
                               subject.before->needed_versions.end());
    }
  }

  void run() {
    for (const Subject& subject : subjects_) {
      if (subject.change->file.after) {
        const Subject* old = subject.before ? &subject : namesake(subject);
        judge_new(subject, old == nullptr ? nullptr : &*old->before);
      } else if (subject.before && !subject.before->soname.empty()) {
        judge_gone(subject);
      } else {
        judge_link_gone(subject);
      }
    }
  }

 private:
  void block(std::string_view rule, const Subject& subject, std::string what, std::string before,
             std::string after, std::vector<std::string> details = {}) {
    findings_.blockers.push_back({rule, subject.path(), std::move(what), std::move(before),
                                  std::move(after), std::move(details), subject.component});
  }

  void warn(std::string_view rule, const Subject& subject, std::string what, std::string before,
            std::string after, std::vector<std::string> details = {}) {
    findings_.warnings.push_back({rule, subject.path(), std::move(what), std::move(before),
                                  std::move(after), std::move(details), subject.component});
  }

  /// The deleted library whose place an added one takes.
  const Subject* namesake(const Subject& added) const {
    if (!added.after || added.after->soname.empty()) return nullptr;
    const auto found = std::ranges::find_if(subjects_, [&](const Subject& old) {
      return !old.change->file.after && old.before && old.before->soname == added.after->soname &&
             old.before->machine == added.after->machine;
    });
    return found == subjects_.end() ? nullptr : &*found;
  }

  void judge_gone(const Subject& subject) {
    const std::string& soname = subject.before->soname;
    const bool replaced = std::ranges::any_of(subjects_, [&](const Subject& other) {
      return other.after && other.after->soname == soname;
    });
    if (replaced) return;
    block(rule::kSoname, subject, fmt::format("the library {} disappears", soname), soname, "none");
  }

  /// The loader looks for a library under its soname, which is often a link.
  void judge_link_gone(const Subject& subject) {
    const auto& file = subject.change->file;
    if (!file.before || file.before->kind != improvement::EntryKind::Symlink) return;
    const std::string name = file_name_of(file.path);
    if (name.find(".so.") == std::string::npos || libraries_.has(name)) return;
    block(rule::kSoname, subject,
          fmt::format("the link {} disappears, by which a library is found", name),
          file.before->target, "none");
  }

  void judge_new(const Subject& subject, const ElfFacts* before) {
    if (!subject.after_problem.empty()) {
      if (before == nullptr && !subject.change->file.before) {
        warn(rule::kElf, subject, "cannot be judged", "none", subject.after_problem);
      } else if (before != nullptr) {
        block(rule::kElf, subject, "cannot be read as an ELF file any more", "readable",
              subject.after_problem);
      } else {
        warn(rule::kElf, subject, "cannot be judged", or_nothing(subject.before_problem),
             subject.after_problem);
      }
      return;
    }
    if (before != nullptr && !subject.after) {
      block(rule::kElf, subject, "is no ELF file any more", std::string(name_of(before->kind)),
            "something else");
      return;
    }
    if (!subject.after) return;
    const ElfFacts& after = *subject.after;
    judge_needed(subject, before, after);
    judge_needed_versions(subject, before, after);
    const std::string old_path = before == nullptr ? "" : before->search_path;
    if (after.search_path != old_path) {
      block(rule::kSearchPath, subject, "libraries are searched for in other places",
            or_nothing(old_path), or_nothing(after.search_path));
    }
    if (before == nullptr) return;
    judge_kind(subject, *before, after);
    judge_soname(subject, *before, after);
    judge_symbols(subject, *before, after);
    judge_hardening(subject, *before, after);
  }

  void judge_kind(const Subject& subject, const ElfFacts& before, const ElfFacts& after) {
    if (before.machine != after.machine || before.bits != after.bits) {
      block(rule::kElf, subject, "is for another machine", machine_of(before), machine_of(after));
    }
    if (before.kind != after.kind) {
      block(rule::kElf, subject, "is another kind of file", std::string(name_of(before.kind)),
            std::string(name_of(after.kind)));
    }
  }

  void judge_soname(const Subject& subject, const ElfFacts& before, const ElfFacts& after) {
    if (before.soname.empty() || before.soname == after.soname) return;
    block(rule::kSoname, subject, "its soname changes", before.soname, or_nothing(after.soname));
  }

  void judge_symbols(const Subject& subject, const ElfFacts& before, const ElfFacts& after) {
    std::vector<std::string> gone;
    std::vector<std::string> changed;
    for (const auto& [name, old] : before.exports) {
      const auto found = after.exports.find(name);
      if (found == after.exports.end()) {
        gone.push_back(name);
      } else if (differ(old, found->second)) {
        changed.push_back(
            fmt::format("{} ({}, now {})", name, described(old), described(found->second)));
      }
    }
    for (const std::string& version : before.versions) {
      if (!after.versions.contains(version)) gone.push_back("version " + version);
    }
    if (!gone.empty()) {
      block(rule::kSymbol, subject,
            fmt::format(
                "{}: {}",
                counted(gone.size(), "exported symbol disappears", "exported symbols disappear"),
                some_of(gone)),
            fmt::format("{} exported", before.exports.size()),
            fmt::format("{} exported", after.exports.size()), gone);
    }
    if (!changed.empty()) report_changed_symbols(subject, before, changed);
    std::vector<std::string> added;
    for (const auto& [name, symbol] : after.exports) {
      if (!before.exports.contains(name)) added.push_back(name);
    }
    if (added.empty()) return;
    warn(rule::kSymbol, subject,
         fmt::format("{}: {}", counted(added.size(), "new exported symbol", "new exported symbols"),
                     some_of(added)),
         "", "", added);
  }

  /// Programs that are linked with a library may hold a copy of its objects, of the old size.
  /// Nobody links a program or a plugin.
  void report_changed_symbols(const Subject& subject, const ElfFacts& before,
                              const std::vector<std::string>& changed) {
    const std::string what =
        fmt::format("{}: {}",
                    counted(changed.size(), "exported symbol becomes something else",
                            "exported symbols become something else"),
                    some_of(changed));
    if (before.soname.empty()) {
      warn(rule::kSymbol, subject, what, "", "", changed);
    } else {
      block(rule::kSymbol, subject, what, "", "", changed);
    }
  }

  void judge_hardening(const Subject& subject, const ElfFacts& before, const ElfFacts& after) {
    for (const Hardening one : before.hardening) {
      if (after.hardening.contains(one)) continue;
      block(rule::kHardening, subject, fmt::format("loses {}", name_of(one)), "has it", "has not");
    }
  }

  void judge_needed(const Subject& subject, const ElfFacts* before, const ElfFacts& after) {
    for (const std::string& name : after.needed) {
      if (before != nullptr && std::ranges::find(before->needed, name) != before->needed.end()) {
        continue;
      }
      const std::string what = fmt::format("needs the library {}", name);
      const Path added = libraries_.only_added(name);
      if (!added.empty()) {
        if (component_of(added) == subject.component) continue;
        warn(rule::kNeeded, subject,
             fmt::format("{}, which another component of this improvement adds: a device may have "
                         "one without the other",
                         what),
             "not needed", added);
      } else if (libraries_.has(name) || needed_already_.contains(name)) {
        if (before != nullptr) warn(rule::kNeeded, subject, what, "not needed", "on the baseline");
      } else if (libraries_.complete()) {
        block(rule::kNeeded, subject, what, "not needed", "neither on the baseline nor added");
      } else {
        warn(rule::kNeeded, subject, what, "not needed",
             "not among the packages given: make sure that the baseline has it");
      }
    }
  }

  void judge_needed_versions(const Subject& subject, const ElfFacts* before,
                             const ElfFacts& after) {
    for (const auto& needed : after.needed_versions) {
      const auto& [name, version] = needed;
      if (versions_already_.contains(needed) ||
          (before != nullptr && before->needed_versions.contains(needed))) {
        continue;
      }
      const std::optional<bool> defined = libraries_.defines(name, version, after);
      if (defined.value_or(false)) continue;
      const std::string what = fmt::format("needs symbols of {} in version {}", name, version);
      if (defined) {
        block(rule::kNeeded, subject, what, "not needed", "the library has no such version");
      } else {
        warn(rule::kNeeded, subject, what, "not needed",
             "the library is not at hand: make sure that the baseline's has that version");
      }
    }
  }

  std::string component_of(const Path& path) const {
    const auto found = std::ranges::find(subjects_, path, &Subject::path);
    return found == subjects_.end() ? "" : found->component;
  }

  std::span<const Subject> subjects_;
  const Libraries& libraries_;
  Findings& findings_;
  std::set<std::string> needed_already_;  ///< by what changes, on the baseline
  std::set<std::pair<std::string, std::string>> versions_already_;
};

}  // namespace

std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 5;
  if (names.size() <= kMost + 1) return fmt::format("{}", fmt::join(names, ", "));
  return fmt::format("{} and {} more", fmt::join(names.begin(), names.begin() + kMost, ", "),
                     names.size() - kMost);
}

void judge_elf(std::span<const Subject> subjects, const Libraries& libraries, Findings& findings) {
  ElfJudging(subjects, libraries, findings).run();
}

}  // namespace interlude::publish
