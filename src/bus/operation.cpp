#include "bus/operation.hpp"

#include "improvement/letter.hpp"

namespace interlude::bus {
namespace {

using improvement::Letter;

constexpr std::size_t kMostComponents = 100;

/// As far as the device knows; its worker asks the repository.
bool is_newest(const std::string& letter, const device::Report& report) {
  if (!report.record.available.empty()) return letter == report.record.available;
  return report.active && letter == report.active->generation.letter;
}

}  // namespace

Operation poll() {
  return {"poll", "org.interlude.Agent1.poll", {"agent", "--once"}, policy::may_change};
}

Operation look() {
  return {"check", "org.interlude.Agent1.poll", {"check"}, policy::may_change};
}

Operation remove() {
  return {"remove", "org.interlude.Agent1.remove", {"remove"}, policy::may_remove};
}

Operation set_automatic(bool on) {
  return {"set-automatic",
          on ? "org.interlude.Agent1.set-automatic-on" : "org.interlude.Agent1.set-automatic-off",
          {"settings", "automatic", on ? "on" : "off"},
          policy::may_set_automatic};
}

Result<Operation> install(const std::string& letter, const std::vector<std::string>& components,
                          const device::Report& report) {
  Operation operation{"install", "org.interlude.Agent1.install", {"install"}, policy::may_install};
  bool takes_fixes_away = !components.empty();
  if (!letter.empty()) {
    const auto wanted = Letter::parse(letter);
    if (!wanted) return std::unexpected(wanted.error());
    operation.arguments.push_back("--letter=" + letter);
    takes_fixes_away = takes_fixes_away || !is_newest(letter, report);
  }
  if (components.size() > kMostComponents) {
    return fail(ErrorKind::Invalid, "more than 100 components");
  }
  if (takes_fixes_away) {
    operation.action = "org.interlude.Agent1.install-other";
  } else {
    operation.arguments.emplace_back("--newest-only");
  }
  if (!components.empty()) operation.arguments.emplace_back("--");
  for (const std::string& component : components) {
    if (const Status fine = check_name(component, "component"); !fine) {
      return std::unexpected(fine.error());
    }
    operation.arguments.push_back(component);
  }
  return operation;
}

}  // namespace interlude::bus
