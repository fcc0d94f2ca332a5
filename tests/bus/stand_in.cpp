// Stands in for services of the system bus that the test cannot have as they are.
//
//   stand_in polkit         asked by CheckAuthorization it says "asked ID" and never answers,
//   "cancelled ID" when told so stand_in network NUMBER NetworkManager with that number as its
//   property Metered; says "ready"

#include <systemd/sd-bus.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

namespace {

std::uint32_t metered = 0;

int on_polkit(sd_bus_message* call, void*, sd_bus_error*) {
  if (sd_bus_message_is_method_call(call, nullptr, "CheckAuthorization") > 0) {
    const char* id = "";
    if (sd_bus_message_skip(call, "(sa{sv})sa{ss}u") < 0 || sd_bus_message_read(call, "s", &id) < 0)
      return -EINVAL;
    std::printf("asked %s\n", id);
    return 1;
  }
  if (sd_bus_message_is_method_call(call, nullptr, "CancelCheckAuthorization") > 0) {
    const char* id = "";
    if (sd_bus_message_read(call, "s", &id) < 0) return -EINVAL;
    std::printf("cancelled %s\n", id);
    return sd_bus_reply_method_return(call, "");
  }
  return 0;
}

const sd_bus_vtable kNetwork[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_PROPERTY("Metered", "u", nullptr, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_VTABLE_END};

int serve(const std::string& what) {
  sd_bus* bus = nullptr;
  int done = sd_bus_open_system(&bus);
  if (done < 0) return done;
  if (what == "polkit") {
    done = sd_bus_add_object(bus, nullptr, "/org/freedesktop/PolicyKit1/Authority", on_polkit,
                             nullptr);
    if (done >= 0) done = sd_bus_request_name(bus, "org.freedesktop.PolicyKit1", 0);
  } else {
    done = sd_bus_add_object_vtable(bus, nullptr, "/org/freedesktop/NetworkManager",
                                    "org.freedesktop.NetworkManager", kNetwork, &metered);
    if (done >= 0) done = sd_bus_request_name(bus, "org.freedesktop.NetworkManager", 0);
  }
  if (done >= 0) std::printf("ready\n");
  while (done >= 0) {
    done = sd_bus_process(bus, nullptr);
    if (done == 0) done = sd_bus_wait(bus, UINT64_MAX);
    if (done == -EINTR) done = 0;
  }
  return done;
}

}  // namespace

int main(int argc, char** argv) {
  (void)std::setvbuf(stdout, nullptr, _IOLBF, 0);
  if (argc > 2) metered = static_cast<std::uint32_t>(std::stoul(argv[2]));
  const int done = serve(argc > 1 ? argv[1] : "");
  std::fprintf(stderr, "stand_in: %s\n", std::strerror(-done));
  return 1;
}
