#include "publish/gate/entry_rules.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <array>

namespace interlude::publish {
namespace {

using improvement::Entry;
using improvement::EntryKind;

constexpr const char* kCapabilityAttribute = "security.capability";

/// What initramfs-tools of Debian 12 and its usual hooks copy: docs/gate.md, "initramfs".
constexpr std::array kInitramfsPaths = {
    "usr/lib/modules/*",
    "usr/lib/modprobe.d/*",
    "usr/lib/firmware/*",
    "usr/share/initramfs-tools/*",
    "usr/lib/dracut/*",
    "usr/lib/udev/*",
    "usr/lib/systemd/systemd-udevd",
    "usr/lib/systemd/network/*.link",
    "usr/bin/udevadm",
    "usr/bin/kmod",
    "usr/bin/busybox",
    "usr/bin/plymouth*",
    "usr/lib/klibc/*",
    "usr/lib/klibc-*",
    "usr/lib/cryptsetup/*",
    "usr/sbin/cryptsetup",
    "usr/sbin/dmsetup",
    "usr/sbin/lvm",
    "usr/sbin/mdadm",
    "usr/sbin/fsck*",
    "usr/sbin/e2fsck",
    "usr/sbin/btrfs",
    "usr/sbin/mount.nfs",
};

/// Libraries that those programs link. A copy in an initramfs goes on being the old one; programs
/// of the system have the new one.
constexpr std::array kInitramfsLibraries = {
    "ld-linux*.so.*",       "libc.so.6",        "libm.so.6",       "libcrypto.so.3",
    "libkmod.so.2",         "libblkid.so.1",    "libuuid.so.1",    "libmount.so.1",
    "libselinux.so.1",      "libpcre2-8.so.0*", "libcap.so.2*",    "libacl.so.1*",
    "liblzma.so.5*",        "libzstd.so.1*",    "libudev.so.1*",   "libdevmapper.so.*",
    "libcryptsetup.so.12*", "libargon2.so.1",   "libjson-c.so.5*", "libext2fs.so.2*",
    "libcom_err.so.2*",     "libe2p.so.2*",     "libgcc_s.so.1",   "libaio.so.1*",
};

bool continues_utf8(std::string_view text) {
  std::size_t following = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool continues = (byte & 0xc0U) == 0x80U;
    if (continues != (following > 0)) return false;
    if (continues) {
      --following;
    } else if (byte >= 0xf0U) {
      following = 3;
    } else if (byte >= 0xe0U) {
      following = 2;
    } else if (byte >= 0xc0U) {
      following = 1;
    }
  }
  return following == 0;
}

/// Seen by names alone, from the link's own directory: does a ".." go above the root?
bool leads_out(const Path& link, std::string_view target) {
  std::int64_t depth = target.starts_with('/') ? 0 : std::ranges::count(link, '/');
  for (std::size_t start = 0; start < target.size();) {
    const std::size_t end = std::min(target.find('/', start), target.size());
    const std::string_view part = target.substr(start, end - start);
    if (part == "..") --depth;
    if (!part.empty() && part != "." && part != "..") ++depth;
    if (depth < 0) return true;
    start = end + 1;
  }
  return false;
}

bool gains_capability(const std::optional<Entry>& before, const Entry& after) {
  const auto capability = after.attributes.find(kCapabilityAttribute);
  if (capability == after.attributes.end()) return false;
  if (!before) return true;
  const auto old = before->attributes.find(kCapabilityAttribute);
  return old == before->attributes.end() || old->second != capability->second;
}

template <std::size_t kCount>
bool matches_any(const std::array<const char*, kCount>& globs, const std::string& text) {
  return std::ranges::any_of(globs,
                             [&](const char* glob) { return fnmatch(glob, text.c_str(), 0) == 0; });
}

bool is_below(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

std::string described_entry(const std::optional<Entry>& entry) {
  if (!entry) return "nothing";
  const std::string rights =
      fmt::format("mode {:04o}, owner {}:{}", entry->mode, entry->uid, entry->gid);
  switch (entry->kind) {
    case EntryKind::Directory:
      return "a directory, " + rights;
    case EntryKind::Symlink:
      return "a link to " + entry->target;
    case EntryKind::Regular:
      break;
  }
  return "a file, " + rights;
}

class EntryJudging {
 public:
  EntryJudging(const Subject& subject, Findings& findings)
      : subject_(subject), file_(subject.change->file), findings_(findings) {}

  void run() {
    if (!is_printable_utf8(file_.path)) block(rule::kName, "its name is not printable UTF-8");
    if (file_.after) judge_after(*file_.after);
    if (!is_below(file_.path, "usr") && !is_below(file_.path, "opt")) {
      block(rule::kPlace, "lies outside /usr and /opt, where improvements are switched");
    }
    judge_initramfs();
  }

 private:
  void block(std::string_view rule, std::string what) {
    findings_.blockers.push_back({rule,
                                  file_.path,
                                  std::move(what),
                                  described_entry(file_.before),
                                  described_entry(file_.after),
                                  {},
                                  subject_.component});
  }

  void judge_after(const Entry& after) {
    if (file_.before &&
        (file_.before->kind == EntryKind::Directory) != (after.kind == EntryKind::Directory)) {
      block(rule::kKind,
            "a directory cannot turn into something else, nor anything into a directory");
    }
    if (improvement::gains_privilege(file_.before, after)) {
      block(rule::kSetuid,
            "a new setuid or setgid bit: an improvement cannot give a file more rights");
    }
    if (gains_capability(file_.before, after)) block(rule::kCapability, "a new capability");
    if (after.kind != EntryKind::Symlink) return;
    if (!is_printable_utf8(after.target)) {
      block(rule::kName, "the link's target is not printable UTF-8");
    } else if (leads_out(file_.path, after.target)) {
      block(rule::kLink, fmt::format("the link leads out of the root: {}", after.target));
    }
  }

  void judge_initramfs() {
    const auto is_directory = [](const std::optional<Entry>& entry) {
      return entry && entry->kind == EntryKind::Directory;
    };
    if (is_directory(file_.before) || is_directory(file_.after)) return;
    if (matches_any(kInitramfsPaths, file_.path)) {
      block(rule::kInitramfs, "is copied into the initramfs, which keeps the old one");
    } else if (is_below(file_.path, "usr") &&
               matches_any(kInitramfsLibraries, file_name_of(file_.path))) {
      findings_.warnings.push_back(
          {rule::kInitramfs,
           file_.path,
           "programs of the initramfs use it: its copy there stays the old one until "
           "update-initramfs runs",
           "",
           "",
           {},
           subject_.component});
    }
  }

  const Subject& subject_;
  const improvement::FileChange& file_;
  Findings& findings_;
};

}  // namespace

bool is_printable_utf8(std::string_view text) {
  return continues_utf8(text) && std::ranges::none_of(text, [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
         });
}

void judge_entries(std::span<const Subject> subjects, Findings& findings) {
  for (const Subject& subject : subjects) EntryJudging(subject, findings).run();
}

}  // namespace interlude::publish
