#pragma once
// One improvement among the others, and what is said about it in words: what both the pages and the
// feed are made from. Nothing here is escaped.

#include <string>
#include <vector>

#include "pages/pages.hpp"

namespace interlude::pages {

struct View {
  const repository::Announced* improvement = nullptr;
  const RolloutView* rollout = nullptr;  ///< null where nothing is said
  const View* replaced_by = nullptr;     ///< the newest letter that reaches devices, if newer
  const View* back_to = nullptr;         ///< the newest earlier letter that is not withdrawn
  std::vector<const View*> earlier;    ///< letters of the same platform and baseline, newest first
  std::vector<const View*> elsewhere;  ///< of the same release, for others

  const improvement::Manifest& manifest() const { return improvement->manifest; }
  const improvement::Id& id() const { return improvement->manifest.id; }
  bool is(RolloutView::State state) const { return rollout != nullptr && rollout->state == state; }
  /// Whether devices go on to it: its rollout has begun, and is neither paused nor withdrawn.
  bool reaches_devices() const;
  bool withdrawn() const { return is(RolloutView::State::Withdrawn); }
  /// "12.11 (b)"
  std::string short_name() const;
  /// "debian-12-x86_64 12.11 (b)"
  std::string name() const;
  /// When something about it last changed that its publisher signed.
  sys::Time updated() const;
};

/// Something to know before anything else about an improvement.
struct Notice {
  enum class Kind { Withdrawn, Superseded, Paused } kind = Kind::Withdrawn;
  std::optional<sys::Time> since;
  std::string text;
  std::string reason;  ///< the publisher's words; may be empty
};

/// "Withdrawn"
std::string_view title_of(Notice::Kind kind);
/// What matters most first; at most one of each kind.
std::vector<Notice> notices(const View& view);
/// How it reaches devices.
std::string rollout_text(const View& view);
/// "openssl, webkit"
std::string component_names(const improvement::Manifest& manifest);
/// "CVE-2026-1, CVE-2026-2 and 3 more"
std::string advisory_names(const improvement::Manifest& manifest);

std::string letter_page(const Site& site, const View& view);
/// `newest_first`, those of one act of publishing side by side.
std::string index_page(const Site& site, const std::vector<const View*>& newest_first);
std::string feed(const Site& site, const std::vector<View>& views);

}  // namespace interlude::pages
