#pragma once

#include <span>

#include "publish/gate/finding.hpp"
#include "publish/gate/libraries.hpp"

namespace interlude::publish {

/// One changed path as the gate sees it.
struct Subject {
  const Change* change = nullptr;
  std::string component = {};
  std::optional<ElfFacts> before = {};  ///< where it was an ELF file that can be read
  std::optional<ElfFacts> after = {};
  std::string before_problem = {};  ///< why an ELF file cannot be read
  std::string after_problem = {};

  const Path& path() const { return change->file.path; }
};

/// What a program or library must keep: what it is, what it offers, what it asks for, how it is
/// hardened. A library whose file has another name now, under one soname, is compared with that
/// one.
void judge_elf(std::span<const Subject> subjects, const Libraries& libraries, Findings& findings);

}  // namespace interlude::publish
