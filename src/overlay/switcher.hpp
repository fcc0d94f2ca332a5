#pragma once
// From one generation to another in sight of everybody: the mounts of several hierarchies, and the
// link `active`, which says what the next boot shows. The agent switches with it, and so does the
// guard, which shares no other code with the agent.
//
// Several directories are not one instant. Libraries switch before programs on the way forward and
// after them on the way back; a switch that fails half-way is undone; and what a killed process
// left half-way settle() finishes, because each mount says which generation it shows.

#include <string>
#include <string_view>

#include "base/layout.hpp"
#include "overlay/mounts.hpp"
#include "overlay/view.hpp"
#include "sys/file_system.hpp"

namespace interlude::overlay {

/// In the file that asks the agent for a look (Layout::recheck).
inline constexpr std::string_view kAfterBoot = "boot";

enum class Way {
  On,    ///< to what is wanted: where its boots do not come through, what is on now comes back
  Back,  ///< away from what is on: nothing must ever lead back to that
};

class Switcher {
 public:
  /// All are borrowed.
  Switcher(sys::FileSystem& disk, Mounts& mounts, Layout layout)
      : disk_(&disk), mounts_(&mounts), layout_(std::move(layout)) {}

  /// The generation that `active` names. NotFound where nothing was ever on.
  Result<std::string> current();

  /// Conflict, saying who wants it, where the untouched baseline is to be seen until the next boot,
  /// or longer.
  Status check_wanted();

  /// Shows `id` and points `active` at it. With Way::Back nothing waits for the next boot any more.
  /// Also on a full disk. Conflict: a package manager is at work, files below `id` changed, or
  /// something mounted is in the way (Mounts::check); nothing has changed then, nor after any other
  /// error.
  Status switch_to(const std::string& id, Way way);

  /// Makes the mounts show what `active` names, if they do not. No error, and nothing is done,
  /// while a package manager is at work, and where somebody wants the untouched baseline. Conflict:
  /// files below it changed.
  Status settle();

  /// At boot: counts it, once, decides what it shows, arms, and shows that. A generation whose
  /// baseline changed meanwhile is not shown before the agent has looked. What was done, as
  /// sentences for a log.
  Result<std::string> arm();

  /// The boot came through with what is on. Proves nothing where that is not what is seen.
  Status boot_passed();

  /// Goes back to the generation before the one that is on: the agent cannot any more. Conflict
  /// while a package manager is at work.
  Status go_back(const std::string& why);

  /// A person wants off what is on, and the agent cannot see to it: the baseline, and a note for
  /// the agent, so that it does not put it on again.
  Status remove();

  /// Takes off every mount, down to the bare directories. `active` stays.
  Status step_aside();

  /// Asks the agent for a look at the files below what is on and what waits. `why`: kAfterBoot
  /// where these have been in sight all the time.
  Status ask_for_look(std::string_view why = "");

 private:
  struct Step {
    Path hierarchy;
    std::string from;  ///< generation; empty: the baseline
    std::string to;
  };
  Result<std::vector<Step>> steps_to(const View& view, Way way);
  Status take(const Step& step);
  Status take_all(const std::vector<Step>& steps);
  void undo(const std::vector<Step>& steps, std::size_t count);
  Status check(const std::vector<Step>& steps);
  Status point_at(const std::string& id);
  /// Which generation this boot shows.
  Result<std::string> choose(const Path& baseline, std::string& told);
  /// Asks for a look at what is below `id`; says so.
  std::string leave_to_agent(const std::string& id);
  Result<std::string> nothing_on(const Error& problem);
  bool is_complete(const std::string& id);
  /// Conflict where `id` would be laid over other files than somebody looked at.
  Status check_facts(const std::string& id);
  /// Complete, and laid over what it was laid over when it was on.
  bool can_come_back(const std::string& id, const Path& baseline);
  /// Whether every directory that `id` has shows it.
  bool is_seen(const std::string& id);

  sys::FileSystem* disk_;
  Mounts* mounts_;
  Layout layout_;
};

}  // namespace interlude::overlay
