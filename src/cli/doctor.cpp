// `interlude doctor`: whether this machine has what a device of its own system files needs, one
// line for each thing. It looks and changes nothing.

#include <fmt/format.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>

#include "cli/command.hpp"
#include "cli/device_session.hpp"
#include "overlay/namespaces.hpp"
#include "sandbox/account.hpp"
#include "sandbox/landlock.hpp"

namespace interlude::cli {
namespace {

enum class Verdict {
  Fine,
  Weaker,   ///< it works, with less than it could have
  Missing,  ///< it does not work without
};

struct Finding {
  std::string subject;
  Verdict verdict = Verdict::Fine;
  std::string text;
};

std::string_view name_of(Verdict verdict) {
  return verdict == Verdict::Fine ? "ok" : verdict == Verdict::Weaker ? "weaker" : "missing";
}

Finding look_at_kernel() {
  utsname kernel{};
  (void)::uname(&kernel);  // fails for no valid argument
  const overlay::Method method = overlay::best_method();
  const bool beneath = method == overlay::Method::Beneath;
  return {"kernel", beneath ? Verdict::Fine : Verdict::Weaker,
          fmt::format("{}: switches {}", kernel.release,
                      beneath ? "beneath what is seen, under every service"
                              : "on top; waits where a service has mounts of its own below a "
                                "patched directory")};
}

Finding look_at_overlays(sys::FileSystem& disk) {
  utsname kernel{};
  (void)::uname(&kernel);
  const Path module =
      join(join("/lib/modules", std::string(kernel.release)), "kernel/fs/overlayfs");
  if (sys::exists(disk, "/sys/module/overlay") || sys::exists(disk, module)) {
    return {"overlay file system", Verdict::Fine, "there"};
  }
  return {"overlay file system", Verdict::Missing, "neither in the kernel nor a module of it"};
}

Finding look_at_namespace() {
  const Status same = overlay::check_namespace();
  return {"mount namespace", same ? Verdict::Fine : Verdict::Missing,
          same ? "that of process 1" : same.error().message()};
}

Finding look_at_store(const Layout& layout) {
  struct statvfs found {};
  if (::statvfs(layout.library().c_str(), &found) != 0) {
    return {"store", Verdict::Missing, layout.library() + " cannot be looked at"};
  }
  if ((found.f_flag & ST_NOEXEC) != 0) {
    return {"store", Verdict::Missing,
            layout.library() + " is mounted noexec: no program would start"};
  }
  if ((found.f_flag & ST_RDONLY) != 0) {
    return {"store", Verdict::Missing, layout.library() + " is read-only"};
  }
  return {"store", Verdict::Fine, layout.library()};
}

Finding look_at_downloads() {
  const int landlock = sandbox::landlock_version();
  if (landlock == 0)
    return {"Landlock", Verdict::Weaker, "not in this kernel: one fence less around downloads"};
  return {"Landlock", Verdict::Fine, fmt::format("version {}", landlock)};
}

Finding look_at_account() {
  const auto account = sandbox::unprivileged_account();
  if (account)
    return {"account for downloads", Verdict::Fine, fmt::format("user {}", account->uid)};
  return {"account for downloads", Verdict::Weaker, "none, or nobody but root could change to it"};
}

Finding look_at_guard() {
  const auto guard = program_of_ours("interlude-guard");
  if (!guard) return {"guard", Verdict::Missing, guard.error().message()};
  return {"guard", Verdict::Fine, *guard};
}

Finding look_at_package_manager(sys::FileSystem& disk, const Layout& layout) {
  if (!sys::exists(disk, join(layout.root(), "usr/bin/dpkg"))) {
    return {"package manager", Verdict::Weaker,
            "no dpkg: whoever changes system files does it under `interlude unlock`"};
  }
  const Path hook = join(layout.root(), "etc/dpkg/dpkg.cfg.d/interlude");
  if (sys::exists(disk, hook))
    return {"package manager", Verdict::Fine, "dpkg steps over what is on, by " + hook};
  return {"package manager", Verdict::Missing,
          hook + " is not there: upgrades of patched packages would fail"};
}

Finding look_at_manager(sys::FileSystem& disk) {
  if (sys::exists(disk, "/run/systemd/private"))
    return {"service manager", Verdict::Fine, "systemd"};
  return {"service manager", Verdict::Weaker, "no systemd: nothing is restarted or watched"};
}

Finding look_at_hierarchies(const Layout& layout) {
  const auto place = sys::posix::FileSystem().resolve(layout.root());
  if (!place) return {"directories", Verdict::Missing, place.error().message()};
  overlay::KernelMounts mounts{Layout(*place)};
  const auto hierarchies = mounts.hierarchies();
  if (!hierarchies) return {"directories", Verdict::Missing, hierarchies.error().message()};
  std::string text;
  for (const Path& hierarchy : *hierarchies) {
    const auto shown = mounts.shown(hierarchy);
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", hierarchy,
                        !shown           ? shown.error().message()
                        : shown->empty() ? kBaseline
                                         : *shown);
  }
  if (text.empty())
    return {"directories", Verdict::Weaker,
            "none is armed: a first switch waits where a service has mounts of its own"};
  return {"directories", Verdict::Fine, text};
}

std::vector<Finding> examine(const Layout& layout) {
  sys::posix::FileSystem disk;
  std::vector<Finding> all{look_at_kernel(), look_at_downloads(), look_at_account()};
  const auto config = device::load_config(disk, layout);
  if (!config) all.push_back({"configuration", Verdict::Missing, config.error().message()});
  all.push_back(look_at_store(layout));
  if (config && config->backend == device::Config::BackendKind::Tree) return all;
  for (Finding& each : std::vector<Finding>{
           look_at_overlays(disk), look_at_namespace(), look_at_guard(), look_at_manager(disk),
           look_at_package_manager(disk, layout), look_at_hierarchies(layout)}) {
    all.push_back(std::move(each));
  }
  return all;
}

Status diagnose(const Invocation& run, const std::string& root) {
  const std::vector<Finding> all = examine(Layout(root));
  const auto missing = std::ranges::count(all, Verdict::Missing, &Finding::verdict);
  if (run.json()) {
    json::Value list = json::Value::array();
    for (const Finding& each : all) {
      list.push_back(
          {{"subject", each.subject}, {"verdict", name_of(each.verdict)}, {"text", each.text}});
    }
    // Where something is missing the error's document is printed, and has this in it.
    if (missing == 0) run.print(json::Value{{"checks", list}});
    run.attach_to_error("checks", list);
  } else {
    for (const Finding& each : all) {
      run.print(fmt::format("{:8} {}: {}", name_of(each.verdict), each.subject, each.text));
    }
  }
  if (missing == 0) return {};
  return fail(ErrorKind::Conflict, fmt::format("{} of {} things that a device needs {} missing",
                                               missing, all.size(), missing == 1 ? "is" : "are"));
}

}  // namespace

void define_doctor(CLI::App& app, Invocation& run) {
  CLI::App& command = *app.add_subcommand(
      "doctor", "Look whether this machine has what a device needs; changes nothing");
  const auto root = std::make_shared<std::string>();
  add_root_option(command, *root);
  run.add_json_option(command);
  run.on_run(command, "interlude doctor", [&run, root] { return diagnose(run, *root); });
}

}  // namespace interlude::cli
