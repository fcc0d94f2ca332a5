#pragma once
// One improvement, from two trees (or packages) to a manifest and its payloads.
//
// Letters are cumulative because the patched side is always compared with the baseline, never with
// an earlier letter; earlier letters only serve as further starting points for payloads.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "publish/contents.hpp"
#include "publish/gate.hpp"
#include "probes/probe_file.hpp"
#include "publish/payload.hpp"

namespace interlude::publish {

struct Request {
  improvement::Id id;
  std::string release;
  std::vector<Path> baseline;  ///< one folder, or .deb files
  std::vector<Path> patched;
  std::vector<ComponentRule> rules;
  ApplyChoices apply = {};
  std::vector<improvement::Advisory> advisories;
  bool shared_advisories = false;  ///< those about components that do not differ here are left out
  probes::ProbeFile operation = {};  ///< likewise
  std::vector<Path> earlier;       ///< build directories of earlier letters
  std::vector<improvement::Allowance> allowances;
  bool with_documentation = false;
};

struct Improvement {
  improvement::Manifest manifest;
  std::map<std::string, Bytes> payloads;  ///< by the name in the manifest
  std::vector<std::string> notes;         ///< what was left out and why, for a person
  std::uint64_t package_download_bytes =
      0;  ///< what the patched packages would cost; 0 for folders
  GateReport gate = {};
};

/// All of an improvement but its payloads: both sides are read, compared and judged.
struct Draft {
  Request request;
  Improvement improvement;
  Sides sides;
  Comparison comparison;
  Contents contents;
};

/// Passes where the gate does not: `improvement.gate` says why.
/// Errors: Invalid (nothing differs, an advisory for no component, an unknown rule …), and those of
/// reading.
Result<Draft> prepare(sys::FileSystem& disk, const Request& request);

/// Makes the payloads. Deterministic: same inputs and library versions, same bytes.
/// Errors: Denied where the gate has blockers, Cancelled, and those of reading.
Result<Improvement> finish(sys::FileSystem& disk, Draft draft, const Progress& progress);

/// Both, one after the other.
Result<Improvement> build(sys::FileSystem& disk, const Request& request, const Progress& progress);

/// Writes manifest.json and the payloads into `directory`, which must exist.
Status write_improvement(sys::FileSystem& disk, const Improvement& improvement,
                         const Path& directory);

}  // namespace interlude::publish
