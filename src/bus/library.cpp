#include "bus/library.hpp"

#include "sys/shared_library.hpp"

namespace interlude::bus {
namespace {

Library load_library() {
  sys::SharedLibrary file("libsystemd.so.0");
  Library library;
  const auto find = [&]<class Function>(Function& function, const char* name) {
    function = file.function<Function>(name);
  };
  find(library.open_system, "sd_bus_open_system");
  find(library.close, "sd_bus_flush_close_unref");
  find(library.match_signal, "sd_bus_match_signal");
  find(library.new_method_call, "sd_bus_message_new_method_call");
  find(library.append_basic, "sd_bus_message_append_basic");
  find(library.append_strv, "sd_bus_message_append_strv");
  find(library.allow_interaction, "sd_bus_message_set_allow_interactive_authorization");
  find(library.read_basic, "sd_bus_message_read_basic");
  find(library.get_error, "sd_bus_message_get_error");
  find(library.unref, "sd_bus_message_unref");
  find(library.set_auto_start, "sd_bus_message_set_auto_start");
  find(library.enter_container, "sd_bus_message_enter_container");
  find(library.call, "sd_bus_call");
  find(library.call_async, "sd_bus_call_async");
  find(library.process, "sd_bus_process");
  find(library.wait, "sd_bus_wait");
  find(library.new_bus, "sd_bus_new");
  find(library.set_address, "sd_bus_set_address");
  find(library.start, "sd_bus_start");
  find(library.property_string, "sd_bus_get_property_string");
  find(library.property_trivial, "sd_bus_get_property_trivial");
  find(library.error_free, "sd_bus_error_free");
  find(library.append, "sd_bus_message_append");
  find(library.append_array, "sd_bus_message_append_array");
  find(library.open_container, "sd_bus_message_open_container");
  find(library.close_container, "sd_bus_message_close_container");
  find(library.exit_container, "sd_bus_message_exit_container");
  find(library.read, "sd_bus_message_read");
  library.status = file.status();
  return library;
}

}  // namespace

const Library& library() {
  static const Library loaded = load_library();
  return loaded;
}

}  // namespace interlude::bus
