#include "improvement/manifest_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace interlude::improvement {
namespace {

std::unexpected<Error> refuse(std::string_view place, std::string_view problem) {
  return fail(ErrorKind::Corrupt, fmt::format("manifest.json: {}: {}", place, problem));
}

struct PlacedChange {
  const FileChange* change = nullptr;
  std::string place;
};
using ChangesByPath = std::map<std::string_view, PlacedChange>;

Result<ChangesByPath> gather_paths(const Manifest& manifest) {
  ChangesByPath by_path;
  for (std::size_t c = 0; c < manifest.components.size(); ++c) {
    const std::vector<FileChange>& files = manifest.components[c].files;
    for (std::size_t f = 0; f < files.size(); ++f) {
      const std::string place = fmt::format("components[{}].files[{}].path", c, f);
      const auto [known, fresh] = by_path.emplace(files[f].path, PlacedChange{&files[f], place});
      if (fresh) continue;
      return refuse(place,
                    fmt::format("\"{}\" also stands at {}", files[f].path, known->second.place));
    }
  }
  return by_path;
}

bool holds(const std::optional<Entry>& outer, const std::optional<Entry>& inner) {
  return !inner || (outer && outer->kind == EntryKind::Directory);
}

Status check_above(const ChangesByPath& by_path, const PlacedChange& inner) {
  const std::string_view path = inner.change->path;
  for (std::size_t slash = path.rfind('/'); slash != std::string_view::npos;
       slash = path.substr(0, slash).rfind('/')) {
    const auto above = by_path.find(path.substr(0, slash));
    if (above == by_path.end()) continue;
    const FileChange& outer = *above->second.change;
    if (!holds(outer.before, inner.change->before) || !holds(outer.after, inner.change->after)) {
      return refuse(inner.place, fmt::format("\"{}\" lies below \"{}\", which is not a directory",
                                             path, outer.path));
    }
  }
  return {};
}

Status check_tree(const Manifest& manifest) {
  const Result<ChangesByPath> by_path = gather_paths(manifest);
  if (!by_path) return std::unexpected(by_path.error());
  for (const auto& [path, change] : *by_path) {
    if (const Status good = check_above(*by_path, change); !good) return good;
  }
  return {};
}

Status check_payloads(const Component& component, const Letter& letter, const std::string& place) {
  const auto fulls = std::ranges::count(component.payloads, Payload::From::Full, &Payload::from);
  const bool rebuilds = !rebuilt_files(component).empty();
  if (!rebuilds && !component.payloads.empty()) {
    return refuse(place, "there is no file with new content");
  }
  if (rebuilds && fulls != 1) {
    return refuse(place, fmt::format("{} of them are full; expected exactly one", fulls));
  }
  std::set<std::pair<Payload::From, std::string_view>> starts;
  for (const Payload& payload : component.payloads) {
    if (!starts.emplace(payload.from, payload.letter).second) {
      return refuse(place, fmt::format("\"{}\" starts where another one does", payload.name));
    }
    if (payload.from == Payload::From::Letter && *Letter::parse(payload.letter) >= letter) {
      return refuse(place, fmt::format("letter \"{}\" is not earlier than this improvement's",
                                       payload.letter));
    }
  }
  return {};
}

Status check_components(const Manifest& manifest) {
  std::set<std::string_view> names;
  std::set<std::string_view> payload_names;
  for (std::size_t c = 0; c < manifest.components.size(); ++c) {
    const Component& component = manifest.components[c];
    const std::string place = fmt::format("components[{}]", c);
    if (!names.insert(component.name).second) {
      return refuse(place + ".name", fmt::format("\"{}\" stands twice", component.name));
    }
    for (const Payload& payload : component.payloads) {
      if (payload_names.insert(payload.name).second) continue;
      return refuse(place + ".payloads", fmt::format("the name \"{}\" stands twice", payload.name));
    }
    const Status good = check_payloads(component, manifest.id.letter, place + ".payloads");
    if (!good) return good;
  }
  return {};
}

Status check_advisories(const Manifest& manifest) {
  for (std::size_t a = 0; a < manifest.advisories.size(); ++a) {
    const std::string& component = manifest.advisories[a].component;
    if (find_component(manifest, component) != nullptr) continue;
    return refuse(fmt::format("advisories[{}].component", a),
                  fmt::format("there is no component \"{}\"", component));
  }
  return {};
}

}  // namespace

Status check_consistency(const Manifest& manifest) {
  if (const Status good = check_components(manifest); !good) return good;
  if (const Status good = check_tree(manifest); !good) return good;
  return check_advisories(manifest);
}

}  // namespace interlude::improvement
