#include "repository/publication.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "repository/rollouts.hpp"

namespace interlude::repository {
namespace {

constexpr std::string_view kManifest = "manifest.json";
constexpr int kCompressionLevel = 19;

Status check_payload(sys::FileSystem& disk, const Path& directory,
                     const improvement::Payload& payload) {
  const Path file = join(directory, payload.name);
  const Result<std::unique_ptr<sys::ReadFile>> opened = disk.open(file);
  if (!opened) return std::unexpected(opened.error());
  if ((*opened)->size() != payload.size) {
    return fail(ErrorKind::Corrupt, fmt::format("{}: is {} bytes long, its manifest says {}", file,
                                                (*opened)->size(), payload.size));
  }
  const Result<ByteView> content = (*opened)->view();
  if (!content) return std::unexpected(content.error());
  const crypto::Sha256 digest = crypto::sha256(*content);
  if (digest == payload.digest) return {};
  return fail(ErrorKind::Corrupt, fmt::format("{}: its SHA-256 is {}, its manifest says {}", file,
                                              digest.hex(), payload.digest.hex()));
}

Result<Built> read_one(sys::FileSystem& disk, const Path& directory) {
  const Path file = join(directory, kManifest);
  Result<Bytes> text = disk.read(file, improvement::kLargestManifest);
  if (!text) return std::unexpected(text.error());
  Result<improvement::Manifest> manifest = improvement::parse_manifest(*text);
  if (!manifest) return std::unexpected(manifest.error().during(directory));
  for (const improvement::Component& component : manifest->components) {
    for (const improvement::Payload& payload : component.payloads) {
      const Status good = check_payload(disk, directory, payload);
      if (!good) return std::unexpected(good.error());
    }
  }
  return Built{std::move(*manifest), std::move(*text), directory};
}

// DIRECTORY itself, or each DIRECTORY/PLATFORM/BASELINE, that holds a manifest.
Result<std::vector<Path>> manifest_folders(sys::FileSystem& disk, const Path& directory) {
  if (sys::exists(disk, join(directory, kManifest))) return std::vector<Path>{directory};
  std::vector<Path> found;
  const Result<std::vector<std::string>> platforms = disk.list(directory);
  if (!platforms) return std::unexpected(platforms.error());
  for (const std::string& platform : *platforms) {
    const Path above = join(directory, platform);
    const Result<std::vector<std::string>> baselines = disk.list(above);
    if (!baselines) continue;  // not a folder
    for (const std::string& baseline : *baselines) {
      const Path cell = join(above, baseline);
      if (sys::exists(disk, join(cell, kManifest))) found.push_back(cell);
    }
  }
  if (!found.empty()) return found;
  return fail(
      ErrorKind::NotFound,
      directory + " holds no manifest.json; expected a folder that `interlude build` wrote");
}

tuf::NewTarget packed_manifest(const Built& built, const std::optional<rollout::Schedule>& schedule,
                               sys::Time now) {
  Bytes packed = pack_manifest(built.text);
  const std::uint64_t length = packed.size();
  const crypto::Sha256 digest = crypto::sha256(packed);
  json::Value custom = {{"published_at", sys::to_text(now)}};
  if (schedule) custom["rollout"] = to_json(*schedule);
  return {published_manifest(built.manifest.id), std::move(packed), length, digest,
          std::move(custom)};
}

std::string role_of(const Built& built) {
  return improvement::role_name(built.manifest.id.platform, built.manifest.id.baseline);
}

// The list an improvement is in, as announced now; null where there is none yet.
const tuf::Targets* list_of(const tuf::Contents& contents, const improvement::Id& id) {
  const auto list = contents.lists.find(improvement::role_name(id.platform, id.baseline));
  return list == contents.lists.end() ? nullptr : &*list->second;
}

// Whether exactly this is published already. Conflict where something else is, under the same id.
Result<bool> is_known(const tuf::Targets* list, const improvement::Id& id,
                      const tuf::NewTarget& manifest) {
  if (list == nullptr) return false;
  const auto published = list->targets.find(manifest.path);
  if (published == list->targets.end()) return false;
  const auto digest = published->second.hashes.find("sha256");
  if (digest != published->second.hashes.end() && digest->second == manifest.digest.hex()) {
    return true;
  }
  return fail(ErrorKind::Conflict,
              id.text() +
                  " is already published with other bytes; a published id never gets other "
                  "ones: build it under the next letter");
}

std::optional<improvement::Id> id_of(std::string_view path) {
  const std::string suffix = "/" + std::string(kPublishedManifest);
  if (!path.ends_with(suffix)) return std::nullopt;
  path.remove_suffix(suffix.size());
  const Result<improvement::Id> id = improvement::Id::parse(path);
  return id ? std::optional(*id) : std::nullopt;
}

std::optional<improvement::Letter> newest_letter(const tuf::Targets* list) {
  std::optional<improvement::Letter> newest;
  if (list == nullptr) return newest;
  for (const auto& [path, target] : list->targets) {
    const std::optional<improvement::Id> id = id_of(path);
    if (id && (!newest || id->letter > *newest)) newest = id->letter;
  }
  return newest;
}

std::string name_of(RolloutRule rule) {
  return rule == RolloutRule::Required ? "required" : "none";
}

// What the list is to say about rollouts, if that is news.
std::optional<std::string> new_rule(const tuf::Targets* list, std::optional<RolloutRule> rule) {
  if (list == nullptr) return name_of(rule.value_or(RolloutRule::None));
  if (!rule || list->extra.value("rollout", "") == name_of(*rule)) return std::nullopt;
  return name_of(*rule);
}

// The schedule of what is published, none where it needs none.
std::optional<rollout::Schedule> schedule_for(const tuf::Targets* list, const Terms& terms,
                                              sys::Time now) {
  const std::string rule =
      new_rule(list, terms.rule).value_or(list == nullptr ? "" : list->extra.value("rollout", ""));
  if (rule == name_of(RolloutRule::None)) return std::nullopt;
  return terms.schedule ? *terms.schedule : rollout::profile(rollout::Urgency::Normal, now);
}

std::string older_letter_warning(const improvement::Id& id, const improvement::Letter& newest) {
  return fmt::format(
      "{} is not newer than ({}), which is published already: devices go on "
      "installing ({})",
      id.text(), newest.text(), newest.text());
}

// Adds to `publication` what publishing `built` means for its list.
Status plan_one(const Built& built, const std::string& source, const Terms& terms,
                const tuf::Targets* list, sys::Time now, Publication& publication,
                std::map<std::string, rollout::Entry>& begun) {
  const improvement::Id& id = built.manifest.id;
  if (id.source != source) {
    return fail(ErrorKind::Invalid,
                fmt::format("{} is of the source \"{}\", this repository is of \"{}\"", id.text(),
                            id.source, source));
  }
  const auto schedule = schedule_for(list, terms, now);
  tuf::ListUpdate update = list_update(built, schedule, now);
  const Result<bool> known = is_known(list, id, update.targets.back());
  if (!known) return std::unexpected(known.error());
  if (*known) {
    publication.known.push_back(id);
    update.targets.clear();
  } else {
    publication.added.push_back(id);
    if (terms.timestamp_life.count() > 0) {
      update.extra["timestamp_hours"] = terms.timestamp_life.count();
    }
    if (schedule && !terms.hold) {
      const auto entry = rollout::start(*schedule, {}, now);
      if (!entry) return std::unexpected(entry.error());
      begun.emplace(id.text(), *entry);
    }
    const std::optional<improvement::Letter> newest = newest_letter(list);
    if (newest && id.letter < *newest) {
      publication.warnings.push_back(older_letter_warning(id, *newest));
    }
  }
  const std::optional<std::string> says = new_rule(list, terms.rule);
  if (says) update.extra["rollout"] = *says;
  if (says || !*known) publication.updates.push_back(std::move(update));
  return {};
}

}  // namespace

Result<std::vector<Built>> read_build(sys::FileSystem& disk, const Path& directory) {
  const Result<std::vector<Path>> folders = manifest_folders(disk, directory);
  if (!folders) return std::unexpected(folders.error());
  std::vector<Built> all;
  for (const Path& folder : *folders) {
    Result<Built> one = read_one(disk, folder);
    if (!one) return std::unexpected(one.error());
    const bool twice = std::ranges::any_of(
        all, [&](const Built& other) { return role_of(other) == role_of(*one); });
    if (twice) {
      return fail(ErrorKind::Invalid,
                  directory + " has more than one improvement for " + role_of(*one));
    }
    all.push_back(std::move(*one));
  }
  return all;
}

Bytes pack_manifest(ByteView text) {
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> state(ZSTD_createCCtx(),
                                                                   &ZSTD_freeCCtx);
  Bytes packed(ZSTD_compressBound(text.size()));
  const std::size_t size = ZSTD_compressCCtx(state.get(), packed.data(), packed.size(), text.data(),
                                             text.size(), kCompressionLevel);
  if (ZSTD_isError(size) != 0) std::abort();  // only for lack of memory: the bound is exact
  packed.resize(size);
  return packed;
}

tuf::ListUpdate list_update(const Built& built, const std::optional<rollout::Schedule>& schedule,
                            sys::Time now) {
  const improvement::Id& id = built.manifest.id;
  tuf::ListUpdate update{role_of(built),
                         fmt::format("{}/{}/{}/*/*", id.source, id.platform, id.baseline),
                         json::Value::object(),
                         {},
                         {}};
  for (const improvement::Component& component : built.manifest.components) {
    for (const improvement::Payload& payload : component.payloads) {
      update.targets.push_back({join(id.text(), payload.name), join(built.directory, payload.name),
                                payload.size, payload.digest, json::Value()});
    }
  }
  update.targets.push_back(packed_manifest(built, schedule, now));
  return update;
}

Result<Publication> plan(const tuf::Contents& contents, const std::string& source,
                         const std::vector<Built>& builds, const Terms& terms, sys::Time now) {
  Publication publication;
  std::map<std::string, rollout::Entry> begun;
  for (const Built& built : builds) {
    const tuf::Targets* list = list_of(contents, built.manifest.id);
    const Status planned = plan_one(built, source, terms, list, now, publication, begun);
    if (!planned) return std::unexpected(planned.error());
  }
  if (!begun.empty()) {
    auto word = word_update(contents, begun, now);
    if (!word) return std::unexpected(word.error());
    publication.updates.push_back(std::move(*word));
  }
  return publication;
}

std::string published_manifest(const improvement::Id& id) {
  return join(id.text(), kPublishedManifest);
}

std::vector<improvement::Id> published_ids(const tuf::Contents& contents) {
  std::vector<improvement::Id> all;
  for (const auto& [role, list] : contents.lists) {
    for (const auto& [path, target] : list->targets) {
      const std::optional<improvement::Id> id = id_of(path);
      if (id && improvement::role_name(id->platform, id->baseline) == role) all.push_back(*id);
    }
  }
  return all;
}

}  // namespace interlude::repository
