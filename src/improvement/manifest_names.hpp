#pragma once
// What the manifest's reader and writer must agree on: names of enumerators and usual values.

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "improvement/manifest.hpp"

namespace interlude::improvement {

inline constexpr std::uint64_t kManifestFormat = 1;

inline constexpr std::array<std::pair<EntryKind, std::string_view>, 3> kKindNames = {{
    {EntryKind::Regular, "file"},
    {EntryKind::Symlink, "link"},
    {EntryKind::Directory, "directory"},
}};

inline constexpr std::array<std::pair<Apply, std::string_view>, 4> kApplyNames = {{
    {Apply::Live, "live"},
    {Apply::LiveWithRestart, "live-with-restart"},
    {Apply::WhenNotRunning, "when-not-running"},
    {Apply::AtBoot, "at-boot"},
}};

inline constexpr std::array<std::pair<Payload::From, std::string_view>, 3> kFromNames = {{
    {Payload::From::Baseline, "baseline"},
    {Payload::From::Letter, "letter"},
    {Payload::From::Full, "full"},
}};

template <class Enum, std::size_t count>
std::string_view name_in(const std::array<std::pair<Enum, std::string_view>, count>& names,
                         Enum value) {
  for (const auto& [one, name] : names) {
    if (one == value) return name;
  }
  return "";
}

/// The values an entry has where the manifest does not state them: those of `before` if that is of
/// the same kind, else the plainest of the kind.
Entry usual_entry(EntryKind kind, const std::optional<Entry>& before);

/// Whether a file's size and digest are stated whatever they are: no file was there before, so that
/// none are usual, not even those of an empty one.
inline bool states_content(EntryKind kind, const std::optional<Entry>& before) {
  return !before || before->kind != kind;
}

}  // namespace interlude::improvement
