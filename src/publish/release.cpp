#include "publish/release.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "advisory/advisory_file.hpp"
#include "document/table.hpp"

namespace interlude::publish {
namespace {

using document::Table;

constexpr std::uint64_t kLargestFile = 1ULL << 20U;

/// What the cells have in common.
struct Common {
  Path directory;  ///< of the release file
  std::string name;
  std::string source;
  std::string letter;
  std::vector<improvement::Advisory> advisories;
  probes::ProbeFile operation;
};

Path beside(const Path& directory, const std::string& file) {
  return file.starts_with('/') ? file : join(directory, file);
}

Result<std::vector<Path>> paths(const Table& table, std::string_view key, const Path& directory) {
  Result<std::vector<std::string>> texts = table.texts(key);
  if (!texts) return texts;
  for (std::string& text : *texts) text = beside(directory, text);
  return texts;
}

Result<improvement::Id> read_id(const Table& cell, const Common& common) {
  std::string parts[3];
  for (const auto& [key, part] :
       {std::pair{"platform", &parts[0]}, std::pair{"baseline_version", &parts[1]},
        std::pair{"letter", &parts[2]}}) {
    const bool shared = key == std::string_view("letter") && !common.letter.empty();
    Result<std::string> text = shared ? cell.text_or(key, common.letter) : cell.text(key);
    if (!text) return std::unexpected(text.error());
    *part = std::move(*text);
  }
  Result<improvement::Id> id = make_id(common.source, parts[0], parts[1], parts[2]);
  if (!id) return std::unexpected(cell.error("", id.error().message()));
  return id;
}

Status read_inputs(const Table& cell, const Common& common, Request& request) {
  for (const auto& [key, list] :
       {std::pair{"baseline", &request.baseline}, std::pair{"patched", &request.patched},
        std::pair{"from", &request.earlier}}) {
    Result<std::vector<Path>> files = paths(cell, key, common.directory);
    if (!files) return std::unexpected(files.error());
    *list = std::move(*files);
  }
  if (request.baseline.empty()) return std::unexpected(cell.error("baseline", "is missing"));
  if (request.patched.empty()) return std::unexpected(cell.error("patched", "is missing"));
  return {};
}

Status read_choices(const Table& cell, Request& request) {
  const Result<std::vector<std::string>> rules = cell.texts("component");
  if (!rules) return std::unexpected(rules.error());
  for (const std::string& text : *rules) {
    Result<ComponentRule> rule = parse_component_rule(text);
    if (!rule) return std::unexpected(cell.error("component", rule.error().message()));
    request.rules.push_back(std::move(*rule));
  }
  const Result<std::vector<std::string>> allowances = cell.texts("allow");
  if (!allowances) return std::unexpected(allowances.error());
  for (const std::string& text : *allowances) {
    request.allowances.push_back(parse_allowance(text));
  }
  const Result<std::vector<std::string>> modes = cell.texts("apply");
  if (!modes) return std::unexpected(modes.error());
  for (const std::string& text : *modes) {
    const Status added = request.apply.add(text);
    if (!added) return std::unexpected(cell.error("apply", added.error().message()));
  }
  return {};
}

Result<Request> read_cell(const Table& cell, const Common& common) {
  if (const Status known = cell.only({"platform", "baseline_version", "letter", "baseline",
                                      "patched", "component", "apply", "from", "allow"});
      !known) {
    return std::unexpected(known.error());
  }
  Result<improvement::Id> id = read_id(cell, common);
  if (!id) return std::unexpected(id.error());
  Request request{.id = std::move(*id),
                  .release = common.name,
                  .baseline = {},
                  .patched = {},
                  .rules = {},
                  .advisories = common.advisories,
                  .shared_advisories = true,
                  .operation = common.operation,
                  .earlier = {},
                  .allowances = {}};
  if (const Status done = read_inputs(cell, common, request); !done) {
    return std::unexpected(done.error());
  }
  if (const Status done = read_choices(cell, request); !done) {
    return std::unexpected(done.error());
  }
  return request;
}

Result<Common> read_common(sys::FileSystem& disk, const Table& top, const Path& file) {
  if (const Status known = top.only({"name", "source", "letter", "advisory", "probes", "cell"});
      !known) {
    return std::unexpected(known.error());
  }
  Common common;
  common.directory = parent_of(file);
  for (const auto& [key, member, usual] :
       {std::tuple{"name", &common.name, ""}, std::tuple{"source", &common.source, "local"},
        std::tuple{"letter", &common.letter, ""}}) {
    Result<std::string> text = top.text_or(key, usual);
    if (!text) return std::unexpected(text.error());
    *member = std::move(*text);
  }
  const Result<std::string> advisory = top.text("advisory");
  if (!advisory) return std::unexpected(advisory.error());
  auto advisories = read_advisories(disk, beside(common.directory, *advisory));
  if (!advisories) return std::unexpected(advisories.error());
  common.advisories = std::move(*advisories);
  if (!top.has("probes")) return common;
  const Result<std::string> probes = top.text("probes");
  if (!probes) return std::unexpected(probes.error());
  auto operation = read_probes(disk, beside(common.directory, *probes));
  if (!operation) return std::unexpected(operation.error());
  common.operation = std::move(*operation);
  return common;
}

}  // namespace

Result<std::vector<improvement::Advisory>> read_advisories(sys::FileSystem& disk,
                                                           const Path& file) {
  const Result<Bytes> text = disk.read(file, kLargestFile);
  if (!text) return std::unexpected(text.error());
  return advisory::parse_advisories(as_text(*text), file);
}

Result<probes::ProbeFile> read_probes(sys::FileSystem& disk, const Path& file) {
  const Result<Bytes> text = disk.read(file, kLargestFile);
  if (!text) return std::unexpected(text.error());
  return probes::parse_probe_file(as_text(*text), file, probes::By::Publisher);
}

Result<Release> read_release(sys::FileSystem& disk, const Path& file) {
  const Result<Bytes> text = disk.read(file, kLargestFile);
  if (!text) return std::unexpected(text.error());
  const Result<Table> top = document::parse_table(as_text(*text), file);
  if (!top) return std::unexpected(top.error());
  Result<Common> common = read_common(disk, *top, file);
  if (!common) return std::unexpected(common.error());
  const Result<std::vector<Table>> cells = top->tables("cell");
  if (!cells) return std::unexpected(cells.error());
  if (cells->empty()) return std::unexpected(top->error("", "has no [[cell]] table"));

  Release release;
  std::set<Path> places;
  for (const Table& cell : *cells) {
    Result<Request> request = read_cell(cell, *common);
    if (!request) return std::unexpected(request.error());
    if (!places.insert(cell_directory(request->id)).second) {
      return std::unexpected(cell.error("", "this platform and baseline has a cell already"));
    }
    release.cells.push_back(std::move(*request));
  }
  release.advisories = std::move(common->advisories);
  return release;
}

Path cell_directory(const improvement::Id& id) {
  return join(id.platform, id.baseline);
}

Status check_advisories_used(const Release& release,
                             const std::vector<improvement::Manifest>& manifests) {
  std::set<std::string_view> used;
  for (const improvement::Manifest& manifest : manifests) {
    for (const improvement::Advisory& advisory : manifest.advisories) used.insert(advisory.id);
  }
  for (const improvement::Advisory& advisory : release.advisories) {
    if (used.contains(advisory.id)) continue;
    return fail(ErrorKind::Invalid,
                fmt::format("advisory {}: nothing differs in its component \"{}\" in any cell",
                            advisory.id, advisory.component));
  }
  return {};
}

improvement::Allowance parse_allowance(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return {std::string(text), ""};
  return {std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

Result<improvement::Id> make_id(const std::string& source, const std::string& platform,
                                const std::string& baseline_version, const std::string& letter) {
  for (const auto& [name, what] : {std::pair{&source, "source"}, std::pair{&platform, "platform"},
                                   std::pair{&baseline_version, "baseline version"}}) {
    if (const Status good = check_name(*name, what); !good) return std::unexpected(good.error());
  }
  Result<improvement::Letter> parsed = improvement::Letter::parse(letter);
  if (!parsed) return std::unexpected(parsed.error());
  return improvement::Id{source, platform, baseline_version, std::move(*parsed)};
}

}  // namespace interlude::publish
