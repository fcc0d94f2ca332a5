// Built without libsystemd: nobody answers.

#include "units/service_manager.hpp"

namespace interlude::units {
namespace {

std::unexpected<Error> absent() {
  return fail(ErrorKind::Unavailable, "this program was built without the service manager");
}

}  // namespace

struct ServiceManager::Connection {};

ServiceManager::~ServiceManager() = default;

Result<std::unique_ptr<ServiceManager>> ServiceManager::connect(const Path&) {
  return absent();
}
Result<std::vector<std::string>> ServiceManager::active_units() {
  return absent();
}
Result<std::optional<device::UnitFacts>> ServiceManager::facts(const std::string&) {
  return absent();
}
Result<std::string> ServiceManager::system_state() {
  return absent();
}
Status ServiceManager::restart(const std::string&, std::chrono::seconds) {
  return absent();
}
Status ServiceManager::reset_failed(const std::string&) {
  return absent();
}
Status ServiceManager::run(const std::vector<std::string>&, std::chrono::seconds) {
  return absent();
}
Status ServiceManager::reexecute() {
  return absent();
}

}  // namespace interlude::units
