// An evening with 300 devices. A normal rollout begins; at 5 % a fault shows; the publisher pauses,
// then withdraws with revert; the repaired letter goes out urgently. At every step the number of
// devices must be within the 99 % binomial band of what the simulator predicted, nobody new may
// get what was stopped, all go back, and every "no" has a reason. The transcript on standard output
// is in docs/evening.md.

#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "fleet.hpp"
#include "serve/server.hpp"
#include "simulate/simulate.hpp"
#include "support/temporary_directory.hpp"
#include "sys/curl/transport.hpp"
#include "sys/posix/clock.hpp"
#include "sys/posix/file_system.hpp"

namespace interlude::evening {
namespace {

using namespace std::chrono_literals;
using rollout::After;
using rollout::Entry;
using rollout::minutes;
using rollout::Progress;

constexpr std::size_t kDevices = 300;
/// Of a normal distribution, two-sided: 99 %.
constexpr double kDeviations = 2.576;

/// The publisher's folder as a real server serves it.
class Site {
 public:
  Site(crash::Publisher& publisher, const std::string& folder)
      : publisher_(publisher), folder_(folder) {
    upload();
    auto opened = serve::Folder::open(disk_, time_, folder);
    if (!opened) throw std::runtime_error(opened.error().message());
    auto server =
        serve::Server::listen(std::move(*opened), {}, [this](std::string_view) { ++requests_; });
    if (!server) throw std::runtime_error(server.error().message());
    url_ = server->url();
    thread_ = std::jthread([server = std::move(*server)](const std::stop_token& stop) mutable {
      server.run([&] { return stop.stop_requested(); });
    });
  }

  const std::string& url() const { return url_; }
  std::uint64_t requests() const { return requests_; }

  /// What the publisher has announced goes public: all files, the timestamp last.
  void upload() {
    std::string timestamp;
    sys::FileSystem& disk = publisher_.disk();
    const Path from = "/repository/public";
    const Status walked =
        sys::walk(disk, from, [&](const Path& path, const sys::FileInfo& info) -> Status {
          const std::filesystem::path to = folder_ + "/" + path;
          if (info.type == sys::FileType::Directory) {
            std::filesystem::create_directories(to);
            return {};
          }
          const auto content = disk.read(join(from, path), 1U << 24U);
          if (!content) return std::unexpected(content.error());
          if (path.ends_with("timestamp.json")) {
            timestamp = std::string(as_text(*content));
          } else if (!std::filesystem::exists(to)) {
            std::ofstream(to, std::ios::binary) << as_text(*content);
          }
          return {};
        });
    if (!walked) throw std::runtime_error(walked.error().message());
    const std::string partial = folder_ + "/metadata/timestamp.json.partial";
    std::ofstream(partial, std::ios::binary) << timestamp;
    std::filesystem::rename(partial, folder_ + "/metadata/timestamp.json");
  }

 private:
  crash::Publisher& publisher_;
  sys::posix::FileSystem disk_;
  sys::posix::Clock time_;
  std::string folder_;
  std::string url_;
  std::atomic<std::uint64_t> requests_ = 0;
  std::jthread thread_;
};

class Evening {
 public:
  Evening()
      : site_(publisher_, directory_.path()),
        transport_({"", "", "", [] { return false; }, nullptr}),
        fleet_(kDevices, publisher_, site_.url(), clock_, transport_) {
    publisher_.require_rollout();
  }

  bool spend() {
    std::printf(
        "%zu devices poll every 60 ± 10 min; the clock runs fast; times count from the start.\n\n",
        kDevices);
    first_rollout();
    stop();
    second_rollout();
    finish();
    return faults_ == 0;
  }

 private:
  minutes now() { return std::chrono::floor<minutes>(clock_.now() - start_); }
  void pass(minutes after) {
    // Whoever runs a repository renews its rollout file every few hours.
    while (clock_.now() + 8h < start_ + after) {
      fleet_.live_until(clock_.now() + 8h);
      publish_word({});
    }
    fleet_.live_until(start_ + after);
  }
  void say(const std::string& what) {
    std::printf("%3ld:%02ld  %s\n", now().count() / 60, now().count() % 60, what.c_str());
  }
  void fault(const std::string& what) {
    ++faults_;
    say("FAULT: " + what);
  }
  void publish_word(const std::map<std::string, Entry>& words) {
    publisher_.set_time(clock_.now());
    publisher_.say(words);
    site_.upload();
  }
  void publish(const std::string& letter, const rollout::Schedule& schedule) {
    publisher_.set_time(clock_.now());
    publisher_.schedule(schedule);
    publisher_.publish_through(letter);
    entry_ = *rollout::start(schedule, {}, clock_.now());
    publish_word({{letter, entry_}});
  }
  simulate::Curve predict(const rollout::Schedule& schedule, std::vector<simulate::Word> words) {
    simulate::Scenario scenario;
    scenario.schedule = schedule;
    scenario.words = std::move(words);
    scenario.devices = 20'000;
    scenario.length = 16h;
    return *simulate::run(scenario, [](double) { return true; });
  }
  static const simulate::Point& at(const simulate::Curve& curve, minutes after) {
    const auto& points = curve.points;
    const auto index = static_cast<std::size_t>(after / 10min);
    return points[std::min(index, points.size() - 1)];
  }
  /// Compares with the curve, `after` its start.
  void compare(const std::string& letter, const simulate::Curve& curve, minutes after) {
    const simulate::Point& point = at(curve, after);
    const auto share = [&](std::uint64_t count) {
      return static_cast<double>(count) / static_cast<double>(curve.devices);
    };
    const std::size_t on = fleet_.with(letter);
    const std::size_t had = fleet_.exposed(letter);
    std::string line = fmt::format(
        "({}) planned {:>5}; on: predicted {:5.1f}, measured {:3}; ever: "
        "predicted {:5.1f}, measured {:3}",
        letter, rollout::percent(point.planned), share(point.active) * kDevices, on,
        share(point.exposed) * kDevices, had);
    say(line);
    check_band("on", share(point.active), on);
    check_band("ever", share(point.exposed), had);
  }
  void check_band(const std::string& what, double share, std::size_t measured) {
    const double expected = share * kDevices;
    const double band = kDeviations * std::sqrt(kDevices * share * (1 - share)) + 0.5;
    if (std::abs(static_cast<double>(measured) - expected) <= band) return;
    fault(fmt::format("{}: {} is outside {:.1f} ± {:.1f}", what, measured, expected, band));
  }
  void show_reasons() {
    std::string text;
    for (const auto& [code, count] : fleet_.take_reasons()) {
      text += fmt::format("{}{} × {}", text.empty() ? "" : ", ", code, count);
    }
    say("what devices said that waited: " + (text.empty() ? "nothing" : text));
  }

  void first_rollout() {
    const auto schedule = rollout::profile(rollout::Urgency::Normal, start_);
    publish("a", schedule);
    say("publish (a), normal: " + rollout::describe(schedule));
    Entry paused = *rollout::pause(entry_, "browsers do not start", start_ + 280min);
    Entry withdrawn = *rollout::withdraw(paused, After::Revert, paused.reason, start_ + 300min);
    first_ = predict(schedule, {{0min, entry_}, {280min, paused}, {300min, withdrawn}});
    for (const minutes after : {30min, 70min, 235min, 270min, 280min}) {
      pass(after);
      compare("a", first_, after);
    }
    const std::size_t waiting = fleet_.first_with("");
    std::printf("      `interlude why` on device %zu:\n%s", waiting, fleet_.why(waiting).c_str());
    show_reasons();
    entry_ = paused;
    withdrawn_ = withdrawn;
  }

  void stop() {
    say("a fault shows: " + entry_.reason);
    publish_word({{"a", entry_}});
    say("rollout pause");
    const std::size_t before = fleet_.exposed("a");
    pass(300min);
    compare("a", first_, 300min);
    publish_word({{"a", withdrawn_}});
    say("withdraw --revert");
    const std::size_t affected = fleet_.first_with("a");
    pass(340min);
    compare("a", first_, 340min);
    if (affected < kDevices) {
      std::printf("      `interlude why` on device %zu:\n%s", affected,
                  fleet_.why(affected).c_str());
    }
    pass(380min);
    compare("a", first_, 380min);
    show_reasons();
    if (fleet_.exposed("a") != before) fault("somebody new got (a) after the pause");
    if (fleet_.with("a") != 0) fault("not all went back within one poll");
    if (before == 0) fault("nobody had it: the evening proves nothing");
  }

  void second_rollout() {
    pass(400min);
    const auto schedule = rollout::profile(rollout::Urgency::Urgent, clock_.now());
    publish("b", schedule);
    say("publish (b), urgent: " + rollout::describe(schedule));
    const simulate::Curve curve = predict(schedule, {{0min, entry_}});
    for (const minutes after : {30min, 70min, 100min, 130min, 175min, 210min, 250min}) {
      pass(400min + after);
      compare("b", curve, after);
    }
    show_reasons();
    if (fleet_.with("b") != kDevices) fault("(b) is not everywhere");
  }

  void finish() {
    for (const std::string& complaint : fleet_.complaints()) fault(complaint);
    say(fmt::format("{} polls, {} requests served; {} devices run (b); faults: {}", fleet_.polls(),
                    site_.requests(), fleet_.with("b"), faults_));
  }

  const sys::Time start_ = crash::start_time() + 10h;
  sys::sim::Clock clock_{start_};
  test::TemporaryDirectory directory_;
  crash::Publisher publisher_{start_};
  Site site_;
  sys::curl::Transport transport_;
  Fleet fleet_;
  Entry entry_;
  Entry withdrawn_;
  simulate::Curve first_;
  int faults_ = 0;
};

}  // namespace
}  // namespace interlude::evening

int main() {
  interlude::evening::Evening evening;
  return evening.spend() ? 0 : 1;
}
