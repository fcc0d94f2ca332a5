#pragma once
// The system that this machine runs, for device::Workload: processes through /proc, units through
// the service manager, fresh processes by starting them.

#include <memory>

#include "sys/process.hpp"
#include "units/service_manager.hpp"

namespace interlude::units {

class SystemWorkload final : public device::Workload {
 public:
  struct Options {
    Path root = "/";
    Path load_helper;                  ///< interlude-probe-load
    std::vector<std::string> refresh;  ///< the command that asks the repository once
    Path manager_socket = "/run/systemd/private";
    Path manager_program = "/usr/lib/systemd/systemd";
  };

  /// `processes` is borrowed.
  SystemWorkload(sys::ProcessRunner& processes, Options options)
      : processes_(&processes), options_(std::move(options)) {}

  bool is_live() const override { return true; }
  bool is_starting() override;
  Result<running::Findings> look(std::span<const running::Watched> watched) override;
  Result<std::vector<std::string>> active_units() override;
  Result<std::map<std::string, device::UnitFacts>> facts(
      std::span<const std::string> units) override;
  Status restart(const std::string& unit) override;
  Status try_loading(std::span<const device::LoadTest> tests) override;
  Status run_probe(const improvement::Probe& probe) override;
  Status refresh() override;
  Status renew_manager() override;

 private:
  Result<ServiceManager*> manager();
  /// Once more over a new connection where process 1 has closed the old one.
  template <class Do>
  auto with_manager(const Do& work) -> decltype(work(std::declval<ServiceManager&>()));
  Result<std::vector<std::string>> unloadable(const std::vector<std::string>& files);

  sys::ProcessRunner* processes_;
  Options options_;
  std::unique_ptr<ServiceManager> manager_;
};

}  // namespace interlude::units
