#include "bus/network.hpp"

#include <cstdint>
#include <memory>

#include "bus/library.hpp"

namespace interlude::bus {
namespace {

constexpr std::uint64_t kPatienceMicroseconds = 2'000'000;

// NMMetered of NetworkManager's D-Bus interface.
constexpr std::uint32_t kYes = 1;
constexpr std::uint32_t kGuessYes = 3;

using OpenBus = std::unique_ptr<sd_bus, decltype(Library::close)>;
using Message = std::unique_ptr<sd_bus_message, decltype(Library::unref)>;

/// Properties.Get of NetworkManager's `Metered`; null where it could not be made.
Message question(sd_bus* bus) {
  sd_bus_message* raw = nullptr;
  int done = library().new_method_call(bus, &raw, "org.freedesktop.NetworkManager",
                                       "/org/freedesktop/NetworkManager",
                                       "org.freedesktop.DBus.Properties", "Get");
  Message message(raw, library().unref);
  for (const char* text : {"org.freedesktop.NetworkManager", "Metered"}) {
    if (done >= 0) done = library().append_basic(message.get(), 's', text);
  }
  if (done >= 0) done = library().set_auto_start(message.get(), 0);
  if (done < 0) message.reset();
  return message;
}

}  // namespace

bool connection_is_metered() {
  if (!library().status) return false;
  sd_bus* raw_bus = nullptr;
  if (library().open_system(&raw_bus) < 0) return false;
  const OpenBus bus(raw_bus, library().close);
  const Message message = question(bus.get());
  sd_bus_message* raw_answer = nullptr;
  if (message == nullptr ||
      library().call(bus.get(), message.get(), kPatienceMicroseconds, nullptr, &raw_answer) < 0) {
    return false;
  }
  const Message answer(raw_answer, library().unref);
  std::uint32_t metered = 0;
  const bool is_read = library().enter_container(answer.get(), 'v', "u") > 0 &&
                       library().read_basic(answer.get(), 'u', &metered) > 0;
  return is_read && (metered == kYes || metered == kGuessYes);
}

}  // namespace interlude::bus
