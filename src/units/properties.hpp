#pragma once
// The properties of a transient unit, as StartTransientUnit takes them
// (org.freedesktop.systemd1(5)).

#include <string>
#include <vector>

#include "bus/library.hpp"

namespace interlude::units {

/// Fills them in; the first failure stays, and finish() has it.
class Properties {
 public:
  /// `message` is borrowed; what comes before the properties is in it.
  explicit Properties(sd_bus_message* message) : message_(message) {
    note(library().open_container(message_, 'a', "(sv)"));
  }

  template <class... Values>
  void add(const char* name, const char* type, Values... values) {
    if (done_ >= 0) note(library().append(message_, "(sv)", name, type, values...));
  }
  void add_command(const std::vector<std::string>& command);
  /// All addresses there are, or those of the loopback network alone.
  void add_networks(const char* name, bool all);
  /// Below 0: an error's number.
  int finish();

 private:
  static const bus::Library& library() { return bus::library(); }
  void note(int done) {
    if (done < 0 && done_ >= 0) done_ = done;
  }
  void open(const char* name, const char* type);
  void close();
  void add_network(int family, const std::uint8_t* address, std::size_t size, std::uint32_t prefix);

  sd_bus_message* message_;
  int done_ = 0;
};

}  // namespace interlude::units
