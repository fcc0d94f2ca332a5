#include "cli/over_bus.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <nlohmann/json.hpp>

namespace interlude::cli {
namespace {

/// What a person wants to know next; `interlude status` has the rest.
std::string summary_of(const nlohmann::json& status) {
  const auto text = [&](const char* member) {
    const auto found = status.find(member);
    return found != status.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const std::string letter = text("letter");
  const std::string reason = text("reason");
  return fmt::format("{} {}{}\n  {}{}", text("platform"), text("baseline"),
                     letter.empty() ? "" : " (" + letter + ")", text("state"),
                     reason.empty() ? "" : ": " + reason);
}

}  // namespace

bool goes_over_bus(const std::string& root) {
  return root == "/" && geteuid() != 0;
}

Status over_bus(const Invocation& run, const bus::Call& call) {
  std::string shown;
  std::unique_ptr<Progress> progress;
  const bus::Watch watch = [&](const std::string& what, double share) {
    if (what.empty()) return !interrupted();
    if (what != shown) {
      shown = what;
      progress.reset();  // its line ends before the next begins
      progress.reset(new Progress(run.progress(shown)));
    }
    return progress->update(share);
  };
  const auto done = bus::ask(call, watch);
  progress.reset();
  if (!done) return std::unexpected(done.error());
  const auto status = bus::ask({.method = bus::Call::Method::GetStatus}, watch);
  if (!status) return std::unexpected(status.error());
  const nlohmann::json document = nlohmann::json::parse(*status, nullptr, false);
  if (run.json()) {
    run.print(document);
  } else {
    run.print(summary_of(document));
  }
  return {};
}

}  // namespace interlude::cli
