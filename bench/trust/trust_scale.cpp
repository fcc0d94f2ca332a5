// What following a repository costs a device as the repository grows: bytes of metadata received
// and CPU, for a device's first look, for news on its own platform, for news on another, and for
// none. One line per size, tab-separated. Simulated network and device, real signatures; the
// repositories are made below FOLDER and removed.
//
//   trust_scale FOLDER IMPROVEMENTS PLATFORMS…    IMPROVEMENTS per platform

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <ctime>
#include <string_view>
#include <vector>

#include "sys/posix/file_system.hpp"
#include "sys/sim/clock.hpp"
#include "sys/sim/file_system.hpp"
#include "sys/sim/transport.hpp"
#include "tuf/client.hpp"
#include "tuf/repository.hpp"
#include "tuf/test_key_ring.hpp"

namespace {

using namespace interlude;

constexpr std::string_view kMirror = "http://mirror";
constexpr int kRounds = 5;

void must(const Status& status) {
  if (status) return;
  fmt::print(stderr, "trust_scale: {}\n", status.error().message());
  std::exit(1);
}
template <class T>
T must(Result<T> result) {
  must(result ? Status() : Status(std::unexpected(result.error())));
  return std::move(*result);
}

std::string letter(int number) {
  std::string text;
  for (++number; number > 0; number = (number - 1) / 26) {
    text.insert(text.begin(), static_cast<char>('a' + (number - 1) % 26));
  }
  return text;
}

std::string platform(int number) {
  return fmt::format("debian-12-p{:03}", number);
}
std::string role(int number) {
  return platform(number) + "-12.11";
}

tuf::NewTarget file(std::string path) {
  Bytes content = to_bytes(path);
  const crypto::Sha256 digest = crypto::sha256(content);
  const std::uint64_t length = content.size();
  return {std::move(path), std::move(content), length, digest, json::Value()};
}

/// One improvement of one component with two payloads: what is published most often.
void add_improvement(tuf::ListUpdate& update, int platform_number, int number) {
  const std::string id =
      fmt::format("vendor/{}/12.11/{}", platform(platform_number), letter(number));
  for (const char* name : {"openssl.from-baseline.payload", "openssl.full.payload"}) {
    update.targets.push_back(file(join(id, name)));
  }
  update.targets.push_back(file(join(id, "manifest.json.zst")));
  update.targets.back().custom = {{"published_at", "2026-11-24T08:00:00Z"}};
}

tuf::ListUpdate update_of(int platform_number, int first, int count) {
  tuf::ListUpdate update{role(platform_number),
                         fmt::format("vendor/{}/12.11/*/*", platform(platform_number)),
                         json::Value{{"rollout", "none"}},
                         {}};
  for (int i = first; i < first + count; ++i) add_improvement(update, platform_number, i);
  return update;
}

double cpu_milliseconds() {
  return 1000.0 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

struct Cost {
  std::uint64_t bytes = 0;
  std::size_t requests = 0;
  double milliseconds = 0;
};

struct World {
  explicit World(const Path& folder)
      : directory(join(folder, "repository")), repository(disk, clock, ring, directory, {}) {
    must(sys::remove_tree(disk, directory));
    must(disk.make_directory(directory, 0755));
  }
  ~World() { must(sys::remove_tree(disk, directory)); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Path directory;
  sys::posix::FileSystem disk;
  sys::sim::Clock clock{must(sys::parse_time("2026-11-24T08:00:00Z"))};
  tuf::TestKeyRing ring;
  tuf::Repository repository;
};

/// What a poll of a device of platform 0 costs; the device is as `device` has it.
Cost poll(World& world, sys::sim::FileSystem& device) {
  sys::sim::Transport network;
  network.mount(std::string(kMirror) + "/", world.disk, join(world.directory, "public"));
  const double start = cpu_milliseconds();
  tuf::Client client(device, network, world.clock, "/metadata",
                     tuf::mirrors_at({std::string(kMirror)}));
  if (must(client.changed())) must(client.refresh());
  must(client.delegated(role(0)));
  return {network.received_bytes(), network.requests().size(), cpu_milliseconds() - start};
}

/// The cheapest of a few: the same device, as often.
Cost cheapest(World& world, sys::sim::FileSystem& device) {
  Cost best;
  for (int i = 0; i < kRounds; ++i) {
    sys::sim::FileSystem again = device;
    const Cost cost = poll(world, again);
    if (i == 0 || cost.milliseconds < best.milliseconds) best = cost;
  }
  (void)poll(world, device);
  return best;
}

std::uint64_t size_of(World& world, std::string_view name) {
  return must(world.disk.info(fmt::format("{}/public/metadata/{}", world.directory, name))).size;
}

void measure(const Path& folder, int improvements, int platforms) {
  World world(folder);
  must(world.repository.create(world.ring.found()));
  std::vector<tuf::ListUpdate> all;
  for (int p = 0; p < platforms; ++p) all.push_back(update_of(p, 0, improvements));
  must(world.repository.publish(all));

  sys::sim::FileSystem device;
  const Path root = must(world.repository.trusted_root());
  must(tuf::Client::initialise(device, "/metadata", must(world.disk.read(root, 1U << 20U))));
  const Cost first = cheapest(world, device);
  const Cost none = cheapest(world, device);
  const tuf::ListUpdate others = update_of(platforms - 1, improvements, 1);
  if (platforms > 1) must(world.repository.publish({&others, 1}));
  const Cost other = cheapest(world, device);
  const tuf::ListUpdate own = update_of(0, improvements, 1);
  must(world.repository.publish({&own, 1}));
  const Cost mine = cheapest(world, device);
  fmt::print("{}\t{}", platforms, platforms * improvements);
  for (const Cost& cost : {first, mine, other, none}) {
    fmt::print("\t{}\t{}\t{:.2f}", cost.bytes, cost.requests, cost.milliseconds);
  }
  const std::uint64_t version = must(world.repository.contents()).snapshot->version;
  fmt::print("\t{}\n", size_of(world, fmt::format("{}.snapshot.json", version)));
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<int> numbers;
  for (const std::string_view text :
       std::vector<std::string_view>(argv + std::min(argc, 2), argv + argc)) {
    int number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (parsed.ec != std::errc() || number < 1) number = 0;
    numbers.push_back(number);
  }
  if (numbers.size() < 2 || std::ranges::find(numbers, 0) != numbers.end()) {
    fmt::print(stderr, "usage: trust_scale FOLDER IMPROVEMENTS PLATFORMS...\n");
    return 2;
  }
  fmt::print("platforms\timprovements");
  for (const char* what : {"first", "own", "other", "none"}) {
    fmt::print("\t{0} B\t{0} requests\t{0} ms", what);
  }
  fmt::print("\tsnapshot B\n");
  for (std::size_t i = 1; i < numbers.size(); ++i) measure(argv[1], numbers[0], numbers[i]);
}
