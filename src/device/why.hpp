#pragma once
// Why something is on here, or not: what the last poll found, in sentences.

#include <optional>
#include <string>
#include <vector>

#include "device/report.hpp"

namespace interlude::device {

struct Explanation {
  std::string subject;  ///< "(b)", "openssl", "CVE-2026-1234"
  bool on = false;
  std::string code;  ///< a reason's name; "on", "current" where there is nothing to wait for
  std::string sentence;
  std::optional<sys::Time> until;  ///< when it can change, if that is known
};

/// About `what`: a letter, a component or a CVE; about all that is on or waits where it is empty.
/// NotFound where nothing here is called so: what is published and not fetched is known by its
/// letter only.
Result<std::vector<Explanation>> why(const Report& report, const std::string& what);

json::Value to_json(const std::vector<Explanation>& answers);
std::string to_text(const Explanation& answer);

}  // namespace interlude::device
