#pragma once
// The manifest: what one improvement is, down to the last byte of every file. Format:
// docs/formats/manifest.md.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "improvement/entry.hpp"
#include "improvement/letter.hpp"
#include "improvement/probe.hpp"

namespace interlude::improvement {

struct Advisory {
  std::string id;         ///< e.g. "CVE-2026-1234"
  std::string component;  ///< name of the component it concerns
  std::string impact;
  std::string description;
  std::vector<std::string> references;

  bool operator==(const Advisory&) const = default;
};

enum class Action { Add, Replace, Delete };

/// One path of a component. Replace and Delete have `before`, Add and Replace have `after`.
struct FileChange {
  Path path;  ///< canonical
  std::optional<Entry> before;
  std::optional<Entry> after;

  Action action() const;
  bool operator==(const FileChange&) const = default;
};

/// When a component may switch while programs run.
enum class Apply { Live, LiveWithRestart, WhenNotRunning, AtBoot };

/// "live", "live-with-restart", "when-not-running", "at-boot".
std::string_view name_of(Apply apply);
/// Invalid unless one of those names.
Result<Apply> parse_apply(std::string_view name);

/// One payload: all new content of a component from one starting point.
struct Payload {
  enum class From { Baseline, Letter, Full };

  From from = From::Full;
  std::string letter;  ///< the earlier letter where `from` is Letter, else empty
  std::string name;    ///< file name beside the manifest, e.g. "openssl.from-baseline.payload"
  std::uint64_t size = 0;
  crypto::Sha256 digest;

  bool operator==(const Payload&) const = default;
};

/// What may be restarted when a component switches, beyond what the device finds by itself.
struct RestartRules {
  std::vector<std::string> units;  ///< restarted if they are active, whatever they map
  std::vector<std::string> never;  ///< patterns of units that are left running; they are reported

  bool operator==(const RestartRules&) const = default;
};

struct Component {
  std::string name;
  std::string version_before;  ///< for people; may be empty
  std::string version_after;
  std::string package;  ///< the package whose version tells "already fixed by the OS"; may be empty
  Apply apply = Apply::LiveWithRestart;
  std::vector<FileChange> files;  ///< sorted by path, each path once over all components
  std::vector<Payload> payloads;  ///< empty where no file has new content
  RestartRules restart = {};
  std::vector<Probe> probes = {};

  bool operator==(const Component&) const = default;
};

/// A rule of the publisher's gate that was overridden, with the reason.
struct Allowance {
  std::string rule;
  std::string reason;

  bool operator==(const Allowance&) const = default;
};

struct Manifest {
  Id id;
  std::string release;  ///< one act of publishing, the same over platforms and baselines
  std::vector<Advisory> advisories;
  std::vector<Component> components;
  std::vector<Allowance> allowances;

  bool operator==(const Manifest&) const = default;
};

inline constexpr std::uint64_t kLargestManifest = 8ULL << 20U;
inline constexpr std::uint64_t kLargestFile = 16ULL << 30U;  ///< of any file or payload, in bytes

/// Reads and validates everything that can be validated without a disk: canonical paths, no path
/// twice or below a non-directory of the manifest, no device nodes, no setuid or setgid bit that
/// `before` did not have with the same owner, sizes in bounds. Members it does not know are
/// ignored; a `format` it does not know is refused.
/// Errors: Corrupt (`manifest.json: components[0].files[3].path: …`).
Result<Manifest> parse_manifest(ByteView text);

/// Canonical JSON; parse_manifest(serialize(m)) == m.
std::string serialize(const Manifest& manifest);

/// nullptr where the manifest has none of that name.
const Component* find_component(const Manifest& manifest, std::string_view name);

/// `COMPONENT.from-baseline.payload`, `COMPONENT.from-b.payload` or `COMPONENT.full.payload`.
std::string payload_name(std::string_view component, Payload::From from, std::string_view letter);

/// The regular files with new content (action Add or Replace, kind Regular, digest differs from
/// before), in manifest order: what the component's payloads rebuild, one after the other.
std::vector<const FileChange*> rebuilt_files(const Component& component);

/// Files a payload from the baseline may refer to: every regular file of `before`, in manifest
/// order.
std::vector<const FileChange*> reference_files(const Component& component);

/// One old file a payload refers to.
struct Reference {
  Path path;
  std::uint64_t size = 0;
  crypto::Sha256 digest;

  bool operator==(const Reference&) const = default;
};

/// The exact old files, in order, that a payload of `component` refers to. With `earlier` null
/// (from the baseline) these are its reference_files(). Else `earlier` is the component of the same
/// name in the earlier letter's manifest, and the files are those a device has on with that letter,
/// sorted by path: for each path of either component that was a regular file then, what `earlier`
/// put there, or the baseline's file where `earlier` does not list the path. A full payload refers
/// to nothing. docs/formats/payload.md, section 2.
std::vector<Reference> references(const Component& component, const Component* earlier);

/// How a component relates to one device. Decided per component: all-or-nothing would reach nobody.
enum class Fit { Applies, Absent, AlreadyFixed, Foreign };

struct Applicability {
  Fit fit = Fit::Absent;
  // Where Foreign: the first path that differs, and what was expected and found there ("nothing",
  // "a link to x", a digest…).
  Path path;
  std::string expected;
  std::string found;
  bool through_link = false;  ///< Foreign since the path leads through a symbolic link
};

/// `root` is the baseline's tree as it is on the device. Owners and extended attributes are
/// compared where keeps_owners() says that they mean something. A path that cannot be reached
/// without following a link is Foreign. Cost: reads and hashes every file of the component.
Result<Applicability> applicability(sys::FileSystem& disk, const Path& root,
                                    const Component& component);

}  // namespace interlude::improvement
