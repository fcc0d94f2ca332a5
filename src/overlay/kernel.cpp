#include "overlay/kernel.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>

namespace interlude::overlay {
namespace {

constexpr unsigned kBeneath = 0x200;  // MOVE_MOUNT_BENEATH, Linux 6.5
constexpr std::uint64_t kRestrictions =
    MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

/// What the kernel says about the file system that could not be made, if it does.
std::string complaint(int context) {
  std::string text(256, '\0');
  const ssize_t length = ::read(context, text.data(), text.size());
  if (length <= 0) return "";
  text.resize(static_cast<std::size_t>(length));
  return ": " + text.substr(0, text.find('\n'));
}

Status change(const UniqueFd& mount, const mount_attr& wanted, unsigned flags = 0) {
  mount_attr copy = wanted;
  if (::mount_setattr(mount.get(), "", AT_EMPTY_PATH | flags, &copy, sizeof copy) != 0) {
    return std::unexpected(errno_error("setting the attributes of a mount"));
  }
  return {};
}

Status move_to(const UniqueFd& mount, const Path& directory, unsigned flags) {
  if (::move_mount(mount.get(), "", AT_FDCWD, directory.c_str(), MOVE_MOUNT_F_EMPTY_PATH | flags) !=
      0) {
    return std::unexpected(errno_error("mounting at " + directory));
  }
  return {};
}

}  // namespace

Result<UniqueFd> open_directory(const Path& directory) {
  UniqueFd opened(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!opened) return std::unexpected(errno_error("opening " + directory));
  return opened;
}

Result<UniqueFd> clone_tree(const Path& directory, Submounts submounts) {
  const unsigned deep = submounts == Submounts::With ? unsigned{AT_RECURSIVE} : 0U;
  UniqueFd clone(
      ::open_tree(AT_FDCWD, directory.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | deep));
  if (!clone) return std::unexpected(errno_error("taking the tree at " + directory));
  mount_attr apart{};
  apart.propagation = MS_PRIVATE;
  if (const Status made = change(clone, apart, deep); !made) return std::unexpected(made.error());
  return clone;
}

Result<UniqueFd> make_overlay(const OverlayOptions& options) {
  const UniqueFd context(::fsopen("overlay", FSOPEN_CLOEXEC));
  if (!context) {
    return std::unexpected(errno_error("asking the kernel for an overlay file system"));
  }
  // By descriptor: a name would be looked up through what is mounted there.
  std::string lower;
  for (const int layer : options.layers) {
    lower += fmt::format("{}/proc/self/fd/{}", lower.empty() ? "" : ":", layer);
  }
  const int fd = context.get();
  const bool made = ::fsconfig(fd, FSCONFIG_SET_STRING, "source", options.source.c_str(), 0) == 0 &&
                    ::fsconfig(fd, FSCONFIG_SET_STRING, "lowerdir", lower.c_str(), 0) == 0 &&
                    ::fsconfig(fd, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) == 0;
  if (!made) {
    const int number = errno;
    const Error error = errno_error("making an overlay", number);
    return fail(error.kind(), error.message() + complaint(fd));
  }
  UniqueFd mount(::fsmount(fd, FSMOUNT_CLOEXEC,
                           static_cast<unsigned>(options.attributes) | MOUNT_ATTR_RDONLY));
  if (!mount) return std::unexpected(errno_error("making a mount of an overlay"));
  return mount;
}

Status confine(const UniqueFd& mount) {
  return set_exactly(mount, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

Status set_exactly(const UniqueFd& mount, std::uint64_t attributes) {
  mount_attr wanted{};
  wanted.attr_set = attributes;
  wanted.attr_clr = kRestrictions & ~attributes;
  return change(mount, wanted);
}

Status attach(const UniqueFd& mount, const Path& directory) {
  return move_to(mount, directory, 0);
}

Status attach_beneath(const UniqueFd& mount, const Path& directory) {
  return move_to(mount, directory, kBeneath);
}

bool can_attach_beneath() {
  // Unknown flags are refused before descriptors are looked at.
  return ::move_mount(-1, "", -1, "", MOVE_MOUNT_F_EMPTY_PATH | kBeneath) != 0 && errno != EINVAL &&
         errno != ENOSYS && errno != EPERM;
}

Status detach(const Path& directory) {
  if (::umount2(directory.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0) {
    return std::unexpected(errno_error("taking off what is mounted at " + directory));
  }
  return {};
}

Status make_private_place(const Path& directory) {
  const auto clone = clone_tree(directory);
  if (!clone) return std::unexpected(clone.error());
  if (const Status attached = attach(*clone, directory); !attached) return attached;
  // What is attached where events are shared shares them, too, until told otherwise.
  if (::mount(nullptr, directory.c_str(), nullptr, MS_PRIVATE, nullptr) != 0) {
    return std::unexpected(errno_error("making " + directory + " private"));
  }
  return {};
}

}  // namespace interlude::overlay
