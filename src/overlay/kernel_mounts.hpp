#pragma once
// Hierarchies by the kernel's mounts, in this process's mount namespace, from where they reach all
// others that follow it.
//
// From Linux 6.5 on a new tree is mounted *beneath* the one that is seen, which is then taken off:
// look-ups see the old or the new, and what a service manager mounted below the directory for one
// service stays. On older kernels the new tree goes on top: as atomic for look-ups, but it would
// hide such mounts; so every namespace is looked at first, and where there is one, nothing is done.
// There the trees pile up. Going back to what lies directly underneath takes the upmost one off
// instead, which hides nothing and makes the pile smaller.
//
// Mounts of others below a hierarchy (a driver's library, bound by a container engine) come along:
// the new tree is put together, with them in it, in a place nobody else sees, and moved as one.

#include <optional>

#include "base/layout.hpp"
#include "overlay/mount_table.hpp"
#include "overlay/mounts.hpp"
#include "sys/posix/unique_fd.hpp"

namespace interlude::overlay {

enum class Method { Beneath, OnTop };
/// "beneath" or "on-top".
std::string_view name_of(Method method);
/// What this kernel can do.
Method best_method();

/// The source that the table of mounts shows for an overlay of ours: this, then the generation.
inline constexpr std::string_view kSourcePrefix = "interlude:";

/// Each tree on top of another makes every look-up a little slower. Above this many, nothing new
/// goes on before the pile is folded: at the next boot, or when a package manager ran.
inline constexpr std::size_t kDeepestPile = 16;

class KernelMounts final : public Mounts {
 public:
  explicit KernelMounts(Layout layout, Method method = best_method());

  Result<std::unique_ptr<Hold>> hold() override;
  Status check_unleased() override;
  bool is_off() override;
  std::string boot_id() override;
  Result<Path> pin() override;
  Result<std::vector<Path>> wholes() override;
  Result<std::vector<Path>> hierarchies() override;
  Result<std::string> shown(const Path& hierarchy) override;
  Status check(const Path& hierarchy, const std::string& id) override;
  Status show(const Path& hierarchy, const std::string& id, const Path& layer) override;
  Status show_baseline(const Path& hierarchy) override;
  Status step_aside(const Path& hierarchy) override;
  Result<std::set<std::string>> in_use() override;

  /// Mounts of ours at `hierarchy`: one, but for kernels that pile them up.
  Result<std::size_t> depth(const Path& hierarchy);
  Method method() const { return method_; }

 private:
  /// What is mounted at a hierarchy: perhaps a file system of its own, and ours on it.
  struct Place {
    Path directory;
    std::vector<Mount> table;
    std::vector<Mount> ours;  ///< the one that is seen last
    std::uint64_t restrictions = 0;
  };
  Result<Place> look(const Path& hierarchy) const;
  /// Conflict where somebody mounted something over the whole hierarchy.
  Status check_uppermost(const Place& place) const;

  Path at(const Path& hierarchy) const;
  /// Where directories were mounted on themselves by us, and not by somebody else.
  std::set<Path> armed() const;
  Status note_armed(const Path& hierarchy) const;
  Status pin_root();
  Status pin_below(const Path& mount_point);
  Result<sys::posix::UniqueFd> overlay_for(const Path& hierarchy, const Place& place,
                                           const std::string& id, const Path& layer);
  Result<sys::posix::UniqueFd> baseline_for(const Path& hierarchy, const Place& place);
  /// Puts `mount` in the place of what is seen, with what others mounted below it.
  Status replace(const sys::posix::UniqueFd& mount, const Place& place);
  Result<sys::posix::UniqueFd> with_submounts(const sys::posix::UniqueFd& mount,
                                              const std::vector<Mount>& submounts,
                                              const Path& directory);

  Layout layout_;
  Method method_;
};

}  // namespace interlude::overlay
