#include "repository/settings.hpp"

#include <fmt/format.h>

#include <charconv>

#include "document/table.hpp"

namespace interlude::repository {
namespace {

constexpr std::uint64_t kLongestFile = 65536;
constexpr std::uint32_t kFileMode = 0644;
constexpr std::uint32_t kDirectoryMode = 0755;
constexpr int kMostDays = 36500;
constexpr std::string_view kDays = " days";

Path settings_file(const Path& directory) {
  return join(directory, "repository.toml");
}

Status check_lifetime(std::chrono::days days, std::string_view name) {
  if (days.count() >= 1 && days.count() <= kMostDays) return {};
  return fail(ErrorKind::Invalid, fmt::format("{}: expected 1 to {} days", name, kMostDays));
}

Status check(const Settings& settings) {
  Status good = check_name(settings.source, "source");
  const tuf::Lifetimes& all = settings.lifetimes;
  if (good) good = check_lifetime(all.root, "root_lifetime");
  if (good) good = check_lifetime(all.targets, "targets_lifetime");
  if (good) good = check_lifetime(all.snapshot, "snapshot_lifetime");
  if (good) good = check_lifetime(all.timestamp, "timestamp_lifetime");
  if (!good) return good;
  const Result<std::string> url = checked_base_url(settings.base_url);
  if (!url) return std::unexpected(url.error());
  return {};
}

std::string written(const Settings& settings) {
  const tuf::Lifetimes& all = settings.lifetimes;
  std::string text = fmt::format(
      "# An Interlude repository. How long newly signed metadata is valid may be changed here.\n"
      "source = \"{}\"\ncreated = \"{}\"\n"
      "root_lifetime = \"{} days\"\ntargets_lifetime = \"{} days\"\n"
      "snapshot_lifetime = \"{} days\"\ntimestamp_lifetime = \"{} days\"\n",
      settings.source, sys::to_text(settings.created), all.root.count(), all.targets.count(),
      all.snapshot.count(), all.timestamp.count());
  if (!settings.base_url.empty()) {
    text += fmt::format("\n[pages]\nbase_url = {}\n", document::toml_string(settings.base_url));
  }
  return text;
}

// "30 days"
Status read_lifetime(const document::Table& table, std::string_view key, std::chrono::days& place) {
  if (!table.has(key)) return {};
  const Result<std::string> text = table.text(key);
  if (!text) return std::unexpected(text.error());
  int count = 0;
  const char* const end = text->data() + text->size();
  const auto [rest, error] = std::from_chars(text->data(), end, count);
  if (error != std::errc() || std::string_view(rest, end) != kDays) {
    return std::unexpected(table.error(key, "expected a number of days, such as \"30 days\""));
  }
  place = std::chrono::days(count);
  return {};
}

Status read_pages(const document::Table& table, Settings& settings) {
  const Result<document::Table> pages = table.table("pages");
  if (!pages) return std::unexpected(pages.error());
  const Status known = pages->only({"base_url"});
  if (!known) return known;
  const Result<std::string> text = pages->text_or("base_url", "");
  if (!text) return std::unexpected(text.error());
  Result<std::string> url = checked_base_url(*text);
  if (!url) return std::unexpected(pages->error("base_url", url.error().message()));
  settings.base_url = std::move(*url);
  return {};
}

Result<Settings> parse(const document::Table& table) {
  const Status known = table.only({"source", "created", "root_lifetime", "targets_lifetime",
                                   "snapshot_lifetime", "timestamp_lifetime", "pages"});
  if (!known) return std::unexpected(known.error());
  Settings settings;
  Result<std::string> source = table.text("source");
  if (!source) return std::unexpected(source.error());
  settings.source = std::move(*source);
  const Result<std::string> created = table.text("created");
  if (!created) return std::unexpected(created.error());
  const Result<sys::Time> time = sys::parse_time(*created);
  if (!time) return std::unexpected(table.error("created", time.error().message()));
  settings.created = *time;
  tuf::Lifetimes& all = settings.lifetimes;
  for (const auto& [key, place] :
       {std::pair("root_lifetime", &all.root), std::pair("targets_lifetime", &all.targets),
        std::pair("snapshot_lifetime", &all.snapshot),
        std::pair("timestamp_lifetime", &all.timestamp)}) {
    const Status read = read_lifetime(table, key, *place);
    if (!read) return std::unexpected(read.error());
  }
  const Status read = read_pages(table, settings);
  if (!read) return std::unexpected(read.error());
  return settings;
}

Status check_empty(sys::FileSystem& disk, const Path& directory) {
  if (!sys::exists(disk, directory)) return {};
  const Result<std::vector<std::string>> names = disk.list(directory);
  if (!names) return std::unexpected(names.error());
  if (names->empty()) return {};
  return fail(ErrorKind::Conflict,
              directory + " is not empty; a repository needs a folder of its own");
}

Status check_wishes(const Keys& keys) {
  for (const auto& [role, wish] : keys.wishes) {
    const std::size_t count = wish.key_files.empty() ? wish.count : wish.key_files.size();
    if (wish.threshold >= 1 && wish.threshold <= count) continue;
    return fail(ErrorKind::Invalid, fmt::format("{} would have {} keys, of which {} must sign",
                                                role, count, wish.threshold));
  }
  return {};
}

}  // namespace

Result<std::string> checked_base_url(std::string url) {
  constexpr std::string_view kUnescaped =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/@!$*+,=[]%";
  if (url.empty()) return url;
  const std::size_t scheme = url.find("://");
  const std::string_view name = std::string_view(url).substr(0, scheme);
  const bool web = scheme != std::string::npos && (name == "http" || name == "https");
  const std::size_t host = web ? scheme + 3 : 0;
  if (!web || host == url.size() || url[host] == '/' ||
      url.find_first_not_of(kUnescaped) != std::string::npos) {
    return fail(ErrorKind::Invalid,
                "expected an address such as \"https://example.org/improvements/\"");
  }
  if (!url.ends_with('/')) url += '/';
  return url;
}

Result<tuf::Outcome> initialise(sys::FileSystem& disk, sys::Clock& clock,
                                sys::ProcessRunner& processes, const crypto::AskSecret& ask,
                                const Path& directory, const Settings& settings, const Keys& keys) {
  Status done = check(settings);
  if (done) done = check_wishes(keys);
  if (done) done = check_empty(disk, directory);
  if (done) done = sys::make_directories(disk, directory, kDirectoryMode);
  if (!done) return std::unexpected(done.error());
  std::map<std::string, tuf::RoleKeys> roles;
  for (const auto& [role, wish] : keys.wishes) {
    Result<tuf::RoleKeys> obtained = obtain_keys(disk, directory, role, wish, keys.kind);
    if (!obtained) {
      // Nobody has seen a key of these, and the folder was empty: it is again.
      (void)sys::remove_tree(disk, join(directory, "keys"));
      return std::unexpected(obtained.error());
    }
    roles.emplace(role, std::move(*obtained));
  }
  const auto ring = KeyFolder::read(disk, processes, ask, directory);
  if (!ring) return std::unexpected(ring.error());
  Result<tuf::Outcome> outcome =
      tuf::Repository(disk, clock, **ring, directory, settings.lifetimes)
          .create({roles.at("root"), roles.at("targets"), roles.at("snapshot"),
                   roles.at("timestamp"), roles.at("platforms"), roles.at("rollout")});
  if (!outcome) return outcome;
  done = sys::replace_file(disk, settings_file(directory), as_bytes(written(settings)), kFileMode);
  if (!done) return std::unexpected(done.error());
  return outcome;
}

Result<Settings> read_settings(sys::FileSystem& disk, const Path& directory) {
  const Path file = settings_file(directory);
  const Result<Bytes> text = disk.read(file, kLongestFile);
  if (!text) {
    if (text.error().kind() != ErrorKind::NotFound) return std::unexpected(text.error());
    return fail(ErrorKind::NotFound, directory +
                                         " is not a repository: it has no repository.toml; "
                                         "`interlude repo init` makes one");
  }
  const Result<document::Table> table = document::parse_table(as_text(*text), file);
  if (!table) return std::unexpected(table.error());
  Result<Settings> settings = parse(*table);
  if (!settings) return settings;
  const Status good = check(*settings);
  if (!good) return std::unexpected(good.error().during(file));
  return settings;
}

}  // namespace interlude::repository
