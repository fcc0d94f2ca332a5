#include "publish/apt.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "publish/deb.hpp"

namespace interlude::publish {
namespace {

constexpr std::uint64_t kLargestChangelog = 64ULL << 20U;

/// apt-get would take anything that starts with a dash as an option.
Status check_word(std::string_view text, std::string_view what) {
  const bool good = !text.empty() && text.front() != '-' && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(".+-~:_").contains(c);
  });
  if (good) return {};
  return fail(ErrorKind::Invalid, fmt::format("--apt: \"{}\" is no package's {}", text, what));
}

/// The last lines are apt's own reason.
std::string shortened(const std::string& text) {
  const std::size_t from = text.size() > 600 ? text.size() - 600 : 0;
  return text.substr(from);
}

/// Runs in a folder of its own, so that what appears there is the package.
Result<Path> download(sys::FileSystem& disk, sys::ProcessRunner& processes, const Wanted& wanted,
                      const Path& directory) {
  if (const Status made = disk.make_directory(directory, 0755); !made) {
    return std::unexpected(made.error());
  }
  const std::string name = wanted.version.empty()
                               ? wanted.package
                               : fmt::format("{}={}", wanted.package, wanted.version);
  const Result<sys::Finished> run = processes.run({"apt-get", "-q", "download", name}, directory);
  if (!run) return std::unexpected(run.error());
  if (run->exit_code != 0) {
    const auto offered = processes.run({"apt-cache", "madison", wanted.package}, "");
    return fail(ErrorKind::NotFound,
                fmt::format("apt-get download {}: {}offered:\n{}(is \"apt-get update\" done?)",
                            name, shortened(run->errors), offered ? offered->output : ""));
  }
  const Result<std::vector<std::string>> names = disk.list(directory);
  if (!names) return std::unexpected(names.error());
  const auto deb =
      std::ranges::find_if(*names, [](const auto& one) { return one.ends_with(".deb"); });
  if (deb == names->end()) {
    return fail(ErrorKind::NotFound, fmt::format("apt-get download {} left no package", name));
  }
  return join(directory, *deb);
}

}  // namespace

Wanted parse_wanted(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return {std::string(text), ""};
  return {std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

Result<Fetched> fetch_packages(sys::FileSystem& disk, sys::ProcessRunner& processes,
                               const std::vector<Wanted>& wanted, const std::string& from,
                               const Path& directory) {
  Fetched fetched;
  for (const Wanted& one : wanted) {
    for (const Status& good :
         {check_word(one.package, "name"), check_word(from, "version"),
          one.version.empty() ? Status{} : check_word(one.version, "version")}) {
      if (!good) return std::unexpected(good.error());
    }
    const Path place = join(directory, one.package);
    Result<Path> old = download(disk, processes, {one.package, from}, place + "-old");
    if (!old) return std::unexpected(old.error());
    Result<Path> fresh = download(disk, processes, one, place + "-new");
    if (!fresh) return std::unexpected(fresh.error());
    fetched.baseline.push_back(std::move(*old));
    fetched.patched.push_back(std::move(*fresh));
  }
  return fetched;
}

Result<std::string> changelog_of(sys::FileSystem& disk, const Path& deb) {
  const Result<Bytes> bytes = disk.read(deb, kLargestDeb);
  if (!bytes) return std::unexpected(bytes.error());
  const Result<Tree> tree = read_deb(*bytes, deb);
  if (!tree) return std::unexpected(tree.error());
  const Path place = "usr/share/doc/" + tree->packages.front().name;
  for (const char* name : {"changelog.Debian.gz", "changelog.gz"}) {
    const auto item = tree->items.find(join(place, name));
    if (item == tree->items.end() || !item->second.content) continue;
    const auto file = item->second.content();
    if (!file) return std::unexpected(file.error());
    const Result<ByteView> packed = (*file)->view();
    if (!packed) return std::unexpected(packed.error());
    const Result<Bytes> text = gunzip(*packed, kLargestChangelog);
    if (!text) return std::unexpected(text.error().during(item->first));
    return to_text(*text);
  }
  return fail(ErrorKind::NotFound, deb + ": has no changelog");
}

}  // namespace interlude::publish
