#pragma once
// Owners of what sd-bus and sd-event count references of.

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include <memory>
#include <string_view>

#include "base/result.hpp"

namespace interlude::bus {

template <auto release>
struct Releases {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};

using Bus = std::unique_ptr<sd_bus, Releases<sd_bus_flush_close_unref>>;
using Message = std::unique_ptr<sd_bus_message, Releases<sd_bus_message_unref>>;
using Slot = std::unique_ptr<sd_bus_slot, Releases<sd_bus_slot_unref>>;
using Track = std::unique_ptr<sd_bus_track, Releases<sd_bus_track_unref>>;
using Credentials = std::unique_ptr<sd_bus_creds, Releases<sd_bus_creds_unref>>;
using Events = std::unique_ptr<sd_event, Releases<sd_event_unref>>;
using Source = std::unique_ptr<sd_event_source, Releases<sd_event_source_disable_unref>>;

/// Calls `make(&raw, …)`, one of the functions that give a reference away through their first
/// parameter, and keeps it. What they return below 0 is an error's number.
template <class Owner, class Make>
Status make(Owner& owner, std::string_view doing, Make&& call) {
  typename Owner::pointer raw = nullptr;
  const int done = call(&raw);
  if (done < 0) return std::unexpected(errno_error(doing, -done));
  owner.reset(raw);
  return {};
}

inline Status check(int done, std::string_view doing) {
  if (done < 0) return std::unexpected(errno_error(doing, -done));
  return {};
}

}  // namespace interlude::bus
