#pragma once
// Pages for people: which security improvements there are, what each fixed, for whom, since when,
// and what became of it; and a feed of them. Layout: docs/pages.md.
//
// They are a view of what was signed, never its source: devices read none of this, and the same
// signed data gives the same bytes at any time. What a publisher wrote is shown as text, whatever
// it contains.

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "repository/announced.hpp"

namespace interlude::pages {

/// What an improvement's publisher says about its rollout, as far as people are told.
struct RolloutView {
  enum class State { Running, Paused, Withdrawn, Complete };
  struct Step {
    std::chrono::minutes after{0};
    unsigned share = 0;  ///< of all devices, in hundredths of a percent; by rings: the ring
  };

  State state = State::Running;
  std::string reason;              ///< of a pause or withdrawal
  bool reverts = false;            ///< withdrawn: devices that have it go back
  std::optional<sys::Time> since;  ///< when the state last changed
  bool urgent = false;
  std::vector<Step> steps;  ///< times rise; empty: all at once
  bool by_rings = false;
  std::optional<sys::Time> start;
  std::chrono::minutes delay{0};  ///< the steps are later by it, for it was paused
  unsigned ceiling = 10'000;      ///< the share that is not exceeded for now
};

struct Site {
  std::string source;
  sys::Time created;  ///< when the repository was made: part of the feed's ids, which never change
  std::string
      base_url;  ///< of the public folder, with a slash at its end; empty: links are relative
  std::vector<repository::Announced> improvements;
  std::map<std::string, RolloutView> rollouts;  ///< by id; without: all devices at once
};

struct Page {
  Path path;  ///< below the public folder
  std::string content;
};

inline constexpr std::size_t kMostFeedEntries = 100;

/// Where the page of an improvement is: "security/PLATFORM/BASELINE/LETTER.html".
Path page_of(const improvement::Id& id);

/// The index, the feed, and a page for each improvement. Pure.
std::vector<Page> make(const Site& site);

struct Written {
  std::size_t pages = 0;
  std::size_t changed = 0;  ///< that were not there with these bytes
};

/// Each page is replaced as a whole, and only where it differs.
Result<Written> write(sys::FileSystem& disk, const Path& public_folder,
                      const std::vector<Page>& pages);

}  // namespace interlude::pages
