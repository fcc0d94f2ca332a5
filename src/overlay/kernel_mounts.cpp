#include "overlay/kernel_mounts.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>

#include "overlay/kernel.hpp"
#include "overlay/leases.hpp"
#include "overlay/namespaces.hpp"
#include "sys/posix/lock.hpp"
#include "sys/posix/priority.hpp"

namespace interlude::overlay {
namespace {

using sys::posix::UniqueFd;

constexpr std::uint32_t kPrivate = 0700;
constexpr std::uint32_t kShared = 0755;
constexpr int kTries = 100;
constexpr int kBetweenTriesMs = 50;

/// Directories that may be file systems of their own and hold what is patched.
constexpr std::array<std::string_view, 2> kOwnFileSystems = {"usr", "opt"};

/// Package managers wait for whoever has it, and half a switch is in sight meanwhile.
class FileHold final : public Mounts::Hold {
 public:
  explicit FileHold(sys::posix::LockFile lock) : lock_(std::move(lock)) {}

 private:
  sys::posix::OrdinaryPriority priority_;  // until after the lock
  sys::posix::LockFile lock_;
};

bool is_overlay_of_ours(const Mount& mount) {
  return mount.type == "overlay" && mount.source.starts_with(kSourcePrefix);
}

std::string generation_of(const Mount& mount) {
  return is_overlay_of_ours(mount) ? mount.source.substr(kSourcePrefix.size()) : "";
}

/// What of the file system in `under` lies at `path`.
Path inside(const Mount& under, std::string_view path) {
  const std::string_view rest = path.substr(under.point == "/" ? 0 : under.point.size());
  return under.root == "/" ? Path(rest.empty() ? "/" : rest) : under.root + Path(rest);
}

/// Whether `mount` is its directory mounted on itself, which is how a hierarchy is armed. `bare` is
/// the mount that the directory lies in.
bool is_self_bind(const Mount& bare, const Mount& mount) {
  return bare.device == mount.device && mount.root == inside(bare, mount.point);
}

/// Mounts at `stack`'s place that somebody else put there: at its foot, where it is a mount of its
/// own. `is_armed`: what is mounted on itself there is ours.
const Mount* foot_of(const std::vector<Mount>& table, const std::vector<Mount>& stack,
                     bool is_armed) {
  if (stack.empty() || is_overlay_of_ours(stack.front())) return nullptr;
  const Mount* const under = around(table, stack.front().point);
  if (is_armed && under != nullptr && is_self_bind(*under, stack.front())) return nullptr;
  return &stack.front();
}

/// What a file of the kernel's says: it tells no size.
std::string text_of(const char* file) {
  std::string text;
  const UniqueFd fd(::open(file, O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> piece{};
  for (ssize_t got = 0; fd && (got = ::read(fd.get(), piece.data(), piece.size())) > 0;) {
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
  return text;
}

Status make_folder(const Path& folder, std::uint32_t mode) {
  if (::mkdir(folder.c_str(), mode) == 0 || errno == EEXIST) return {};
  return std::unexpected(errno_error("making " + folder));
}

Status check_masks(const Path& directory) {
  const auto masks = masks_below(directory);
  if (!masks) return std::unexpected(masks.error());
  if (masks->empty()) return {};
  const Mask& first = masks->front();
  return fail(
      ErrorKind::Conflict,
      fmt::format("process {} ({}) has a mount of its own at {}, which a change of {} would "
                  "take from it: it waits until that process ends, or the next boot",
                  first.pid, first.program, first.point, directory));
}

/// Those of `mounts` that lie below no other of them.
std::vector<Mount> outermost(const std::vector<Mount>& mounts) {
  std::vector<Mount> found;
  std::ranges::copy_if(mounts, std::back_inserter(found), [&](const Mount& each) {
    return std::ranges::none_of(
        mounts, [&](const Mount& other) { return each.point.starts_with(other.point + "/"); });
  });
  const auto same_point = [](const Mount& a, const Mount& b) { return a.point == b.point; };
  std::ranges::sort(found, {}, &Mount::point);
  found.erase(std::unique(found.begin(), found.end(), same_point), found.end());
  return found;
}

}  // namespace

std::string_view name_of(Method method) {
  return method == Method::Beneath ? "beneath" : "on-top";
}

Method best_method() {
  return can_attach_beneath() ? Method::Beneath : Method::OnTop;
}

KernelMounts::KernelMounts(Layout layout, Method method)
    : layout_(std::move(layout)), method_(method) {}

Result<std::unique_ptr<Mounts::Hold>> KernelMounts::hold() {
  if (const Status made = make_folder(layout_.running(), kShared); !made) {
    return std::unexpected(made.error());
  }
  for (int tried = 0;; ++tried) {
    auto lock = sys::posix::LockFile::acquire(layout_.mounts_lock());
    if (lock) return std::unique_ptr<Hold>(new FileHold(std::move(*lock)));
    if (lock.error().kind() != ErrorKind::Conflict || tried == kTries) {
      return std::unexpected(lock.error());
    }
    (void)::poll(nullptr, 0, kBetweenTriesMs);  // a signal only makes the wait shorter
  }
}

Status KernelMounts::check_unleased() {
  const auto lessees = live_leases(layout_);
  if (!lessees) return std::unexpected(lessees.error());
  if (lessees->empty()) return {};
  return fail(ErrorKind::Conflict, fmt::format("process {} ({}) is changing the system's files",
                                               lessees->front().pid, lessees->front().program));
}

bool KernelMounts::is_off() {
  const std::string text = text_of("/proc/cmdline");
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of(" \n"), rest.size());
    const std::string_view word = rest.substr(0, end);
    if (word == "interlude.off" || word == "interlude.off=1") return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

std::string KernelMounts::boot_id() {
  std::string text = text_of("/proc/sys/kernel/random/boot_id");
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

// Lasts as long as the mounts do: until the next boot.
std::set<Path> KernelMounts::armed() const {
  const std::string text = text_of(join(layout_.running(), "armed").c_str());
  std::set<Path> all;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    all.emplace(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return all;
}

Status KernelMounts::note_armed(const Path& hierarchy) const {
  if (armed().contains(hierarchy)) return {};
  const Path file = join(layout_.running(), "armed");
  const UniqueFd fd(
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644));
  const std::string line = hierarchy + "\n";
  if (fd && ::write(fd.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size())) {
    return {};
  }
  return std::unexpected(errno_error("writing " + file));
}

Result<Path> KernelMounts::pin() {
  if (const Status pinned = pin_root(); !pinned) return std::unexpected(pinned.error());
  const auto table = read_mount_table();
  if (!table) return std::unexpected(table.error());
  for (const std::string_view name : kOwnFileSystems) {
    const bool is_armed = armed().contains(Path(name));
    if (foot_of(*table, stack_at(*table, at(Path(name))), is_armed) == nullptr) continue;
    if (const Status pinned = pin_below(Path(name)); !pinned) {
      return std::unexpected(pinned.error());
    }
  }
  return join(layout_.pin(), "root");
}

Status KernelMounts::pin_root() {
  const Path place = layout_.pin();
  const Path pinned = join(place, "root");
  const auto table = read_mount_table();
  if (!table) return std::unexpected(table.error());
  if (!stack_at(*table, pinned).empty()) return {};
  if (const Status made = make_folder(layout_.running(), kShared); !made) return made;
  if (const Status made = make_folder(place, kPrivate); !made) return made;
  if (stack_at(*table, place).empty()) {
    if (const Status made = make_private_place(place); !made) return made;
  }
  if (const Status made = make_folder(pinned, kPrivate); !made) return made;
  return pin_below("");
}

Status KernelMounts::pin_below(const Path& mount_point) {
  const Path root = join(layout_.pin(), "root");
  const Path pinned = mount_point.empty() ? root : join(root, mount_point);
  const auto table = read_mount_table();
  if (!table) return std::unexpected(table.error());
  if (!stack_at(*table, pinned).empty()) return {};
  // The foot of what is mounted there, were it covered by ours.
  const auto clone = clone_tree(at(mount_point));
  if (!clone) return std::unexpected(clone.error());
  if (const Status confined = confine(*clone); !confined) return confined;
  return attach(*clone, pinned);
}

Result<std::vector<Path>> KernelMounts::wholes() {
  const auto table = read_mount_table();
  if (!table) return std::unexpected(table.error());
  std::vector<Path> found;
  for (const std::string_view name : kOwnFileSystems) {
    struct stat status {};
    if (::stat(at(Path(name)).c_str(), &status) != 0) continue;
    const bool is_armed = armed().contains(Path(name));
    const Mount* const own = foot_of(*table, stack_at(*table, at(Path(name))), is_armed);
    const Mount* const holder = own != nullptr ? own : around(*table, at(Path(name)));
    const bool is_read_only =
        holder != nullptr && (restrictions_of(*holder) & MOUNT_ATTR_RDONLY) != 0;
    if (own != nullptr || is_read_only) found.emplace_back(name);
  }
  return found;
}

Result<std::vector<Path>> KernelMounts::hierarchies() {
  const auto table = read_mount_table();
  if (!table) return std::unexpected(table.error());
  const Path top = layout_.root() == "/" ? "/" : layout_.root() + "/";
  std::set<Path> found;
  for (const Mount& each : *table) {
    if (!each.point.starts_with(top) || each.point.starts_with(layout_.running() + "/")) continue;
    const Path hierarchy = each.point.substr(top.size());
    const bool may_be_ours = hierarchy.starts_with("usr") || hierarchy.starts_with("opt");
    if (!may_be_ours) continue;
    const auto place = look(hierarchy);
    if (place && !place->ours.empty()) found.insert(hierarchy);
  }
  return std::vector<Path>(found.begin(), found.end());
}

Result<std::string> KernelMounts::shown(const Path& hierarchy) {
  const auto place = look(hierarchy);
  if (!place) return std::unexpected(place.error());
  return place->ours.empty() ? "" : generation_of(place->ours.back());
}

Status KernelMounts::check(const Path& hierarchy, const std::string& id) {
  const auto place = look(hierarchy);
  if (!place) return std::unexpected(place.error());
  if (const Status fine = check_uppermost(*place); !fine) return fine;
  if (!place->ours.empty() && generation_of(place->ours.back()) == id) return {};
  if (method_ == Method::Beneath && !place->ours.empty()) return {};
  const std::size_t depth = place->ours.size();
  if (depth > 1 && generation_of(place->ours[depth - 2]) == id) return {};
  if (id.empty() && depth > 0) return {};
  if (depth >= kDeepestPile) {
    return fail(ErrorKind::Conflict,
                fmt::format("{} changed {} times since the last boot; this kernel keeps every "
                            "change: the next one comes with the next boot",
                            place->directory, depth));
  }
  return check_masks(place->directory);
}

Status KernelMounts::show(const Path& hierarchy, const std::string& id, const Path& layer) {
  const auto place = look(hierarchy);
  if (!place) return std::unexpected(place.error());
  const std::vector<Mount>& ours = place->ours;
  if (!ours.empty() && generation_of(ours.back()) == id) return {};
  if (const Status fine = check(hierarchy, id); !fine) return fine;
  // It lies directly underneath: an earlier try was killed between its two steps, or, where trees
  // pile up, this is the way back.
  const std::size_t depth = ours.size();
  if (depth > 1 && generation_of(ours[depth - 2]) == id) return detach(place->directory);
  const auto mount = overlay_for(hierarchy, *place, id, layer);
  if (!mount) return std::unexpected(mount.error());
  return replace(*mount, *place);
}

Status KernelMounts::show_baseline(const Path& hierarchy) {
  const auto place = look(hierarchy);
  if (!place) return std::unexpected(place.error());
  const std::vector<Mount>& ours = place->ours;
  if (!ours.empty() && generation_of(ours.back()).empty()) return {};
  if (const Status fine = check_uppermost(*place); !fine) return fine;
  const std::size_t depth = ours.size();
  if (depth > 1 && generation_of(ours[depth - 2]).empty()) return detach(place->directory);
  const bool is_covering = method_ == Method::OnTop || ours.empty();
  if (is_covering && !check_masks(place->directory)) {
    if (ours.empty()) return check_masks(place->directory);
    // Taking off hides nothing of anybody's. Of several trees the older are seen for an instant.
    return step_aside(hierarchy);
  }
  const auto mount = baseline_for(hierarchy, *place);
  if (!mount) return std::unexpected(mount.error());
  if (const Status noted = note_armed(hierarchy); !noted) return noted;
  return replace(*mount, *place);
}

Status KernelMounts::step_aside(const Path& hierarchy) {
  for (;;) {
    const auto place = look(hierarchy);
    if (!place) return std::unexpected(place.error());
    if (place->ours.empty()) return {};
    if (const Status fine = check_uppermost(*place); !fine) return fine;
    if (const Status off = detach(place->directory); !off) return off;
  }
}

Result<std::set<std::string>> KernelMounts::in_use() {
  return overlays_in_use(kSourcePrefix);
}

Result<std::size_t> KernelMounts::depth(const Path& hierarchy) {
  const auto place = look(hierarchy);
  if (!place) return std::unexpected(place.error());
  return place->ours.size();
}

Result<KernelMounts::Place> KernelMounts::look(const Path& hierarchy) const {
  auto table = read_mount_table();
  if (!table) return std::unexpected(table.error());
  Place place{at(hierarchy), std::move(*table), {}, 0};
  const std::vector<Mount> stack = stack_at(place.table, place.directory);
  const bool is_armed = armed().contains(hierarchy);
  const Mount* const foot = foot_of(place.table, stack, is_armed);
  const Mount* const bare = foot != nullptr ? foot : around(place.table, place.directory);
  if (bare == nullptr) return fail(ErrorKind::Internal, place.directory + " lies in no mount");
  place.restrictions = restrictions_of(*bare);
  const std::size_t first = foot != nullptr ? 1 : 0;
  for (std::size_t i = first; i < stack.size(); ++i) {
    if (is_overlay_of_ours(stack[i]) || (is_armed && is_self_bind(*bare, stack[i]))) {
      place.ours.push_back(stack[i]);
    }
  }
  return place;
}

Status KernelMounts::check_uppermost(const Place& place) const {
  const auto stack = stack_at(place.table, place.directory);
  if (place.ours.empty() || stack.back().id == place.ours.back().id) return {};
  return fail(ErrorKind::Conflict,
              fmt::format("{} ({}) is mounted over {}: what is of ours there is covered",
                          stack.back().source, stack.back().type, place.directory));
}

Path KernelMounts::at(const Path& hierarchy) const {
  return hierarchy.empty() ? layout_.root() : join(layout_.root(), hierarchy);
}

Result<UniqueFd> KernelMounts::overlay_for(const Path& hierarchy, const Place& place,
                                           const std::string& id, const Path& layer) {
  const auto pinned = pin();
  if (!pinned) return std::unexpected(pinned.error());
  const auto upper = open_directory(layer);
  if (!upper) return std::unexpected(upper.error());
  const auto lower = open_directory(join(*pinned, hierarchy));
  if (!lower) return std::unexpected(lower.error());
  auto mount = make_overlay(
      {std::string(kSourcePrefix) + id, {upper->get(), lower->get()}, place.restrictions});
  if (!mount) return std::unexpected(mount.error().during(place.directory));
  return mount;
}

Result<UniqueFd> KernelMounts::baseline_for(const Path& hierarchy, const Place& place) {
  const auto pinned = pin();
  if (!pinned) return std::unexpected(pinned.error());
  // Taken from the pin, since the directory itself is covered; what the pin forbids is allowed.
  auto mount = clone_tree(join(*pinned, hierarchy));
  if (!mount) return mount;
  const bool replaces_overlay = !place.ours.empty() && is_overlay_of_ours(place.ours.back());
  const std::uint64_t read_only = replaces_overlay ? MOUNT_ATTR_RDONLY : 0;
  const Status set = set_exactly(*mount, place.restrictions | read_only);
  if (!set) return std::unexpected(set.error());
  return mount;
}

Status KernelMounts::replace(const UniqueFd& mount, const Place& place) {
  const auto submounts = outermost(below(place.table, place.directory));
  UniqueFd whole;
  if (!submounts.empty()) {
    auto together = with_submounts(mount, submounts, place.directory);
    if (!together) return std::unexpected(together.error());
    whole = std::move(*together);
  }
  const UniqueFd& moved = submounts.empty() ? mount : whole;
  const bool is_covering = method_ == Method::OnTop || place.ours.empty();
  if (is_covering) return attach(moved, place.directory);
  if (const Status attached = attach_beneath(moved, place.directory); !attached) return attached;
  return detach(place.directory);
}

Result<UniqueFd> KernelMounts::with_submounts(const UniqueFd& mount,
                                              const std::vector<Mount>& submounts,
                                              const Path& directory) {
  const Path place = join(layout_.pin(), "next");
  if (const Status made = make_folder(place, kPrivate); !made) {
    return std::unexpected(made.error());
  }
  (void)detach(place);  // what a process left that was killed here
  if (const Status attached = attach(mount, place); !attached) {
    return std::unexpected(attached.error());
  }
  const auto gather = [&]() -> Result<UniqueFd> {
    for (const Mount& each : submounts) {
      const auto clone = clone_tree(each.point, Submounts::With);
      if (!clone) return std::unexpected(clone.error());
      const Path there = place + each.point.substr(directory.size());
      if (const Status attached = attach(*clone, there); !attached) {
        return fail(ErrorKind::Conflict,
                    fmt::format("{} is a mount of its own, below {}, and has no place in what is "
                                "to come: {}",
                                each.point, directory, attached.error().message()));
      }
    }
    return clone_tree(place, Submounts::With);
  };
  auto whole = gather();
  const Status off = detach(place);
  if (whole && !off) return std::unexpected(off.error());
  return whole;
}

}  // namespace interlude::overlay
