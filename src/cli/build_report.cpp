#include "cli/build_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/gate_report.hpp"
#include "json/json.hpp"
#include "publish/release.hpp"

namespace interlude::cli {
namespace {

using improvement::Component;
using improvement::Manifest;
using improvement::Payload;

json::Value payload_value(const Payload& payload) {
  json::Value value = {{"name", payload.name}, {"size", payload.size}, {"from", "full"}};
  if (payload.from == Payload::From::Baseline) value["from"] = "baseline";
  if (payload.from == Payload::From::Letter) value["from"] = "(" + payload.letter + ")";
  return value;
}

json::Value component_value(const Component& component) {
  json::Value value = {{"name", component.name},
                       {"version_before", component.version_before},
                       {"version_after", component.version_after},
                       {"files", component.files.size()},
                       {"bytes", new_bytes(component)},
                       {"payloads", json::Value::array()}};
  for (const Payload& payload : component.payloads) {
    value["payloads"].push_back(payload_value(payload));
  }
  return value;
}

json::Value value_of(const publish::Improvement& built, const std::string& directory) {
  json::Value value = {{"id", built.manifest.id.text()},
                       {"directory", directory},
                       {"advisories", built.manifest.advisories.size()},
                       {"components", json::Value::array()},
                       {"download_bytes", baseline_download(built.manifest)},
                       {"package_download_bytes", built.package_download_bytes},
                       {"notes", built.notes},
                       {"gate", gate_value(built.gate)}};
  for (const Component& component : built.manifest.components) {
    value["components"].push_back(component_value(component));
  }
  return value;
}

json::Value judged_value(const publish::Improvement& judged) {
  return {{"id", judged.manifest.id.text()},
          {"notes", judged.notes},
          {"gate", gate_value(judged.gate)}};
}

json::Value judged_values(const std::vector<publish::Improvement>& judged) {
  json::Value values = json::Value::array();
  for (const publish::Improvement& one : judged) values.push_back(judged_value(one));
  return values;
}

void note_findings(const Invocation& run, const publish::Improvement& judged) {
  for (const std::string& note : judged.notes) run.note(note);
  note_gate(run, judged.gate);
}

void print_for_person(const Invocation& run, const publish::Improvement& built,
                      const std::string& directory) {
  note_findings(run, built);
  run.print(fmt::format("{} in {}", built.manifest.id.text(), directory));
  for (const Component& component : built.manifest.components) {
    run.print(fmt::format("  {}: {} path(s), {} bytes of new content", title_of(component),
                          component.files.size(), new_bytes(component)));
    for (const Payload& payload : component.payloads) {
      run.print(fmt::format("    {:>12} bytes {}", payload.size, start_of(payload)));
    }
  }
  const std::uint64_t download = baseline_download(built.manifest);
  std::string compared = fmt::format("  a device on the baseline downloads {} bytes", download);
  if (built.package_download_bytes > 0) {
    compared += fmt::format(
        ", {:.1f} % of the packages' {}",
        100.0 * static_cast<double>(download) / static_cast<double>(built.package_download_bytes),
        built.package_download_bytes);
  }
  run.print(compared);
}

void print_check_for_person(const Invocation& run, const publish::Improvement& judged) {
  note_findings(run, judged);
  run.print(fmt::format("{}: the gate passes it, {} allowed, {} warning(s)",
                        judged.manifest.id.text(), judged.gate.allowed.size(),
                        judged.gate.warnings.size()));
}

}  // namespace

std::string start_of(const Payload& payload) {
  switch (payload.from) {
    case Payload::From::Baseline:
      return "from the baseline";
    case Payload::From::Letter:
      return fmt::format("from ({})", payload.letter);
    case Payload::From::Full:
      break;
  }
  return "full";
}

std::string title_of(const Component& component) {
  if (component.version_before.empty() && component.version_after.empty()) return component.name;
  const auto shown = [](const std::string& version) {
    return version.empty() ? std::string("none") : version;
  };
  return fmt::format("{} {} → {}", component.name, shown(component.version_before),
                     shown(component.version_after));
}

std::uint64_t new_bytes(const Component& component) {
  std::uint64_t sum = 0;
  for (const improvement::FileChange* file : improvement::rebuilt_files(component)) {
    sum += file->after->size;
  }
  return sum;
}

std::uint64_t baseline_download(const Manifest& manifest) {
  std::uint64_t sum = 0;
  for (const Component& component : manifest.components) {
    std::uint64_t least = UINT64_MAX;
    for (const Payload& payload : component.payloads) {
      if (payload.from != Payload::From::Letter) least = std::min(least, payload.size);
    }
    if (least != UINT64_MAX) sum += least;
  }
  return sum;
}

void report_improvement(const Invocation& run, const publish::Improvement& built,
                        const std::string& out) {
  if (run.json()) {
    run.print(value_of(built, out));
  } else {
    print_for_person(run, built, out);
  }
}

void report_release(const Invocation& run, const std::vector<publish::Improvement>& built,
                    const std::string& out) {
  json::Value value = {{"directory", out}, {"improvements", json::Value::array()}};
  for (const publish::Improvement& one : built) {
    const Path directory = join(out, publish::cell_directory(one.manifest.id));
    value["improvements"].push_back(value_of(one, directory));
    if (!run.json()) print_for_person(run, one, directory);
  }
  if (run.json()) run.print(value);
}

void report_check(const Invocation& run, const publish::Improvement& judged) {
  if (run.json()) {
    run.print(judged_value(judged));
  } else {
    print_check_for_person(run, judged);
  }
}

void report_check(const Invocation& run, const std::vector<publish::Improvement>& judged) {
  if (run.json()) {
    run.print(json::Value{{"improvements", judged_values(judged)}});
  } else {
    for (const publish::Improvement& one : judged) print_check_for_person(run, one);
  }
}

void report_refusal(const Invocation& run, const publish::Improvement& judged) {
  if (run.json()) {
    run.attach_to_error("gate", gate_value(judged.gate));
  } else {
    note_findings(run, judged);
  }
}

void report_refusal(const Invocation& run, const std::vector<publish::Improvement>& judged) {
  if (run.json()) {
    run.attach_to_error("improvements", judged_values(judged));
  } else {
    for (const publish::Improvement& one : judged) note_findings(run, one);
  }
}

}  // namespace interlude::cli
