#include "fleet.hpp"

#include <algorithm>
#include <set>

#include "device/why.hpp"

namespace interlude::evening {
namespace {

const Layout kLayout("/device");

}  // namespace

struct Fleet::Device {
  std::size_t number = 0;
  sys::sim::FileSystem disk;
  sys::sim::Random random;
  device::Config config;
  sys::Time due;
  std::string on;
  std::set<std::string> had;
};

Fleet::Fleet(std::size_t size, crash::Publisher& publisher, const std::string& url,
             sys::sim::Clock& clock, sys::Transport& transport)
    : clock_(clock), transport_(transport) {
  const sys::sim::FileSystem blank = crash::new_device(publisher);
  const sys::Time start = clock.now();
  for (std::size_t number = 0; number < size; ++number) {
    devices_.push_back(std::make_unique<Device>(
        Device{number, blank, sys::sim::Random(number + 1), {}, {}, "", {}}));
    Device& device = *devices_.back();
    device.config = *device::load_config(device.disk, kLayout);
    device.config.urls = {url};
    device.due = start - std::chrono::seconds(sys::uniform(device.random, 3600));
  }
  clock.set(start - std::chrono::hours(1));
  live_until(start);
}

Fleet::~Fleet() = default;

void Fleet::live_until(sys::Time when) {
  while (true) {
    const auto next =
        std::ranges::min_element(devices_, {}, [](const auto& device) { return device->due; });
    if ((*next)->due > when) break;
    if ((*next)->due > clock_.now()) clock_.advance((*next)->due - clock_.now());
    poll(**next);
  }
  clock_.advance(when - clock_.now());
}

void Fleet::poll(Device& device) {
  ++polls_;
  device::DirectSource source(device.disk, transport_, clock_, kLayout.metadata(),
                              kLayout.incoming(), device.config);
  device::Agent::Watch watch;
  watch.progress = [](std::string_view, double) { return true; };
  const auto agent = device::Agent::open({device.disk, clock_, device.random, source}, kLayout,
                                         device.config, {}, std::move(watch));
  Status done;
  if (!agent) done = std::unexpected(agent.error());
  if (done) {
    const auto recovered = (*agent)->recover();
    if (!recovered) done = std::unexpected(recovered.error());
  }
  if (done) done = crash::poll(**agent);
  if (!done) {
    complaints_.push_back("device " + std::to_string(device.number) + ": " +
                          done.error().message());
    device.due = clock_.now() + std::chrono::hours(1);
    return;
  }
  device.due = clock_.now() + std::max((*agent)->until_due(false), std::chrono::seconds(1));
  look(device);
}

void Fleet::look(Device& device) {
  const auto report = device::make_report(device.disk, kLayout, clock_.now());
  if (!report) {
    complaints_.push_back(report.error().message());
    return;
  }
  device.on = report->active ? report->active->generation.letter : "";
  if (!device.on.empty()) device.had.insert(device.on);
  const auto answers = device::why(*report, "");
  bool explained = false;
  for (const device::Explanation& each : *answers) {
    if (!each.on && !each.code.empty() && !each.sentence.empty()) {
      ++reasons_[each.code];
      explained = true;
    }
    if (each.on && each.code == "withdrawn") explained = true;
  }
  const bool waits = !report->record.available.empty();
  if (waits && !explained) {
    complaints_.push_back("device " + std::to_string(device.number) +
                          " waits and does not say why");
  }
}

std::size_t Fleet::with(const std::string& letter) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(devices_, [&](const auto& each) { return each->on == letter; }));
}

std::size_t Fleet::exposed(const std::string& letter) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      devices_, [&](const auto& each) { return each->had.contains(letter); }));
}

std::size_t Fleet::first_with(const std::string& letter) const {
  const auto found =
      std::ranges::find_if(devices_, [&](const auto& each) { return each->on == letter; });
  return static_cast<std::size_t>(found - devices_.begin());
}

Reasons Fleet::take_reasons() {
  return std::exchange(reasons_, {});
}

std::string Fleet::why(std::size_t number) const {
  const auto report = device::make_report(devices_.at(number)->disk, kLayout, clock_.now());
  if (!report) return report.error().message();
  std::string text;
  const auto answers = device::why(*report, "");
  for (const device::Explanation& each : *answers) {
    if (each.subject.front() == '(' || each.subject == "this device") {
      text += "      " + device::to_text(each) + "\n";
    }
  }
  return text;
}

}  // namespace interlude::evening
