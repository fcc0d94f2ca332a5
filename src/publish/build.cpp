#include "publish/build.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "publish/earlier.hpp"

namespace interlude::publish {
namespace {

using improvement::Advisory;
using improvement::Component;
using improvement::Manifest;
using improvement::Payload;

std::string names_of(const std::vector<Component>& components) {
  std::vector<std::string> names;
  for (const Component& component : components) names.push_back(component.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

/// The advisories for these components; one without a component is about the only one.
Result<std::vector<Advisory>> assign_advisories(const Request& request,
                                                const std::vector<Component>& components) {
  std::vector<Advisory> assigned;
  for (Advisory advisory : request.advisories) {
    if (advisory.component.empty() && components.size() == 1) {
      advisory.component = components.front().name;
    }
    if (advisory.component.empty()) {
      return fail(ErrorKind::Invalid,
                  fmt::format("advisory {}: say which component it is about: one of {}",
                              advisory.id, names_of(components)));
    }
    const auto found = std::ranges::find(components, advisory.component, &Component::name);
    if (found != components.end()) {
      assigned.push_back(std::move(advisory));
    } else if (!request.shared_advisories) {
      return fail(
          ErrorKind::Invalid,
          fmt::format("advisory {}: nothing differs in a component \"{}\"; those that do: {}",
                      advisory.id, advisory.component, names_of(components)));
    }
  }
  return assigned;
}

/// The component that part of a probe file is about: null where it does not differ here.
Result<Component*> component_for(const Request& request, const std::string& name,
                                 std::vector<Component>& components) {
  if (name.empty() && components.size() == 1) return &components.front();
  const auto found = std::ranges::find(components, name, &Component::name);
  if (found != components.end()) return &*found;
  if (!name.empty() && request.shared_advisories) return nullptr;
  return fail(ErrorKind::Invalid,
              fmt::format("probes: \"{}\" is no component that differs; those that do: {}", name,
                          names_of(components)));
}

Status assign_operation(const Request& request, std::vector<Component>& components) {
  for (const probes::ProbeOf& each : request.operation.probes) {
    const auto component = component_for(request, each.component, components);
    if (!component) return std::unexpected(component.error());
    if (*component != nullptr) (*component)->probes.push_back(each.probe);
  }
  for (const probes::RulesOf& each : request.operation.restarts) {
    const auto component = component_for(request, each.component, components);
    if (!component) return std::unexpected(component.error());
    if (*component != nullptr) (*component)->restart = each.rules;
  }
  return {};
}

Status read_and_compare(sys::FileSystem& disk, Draft& draft) {
  Result<Sides> sides = read_sides(disk, draft.request.baseline, draft.request.patched);
  if (!sides) return std::unexpected(sides.error());
  draft.sides = std::move(*sides);
  Result<Comparison> comparison = compare(draft.sides, draft.request.with_documentation);
  if (!comparison) return std::unexpected(comparison.error());
  draft.comparison = std::move(*comparison);
  for (const Package& package : draft.sides.patched.packages) {
    draft.improvement.package_download_bytes += package.download_bytes;
  }
  for (const Change& change : draft.comparison.changes) {
    if (change.before) draft.contents.add(change.file.before->digest, change.before);
    if (change.after) draft.contents.add(change.file.after->digest, change.after);
  }
  return {};
}

Status ask_gate(Draft& draft, const std::vector<Part>& parts) {
  const Request& request = draft.request;
  Result<GateReport> gate =
      judge(draft.sides, draft.comparison, parts, {request.allowances, request.apply});
  if (!gate) return std::unexpected(gate.error());
  for (const improvement::Allowance& unused : gate->unused) {
    draft.improvement.notes.push_back(
        fmt::format("--allow {}: was not needed, and is left out", unused.rule));
  }
  draft.improvement.manifest.allowances = gate->allowances;
  draft.improvement.gate = std::move(*gate);
  return {};
}

Status choose_components(Draft& draft) {
  const Request& request = draft.request;
  Improvement& improvement = draft.improvement;
  Result<std::vector<Part>> parts =
      split(draft.comparison, draft.sides, request.rules, request.advisories);
  if (!parts) return std::unexpected(parts.error());
  if (const Status asked = ask_gate(draft, *parts); !asked) return asked;
  for (std::size_t i = 0; i < parts->size(); ++i) {
    Component& component = (*parts)[i].component;
    component.apply = improvement.gate.apply[i].used;
    improvement.manifest.components.push_back(std::move(component));
  }
  for (const ComponentRule& rule : request.rules) {
    if (improvement::find_component(improvement.manifest, rule.name) != nullptr) continue;
    improvement.notes.push_back(
        fmt::format("component {}: nothing that differs matches", rule.name));
  }
  auto advisories = assign_advisories(request, improvement.manifest.components);
  if (!advisories) return std::unexpected(advisories.error());
  improvement.manifest.advisories = std::move(*advisories);
  return assign_operation(request, improvement.manifest.components);
}

/// From a draft that passed the gate to the payloads.
class Building {
 public:
  Building(sys::FileSystem& disk, Draft draft, const Progress& progress)
      : disk_(disk),
        draft_(std::move(draft)),
        progress_(progress),
        result_(std::move(draft_.improvement)) {}

  Result<Improvement> run() {
    for (const auto step : {&Building::load_earlier, &Building::make_payloads, &Building::check}) {
      if (const Status done = (this->*step)(); !done) return std::unexpected(done.error());
    }
    return std::move(result_);
  }

 private:
  Status load_earlier() {
    for (const Path& directory : draft_.request.earlier) {
      Result<Manifest> manifest =
          read_earlier(disk_, directory, draft_.request.id, draft_.contents);
      if (!manifest) return std::unexpected(manifest.error());
      earlier_.push_back(std::move(*manifest));
    }
    return {};
  }

  Status make_payloads() {
    std::vector<Component>& components = result_.manifest.components;
    payloads_left_ = components.size() * (2 + earlier_.size());
    payloads_ = payloads_left_;
    for (Component& component : components) {
      if (improvement::rebuilt_files(component).empty()) continue;
      if (const Status done = make_payloads_of(component); !done) {
        return std::unexpected(done.error().during("component " + component.name));
      }
    }
    return {};
  }

  Status make_payloads_of(Component& component) {
    const Result<Bytes> full = make({}, component);
    if (!full) return std::unexpected(full.error());
    const Result<Bytes> from_baseline =
        make(improvement::references(component, nullptr), component);
    if (!from_baseline) return std::unexpected(from_baseline.error());
    // A device can use any of them: one that is not smaller than its alternative is of no use.
    const bool worthwhile = from_baseline->size() < full->size();
    const std::size_t best = worthwhile ? from_baseline->size() : full->size();
    if (worthwhile) add(component, Payload::From::Baseline, "", *from_baseline);
    for (const Manifest& earlier : earlier_) {
      const Component* before = improvement::find_component(earlier, component.name);
      if (before == nullptr) continue;
      const std::vector<improvement::Reference> references =
          improvement::references(component, before);
      if (const Status found = find_contents(references); !found) return found;
      const Result<Bytes> payload = make(references, component);
      if (!payload) return std::unexpected(payload.error());
      if (payload->size() >= best) continue;
      add(component, Payload::From::Letter, earlier.id.letter.text(), *payload);
    }
    add(component, Payload::From::Full, "", *full);
    return {};
  }

  /// Files that an earlier letter left as the baseline has them, and that do not differ now.
  Status find_contents(const std::vector<improvement::Reference>& references) {
    for (const improvement::Reference& reference : references) {
      const auto item = draft_.sides.baseline.items.find(reference.path);
      if (draft_.contents.has(reference.digest) || item == draft_.sides.baseline.items.end() ||
          !item->second.content) {
        continue;
      }
      const auto file = item->second.content();
      if (!file) return std::unexpected(file.error());
      const Result<ByteView> bytes = (*file)->view();
      if (!bytes) return std::unexpected(bytes.error());
      draft_.contents.add(crypto::sha256(*bytes), item->second.content);
    }
    return {};
  }

  Result<Bytes> make(const std::vector<improvement::Reference>& references,
                     const Component& component) {
    const auto share = [&](double done) {
      const double before = static_cast<double>(payloads_ - payloads_left_);
      return progress_((before + done) / static_cast<double>(payloads_));
    };
    Result<Bytes> payload = make_payload(component, references, draft_.contents, share);
    --payloads_left_;
    return payload;
  }

  void add(Component& component, Payload::From from, const std::string& letter, Bytes bytes) {
    Payload payload{from, letter, improvement::payload_name(component.name, from, letter),
                    bytes.size(), crypto::sha256(bytes)};
    result_.payloads.emplace(payload.name, std::move(bytes));
    component.payloads.push_back(std::move(payload));
  }

  /// What a device would refuse is not published.
  Status check() {
    const std::string text = improvement::serialize(result_.manifest);
    const Result<Manifest> read = improvement::parse_manifest(as_bytes(text));
    if (!read) return std::unexpected(read.error());
    if (*read == result_.manifest) return {};
    return fail(ErrorKind::Internal, "manifest.json: would be read differently than it was meant");
  }

  sys::FileSystem& disk_;
  Draft draft_;
  const Progress& progress_;
  Improvement result_;
  std::vector<Manifest> earlier_;
  std::size_t payloads_ = 0;
  std::size_t payloads_left_ = 0;
};

}  // namespace

Result<Draft> prepare(sys::FileSystem& disk, const Request& request) {
  Draft draft{.request = request,
              .improvement = {{request.id, request.release, {}, {}, {}}, {}, {}, 0},
              .sides = {},
              .comparison = {},
              .contents = {}};
  if (const Status done = read_and_compare(disk, draft); !done) {
    return std::unexpected(done.error());
  }
  if (const Status done = choose_components(draft); !done) return std::unexpected(done.error());
  return draft;
}

Result<Improvement> finish(sys::FileSystem& disk, Draft draft, const Progress& progress) {
  if (const Status good = passed(draft.improvement.gate); !good) {
    return std::unexpected(good.error());
  }
  return Building(disk, std::move(draft), progress).run();
}

Result<Improvement> build(sys::FileSystem& disk, const Request& request, const Progress& progress) {
  Result<Draft> draft = prepare(disk, request);
  if (!draft) return std::unexpected(draft.error());
  return finish(disk, std::move(*draft), progress);
}

Status write_improvement(sys::FileSystem& disk, const Improvement& improvement,
                         const Path& directory) {
  const std::string text = improvement::serialize(improvement.manifest) + "\n";
  const Status written = disk.write(join(directory, "manifest.json"), as_bytes(text), 0644);
  if (!written) return written;
  for (const auto& [name, bytes] : improvement.payloads) {
    if (const Status done = disk.write(join(directory, name), bytes, 0644); !done) return done;
  }
  return {};
}

}  // namespace interlude::publish
