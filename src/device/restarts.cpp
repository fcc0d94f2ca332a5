#include "device/restarts.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <set>

namespace interlude::device {
namespace {

struct Never {
  std::string_view why;
  std::vector<std::string> patterns;
};

/// What takes sessions, networks or other systems down with it. docs/policy.md has this table.
const std::vector<Never>& never_list() {
  static const std::vector<Never> all = {
      {"every program on the machine speaks through it", {"dbus.service", "dbus-broker.service"}},
      {"a person's session would end with it",
       {"gdm*.service",
        "lightdm.service",
        "sddm.service",
        "lxdm.service",
        "xdm.service",
        "wdm.service",
        "slim.service",
        "greetd.service",
        "display-manager.service",
        "systemd-logind.service",
        "elogind.service",
        "seatd.service",
        "user@*.service",
        "user-runtime-dir@*.service",
        "getty@*.service",
        "serial-getty@*.service",
        "console-getty.service",
        "container-getty@*.service",
        "autovt@*.service",
        "pipewire*.service",
        "wireplumber*.service"}},
      {"the network would go away with it",
       {"NetworkManager*.service", "systemd-networkd.service", "networking.service",
        "ifup@*.service", "wpa_supplicant*.service", "iwd.service", "connman.service",
        "dhcpcd*.service", "ModemManager.service", "openvpn*.service", "wg-quick@*.service",
        "strongswan*.service", "ipsec.service", "tailscaled.service", "zerotier-one.service",
        "nebula*.service", "pppd*.service", "hostapd*.service"}},
      {"containers or virtual machines may go away with it",
       {"docker.service", "containerd.service", "podman*.service", "crio.service",
        "kubelet.service", "k3s*.service", "lxc*.service", "lxd*.service", "incus*.service",
        "libvirtd.service", "virt*d.service", "xen*.service", "systemd-machined.service",
        "systemd-nspawn@*.service", "machine-*.scope"}},
      {"it is this device's own; it begins anew by itself", {"interlude-*.service"}},
  };
  return all;
}

/// Why `unit` is left running; empty where it may be restarted.
std::string reason_to_leave(const std::string& unit,
                            const std::vector<improvement::RestartRules>& rules,
                            const RestartPolicy& policy, const UnitFacts& facts) {
  if (matches(policy.never, unit)) return "the administrator's policy leaves it running";
  const bool by_publisher =
      std::ranges::any_of(rules, [&](const auto& each) { return matches(each.never, unit); });
  if (by_publisher) return "the publisher's rules leave it running";
  if (facts.refuses) return "it may not be stopped by hand";
  if (facts.type == "oneshot") return "it does its work once";
  if (matches(policy.allowed, unit)) return "";
  return never_restarted(unit);
}

}  // namespace

bool matches(const std::vector<std::string>& patterns, const std::string& unit) {
  return std::ranges::any_of(patterns, [&](const std::string& pattern) {
    return ::fnmatch(pattern.c_str(), unit.c_str(), 0) == 0;
  });
}

std::string never_restarted(const std::string& unit) {
  for (const Never& each : never_list()) {
    if (matches(each.patterns, unit)) return std::string(each.why);
  }
  return "";
}

std::vector<std::string> services_of(std::span<const running::Process> processes) {
  std::set<std::string> names;
  for (const running::Process& each : processes) {
    if (!each.belongs.of_person && each.belongs.unit.ends_with(".service")) {
      names.insert(each.belongs.unit);
    }
  }
  return {names.begin(), names.end()};
}

RestartPlan plan_restarts(std::span<const running::Process> processes,
                          const std::vector<improvement::RestartRules>& rules,
                          const RestartPolicy& policy,
                          const std::map<std::string, UnitFacts>& facts) {
  RestartPlan plan;
  const std::vector<std::string> found = services_of(processes);
  std::set<std::string> units(found.begin(), found.end());
  for (const running::Process& each : processes) {
    if (each.pid == 1) {
      plan.manager = true;
    } else if (each.belongs.of_person || !each.belongs.unit.ends_with(".service")) {
      plan.told.push_back(each);
    }
  }
  for (const improvement::RestartRules& each : rules) {
    units.insert(each.units.begin(), each.units.end());
  }
  for (const std::string& unit : units) {
    const auto known = facts.find(unit);
    const bool is_mapped = std::ranges::find(found, unit) != found.end();
    const UnitFacts now = known == facts.end() ? UnitFacts() : known->second;
    if (!is_mapped && !now.active) continue;  // named by a rule, and not running here
    std::string why = reason_to_leave(unit, rules, policy, now);
    if (why.empty()) {
      plan.restart.push_back(unit);
    } else {
      plan.left.push_back({unit, std::move(why)});
    }
  }
  return plan;
}

}  // namespace interlude::device
