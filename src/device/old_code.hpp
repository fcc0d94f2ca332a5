#pragma once
// What is on, and what still runs: per component and per CVE, as a device answers it.

#include <optional>
#include <string>
#include <vector>

#include "device/store.hpp"
#include "running/detector.hpp"

namespace interlude::device {

/// The paths that processes run code of, with what is there now and what has been there: those of
/// `on` (null: the baseline is on), of `also`, and of every generation in `store`. `root` is where
/// processes see them, `baseline` where the baseline's files are read; empty: nowhere.
std::vector<running::Watched> watched_paths(const Store& store, const Path& root,
                                            const Path& baseline, const Improved* on,
                                            const Improved* also = nullptr);

/// Those of `findings` that run old code of `component`; `root` as above.
std::vector<running::Process> with_old_code_of(const running::Findings& findings,
                                               const improvement::Component& component,
                                               const Path& root);

/// How far one fix has come on this device.
struct FixState {
  std::string code;  ///< "running", "old-code", "on", or a Standing's name
  std::string sentence;
};

/// Of the component `name` of what is on. Without `findings` it is not known who runs what.
FixState fix_state(const Improved& improved, const std::string& name,
                   const std::optional<running::Findings>& findings, const Path& root);

/// `[{"pid", "program", "user", "uid", "unit", "person"}]`.
json::Value to_json(const std::vector<running::Process>& processes);
/// "nginx (nginx.service), 3 of anna's: firefox, mail, editor": by units and people.
std::string sum_up(const std::vector<running::Process>& processes);

}  // namespace interlude::device
