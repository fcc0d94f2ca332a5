#pragma once
// The functions of libsystemd that a client calls. It is loaded when somebody who is not root asks
// for something, when a device looks at the units of its system, and when an improvement waits for the
// answer of NetworkManager: nothing else needs it.

#include <systemd/sd-bus.h>

#include "base/result.hpp"

namespace interlude::bus {

struct Library {
  decltype(&::sd_bus_open_system) open_system = nullptr;
  decltype(&::sd_bus_flush_close_unref) close = nullptr;
  decltype(&::sd_bus_match_signal) match_signal = nullptr;
  decltype(&::sd_bus_message_new_method_call) new_method_call = nullptr;
  decltype(&::sd_bus_message_append_basic) append_basic = nullptr;
  decltype(&::sd_bus_message_append_strv) append_strv = nullptr;
  decltype(&::sd_bus_message_set_allow_interactive_authorization) allow_interaction = nullptr;
  decltype(&::sd_bus_message_read_basic) read_basic = nullptr;
  decltype(&::sd_bus_message_get_error) get_error = nullptr;
  decltype(&::sd_bus_message_unref) unref = nullptr;
  decltype(&::sd_bus_message_set_auto_start) set_auto_start = nullptr;
  decltype(&::sd_bus_message_enter_container) enter_container = nullptr;
  decltype(&::sd_bus_call) call = nullptr;
  decltype(&::sd_bus_call_async) call_async = nullptr;
  decltype(&::sd_bus_process) process = nullptr;
  decltype(&::sd_bus_wait) wait = nullptr;
  decltype(&::sd_bus_new) new_bus = nullptr;
  decltype(&::sd_bus_set_address) set_address = nullptr;
  decltype(&::sd_bus_start) start = nullptr;
  decltype(&::sd_bus_get_property_string) property_string = nullptr;
  decltype(&::sd_bus_get_property_trivial) property_trivial = nullptr;
  decltype(&::sd_bus_error_free) error_free = nullptr;
  decltype(&::sd_bus_message_append) append = nullptr;
  decltype(&::sd_bus_message_append_array) append_array = nullptr;
  decltype(&::sd_bus_message_open_container) open_container = nullptr;
  decltype(&::sd_bus_message_close_container) close_container = nullptr;
  decltype(&::sd_bus_message_exit_container) exit_container = nullptr;
  decltype(&::sd_bus_message_read) read = nullptr;
  Status status;  ///< whether all of them are there
};

const Library& library();

}  // namespace interlude::bus
