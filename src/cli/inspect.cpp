// `interlude inspect`: what is in a build folder, a manifest, a payload or a patch file.

#include <fmt/format.h>

#include <algorithm>

#include "cli/build_report.hpp"
#include "cli/command.hpp"
#include "delta/patch_file.hpp"
#include "json/json.hpp"
#include "publish/earlier.hpp"
#include "sys/posix/file_system.hpp"

namespace interlude::cli {
namespace {

using improvement::Action;
using improvement::Component;
using improvement::Manifest;
using improvement::Payload;

constexpr const char* kManifestName = "manifest.json";

std::string action_of(const improvement::FileChange& file) {
  switch (file.action()) {
    case Action::Add:
      return "add";
    case Action::Delete:
      return "delete";
    case Action::Replace:
      break;
  }
  return "replace";
}

void print_component(const Invocation& run, const Component& component) {
  run.print(fmt::format("{}, switches {}{}", title_of(component),
                        improvement::name_of(component.apply),
                        component.package.empty() ? "" : ", package " + component.package));
  for (const improvement::FileChange& file : component.files) {
    const improvement::Entry& entry = file.after ? *file.after : *file.before;
    const std::string what = entry.kind == improvement::EntryKind::Regular
                                 ? fmt::format("{} bytes", entry.size)
                                 : improvement::describe(entry);
    run.print(fmt::format("  {:<8} {} ({})", action_of(file), file.path, what));
  }
  for (const Payload& payload : component.payloads) {
    run.print(
        fmt::format("  payload {}: {} bytes, {}", start_of(payload), payload.size, payload.name));
  }
}

void print_manifest(const Invocation& run, const Manifest& manifest) {
  run.print(fmt::format("{} {} ({}), from {}{}", manifest.id.platform, manifest.id.baseline,
                        manifest.id.letter.text(), manifest.id.source,
                        manifest.release.empty() ? "" : ", release " + manifest.release));
  for (const improvement::Advisory& advisory : manifest.advisories) {
    run.print(fmt::format("{} in {}: {}", advisory.id, advisory.component,
                          advisory.impact.empty() ? advisory.description : advisory.impact));
    for (const std::string& reference : advisory.references) run.print("  " + reference);
  }
  for (const Component& component : manifest.components) print_component(run, component);
  for (const improvement::Allowance& allowance : manifest.allowances) {
    run.print(fmt::format("allowed: {}, because {}", allowance.rule, allowance.reason));
  }
}

/// The manifest itself, as it is published.
json::Value value_of(const Manifest& manifest) {
  return *json::parse(as_bytes(improvement::serialize(manifest)));  // what serialize() wrote
}

/// Corrupt where a payload beside the manifest is not the one it describes.
Status check_payload(sys::FileSystem& disk, const Path& file, const Payload& payload) {
  const Result<std::unique_ptr<sys::ReadFile>> open = disk.open(file);
  if (!open) return std::unexpected(open.error());
  const Result<ByteView> bytes = (*open)->view();
  if (!bytes) return std::unexpected(bytes.error());
  if (bytes->size() == payload.size && crypto::sha256(*bytes) == payload.digest) return {};
  return fail(ErrorKind::Corrupt, file + ": is not what manifest.json says");
}

Status inspect_improvement(const Invocation& run, sys::FileSystem& disk, const Path& directory) {
  const Result<Manifest> manifest = publish::read_manifest(disk, directory);
  if (!manifest) return std::unexpected(manifest.error());
  for (const Component& component : manifest->components) {
    for (const Payload& payload : component.payloads) {
      const Status good = check_payload(disk, join(directory, payload.name), payload);
      if (!good) return good;
    }
  }
  if (run.json()) {
    run.print(value_of(*manifest));
  } else {
    print_manifest(run, *manifest);
  }
  return {};
}

/// A release's folder: PLATFORM/BASELINE/manifest.json, any number of them.
Result<std::vector<Path>> cells_in(sys::FileSystem& disk, const Path& directory) {
  std::vector<Path> cells;
  const Status walked = sys::walk(disk, directory, [&](const Path& path, const sys::FileInfo&) {
    if (file_name_of(path) == kManifestName) cells.push_back(join(directory, parent_of(path)));
    return Status{};
  });
  if (!walked) return std::unexpected(walked.error());
  if (!cells.empty()) return cells;
  return fail(ErrorKind::NotFound, directory + ": holds no manifest.json");
}

Status inspect_directory(const Invocation& run, sys::FileSystem& disk, const Path& directory) {
  if (sys::exists(disk, join(directory, kManifestName))) {
    return inspect_improvement(run, disk, directory);
  }
  const Result<std::vector<Path>> cells = cells_in(disk, directory);
  if (!cells) return std::unexpected(cells.error());
  json::Value all = json::Value::array();
  for (const Path& cell : *cells) {
    const Result<Manifest> manifest = publish::read_manifest(disk, cell);
    if (!manifest) return std::unexpected(manifest.error());
    all.push_back(value_of(*manifest));
    if (!run.json()) print_manifest(run, *manifest);
  }
  if (run.json()) run.print(all);
  return {};
}

Status inspect_manifest(const Invocation& run, ByteView text) {
  const Result<Manifest> manifest = improvement::parse_manifest(text);
  if (!manifest) return std::unexpected(manifest.error());
  if (run.json()) {
    run.print(value_of(*manifest));
  } else {
    print_manifest(run, *manifest);
  }
  return {};
}

void show_payload(const Invocation& run, const Manifest& manifest, const Component& component,
                  const Payload& payload) {
  const std::size_t files = improvement::rebuilt_files(component).size();
  if (run.json()) {
    run.print(json::Value{{"kind", "payload"},
                          {"id", manifest.id.text()},
                          {"component", component.name},
                          {"start", start_of(payload)},
                          {"size", payload.size},
                          {"sha256", payload.digest.hex()},
                          {"files", files},
                          {"new_bytes", new_bytes(component)}});
    return;
  }
  run.print(
      fmt::format("payload of {}, component {}, {}: {} bytes that rebuild {} file(s) of {} bytes",
                  manifest.id.text(), component.name, start_of(payload), payload.size, files,
                  new_bytes(component)));
}

/// A payload says nothing about itself: the manifest beside it does.
Status inspect_payload(const Invocation& run, sys::FileSystem& disk, const Path& file) {
  const Result<Manifest> manifest = publish::read_manifest(disk, parent_of(file));
  if (!manifest && manifest.error().kind() != ErrorKind::NotFound) {
    return std::unexpected(manifest.error());
  }
  const std::string name = file_name_of(file);
  if (manifest) {
    for (const Component& component : manifest->components) {
      const auto payload = std::ranges::find(component.payloads, name, &Payload::name);
      if (payload == component.payloads.end()) continue;
      if (const Status good = check_payload(disk, file, *payload); !good) return good;
      show_payload(run, *manifest, component, *payload);
      return {};
    }
  }
  return fail(ErrorKind::Invalid,
              file + ": neither a manifest, a patch file, nor a payload beside its manifest.json");
}

void show_patch(const Invocation& run, const delta::PatchFile& patch, std::uint64_t size) {
  if (run.json()) {
    run.print(json::Value{{"kind", "patch"},
                          {"size", size},
                          {"old_sha256", patch.old_digest.hex()},
                          {"new_sha256", patch.fresh_digest.hex()},
                          {"listing_bytes", patch.listing_patch.size()},
                          {"content_bytes", patch.content_patch.size()}});
    return;
  }
  run.print(
      fmt::format("patch file of {} bytes\n  from the old side with digest {}\n  to the new "
                  "side with digest   {}",
                  size, patch.old_digest.hex(), patch.fresh_digest.hex()));
}

Status inspect_file(const Invocation& run, sys::FileSystem& disk, const Path& file) {
  const Result<std::unique_ptr<sys::ReadFile>> open = disk.open(file);
  if (!open) return std::unexpected(open.error());
  const Result<ByteView> bytes = (*open)->view();
  if (!bytes) return std::unexpected(bytes.error());
  if (as_text(*bytes).starts_with('{')) return inspect_manifest(run, *bytes);
  if (const Result<delta::PatchFile> patch = delta::PatchFile::parse(*bytes)) {
    show_patch(run, *patch, bytes->size());
    return {};
  }
  return inspect_payload(run, disk, file);
}

Status inspect(const Invocation& run, const Path& given) {
  sys::posix::FileSystem disk;
  const Result<Path> path = disk.resolve(given);
  if (!path) return std::unexpected(path.error());
  const Result<sys::FileInfo> info = disk.info(*path);
  if (!info) return std::unexpected(info.error());
  return info->type == sys::FileType::Directory ? inspect_directory(run, disk, *path)
                                                : inspect_file(run, disk, *path);
}

}  // namespace

void define_inspect(CLI::App& app, Invocation& run) {
  CLI::App& command =
      *app.add_subcommand("inspect", "Show what is in a build folder, manifest, payload or patch");
  const auto path = std::make_shared<std::string>();
  command.add_option("PATH", *path, "A folder that build wrote, or a file in it, or a patch file")
      ->required();
  run.add_json_option(command);
  run.on_run(command, "interlude inspect a", [&run, path] { return inspect(run, *path); });
}

}  // namespace interlude::cli
