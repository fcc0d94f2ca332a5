#include "units/properties.hpp"

#include <sys/socket.h>

#include <array>

namespace interlude::units {

void Properties::add_command(const std::vector<std::string>& command) {
  open("ExecStart", "a(sasb)");
  note(library().open_container(message_, 'a', "(sasb)"));
  note(library().open_container(message_, 'r', "sasb"));
  std::vector<char*> words;
  for (const std::string& each : command) words.push_back(const_cast<char*>(each.c_str()));
  words.push_back(nullptr);
  note(library().append_basic(message_, 's', command.front().c_str()));
  note(library().append_strv(message_, words.data()));
  const int failure_is_ignored = 0;
  note(library().append_basic(message_, 'b', &failure_is_ignored));
  note(library().close_container(message_));
  note(library().close_container(message_));
  close();
}

void Properties::add_networks(const char* name, bool all) {
  constexpr std::array<std::uint8_t, 4> kLoopback4 = {127, 0, 0, 0};
  constexpr std::array<std::uint8_t, 16> kLoopback6 = {0, 0, 0, 0, 0, 0, 0, 0,
                                                       0, 0, 0, 0, 0, 0, 0, 1};
  constexpr std::array<std::uint8_t, 16> kZero{};
  open(name, "a(iayu)");
  note(library().open_container(message_, 'a', "(iayu)"));
  add_network(AF_INET, all ? kZero.data() : kLoopback4.data(), 4, all ? 0 : 8);
  add_network(AF_INET6, all ? kZero.data() : kLoopback6.data(), 16, all ? 0 : 128);
  note(library().close_container(message_));
  close();
}

int Properties::finish() {
  note(library().close_container(message_));
  if (done_ >= 0) note(library().append(message_, "a(sa(sv))", 0));
  return done_;
}

void Properties::open(const char* name, const char* type) {
  note(library().open_container(message_, 'r', "sv"));
  note(library().append_basic(message_, 's', name));
  note(library().open_container(message_, 'v', type));
}

void Properties::close() {
  note(library().close_container(message_));
  note(library().close_container(message_));
}

void Properties::add_network(int family, const std::uint8_t* address, std::size_t size,
                             std::uint32_t prefix) {
  note(library().open_container(message_, 'r', "iayu"));
  note(library().append_basic(message_, 'i', &family));
  note(library().append_array(message_, 'y', address, size));
  note(library().append_basic(message_, 'u', &prefix));
  note(library().close_container(message_));
}

}  // namespace interlude::units
