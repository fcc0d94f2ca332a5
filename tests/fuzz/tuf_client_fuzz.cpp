// The client against a repository that answers as the input says, on a disk that fails and loses
// power when the input says so.
//
// An input is a script: what the device does next (refresh, look for a file, download it, start
// again), what becomes of the world (time, disk, what the mirrors have), and how each request is
// answered (client/transport.hpp). client/world.hpp has all files there are, among them what the
// thief of online keys can sign. After each step must hold:
//
//   - what is stored is signed as its role must be in the time of a root that is or was trusted;
//   - no stored version is lower than before, except where a new root has replaced the online keys;
//   - a target that is named, or a file that was downloaded, is one that its list's keys signed.
//
// And after each script, an honest repository is followed to its end.

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>

#include "client/script.hpp"
#include "client/transport.hpp"
#include "client/world.hpp"
#include "crypto/digest.hpp"
#include "sys/sim/clock.hpp"
#include "sys/sim/file_system.hpp"
#include "tuf/client.hpp"

namespace {

using namespace interlude;
using fuzz::World;
using sys::sim::FileSystem;

const Path kStore = "/metadata";
const Path kFiles = "/files";
constexpr int kMostSteps = 24;
constexpr std::uint64_t kLongest = 6'000'000;

void require(bool holds, std::string_view what) {
  if (holds) return;
  std::fprintf(stderr, "violated: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

// A device that was provisioned with the first root.
const FileSystem& provisioned() {
  static const FileSystem made = [] {
    FileSystem disk;
    require(bool(tuf::Client::initialise(disk, kStore, World::get().published("root", 1)->raw)),
            "provisioning");
    require(bool(sys::make_directories(disk, kFiles, 0755)), "provisioning");
    return disk;
  }();
  return made;
}

// Where a path's file is downloaded to.
Path place_of(const std::string& path) {
  return join(kFiles, path.substr(path.rfind('/') + 1));
}

bool is_honest(const std::string& path, ByteView content) {
  if (path == "none/x") return false;
  return std::ranges::any_of(World::get().contents(path), [&](const Bytes& known) {
    return std::ranges::equal(known, content);
  });
}

// A target as it came out of the client: one that was signed for this path.
void check_target(const std::string& path, const tuf::Target& target) {
  require(target.path == path && path != "none/x", "a target of that name is published");
  require(std::ranges::any_of(World::get().contents(path),
                              [&](const Bytes& known) {
                                return target.length == known.size() &&
                                       target.hashes.at("sha256") == crypto::sha256(known).hex();
                              }),
          path + ": one of its published contents");
}

// What is stored, compared with what was stored before.
class Watch {
 public:
  /// A sync failed and then the power: what was renamed but reported as not done may be gone.
  void forget() {
    root_version_ = 1;
    highest_.clear();
  }

  void check(FileSystem& disk) {
    const std::optional<Bytes> root = stored(disk, "root");
    require(root.has_value(), "a root is stored");
    const fuzz::File* const trusted = known("root", *root);
    require(trusted != nullptr, "the stored root is an honest one");
    require(trusted->version >= root_version_, "the root never goes back");
    if (trusted->version > root_version_) highest_.clear();  // each replaces the online keys
    root_version_ = trusted->version;
    for (const char* role : fuzz::kRoles) {
      const std::optional<Bytes> raw = stored(disk, role);
      if (!raw) continue;
      require(known(role, *raw) != nullptr, std::string(role) + ": what is stored is signed");
      const fuzz::File* const today = World::get().trusted(role, signed_part(*raw), root_version_);
      if (today == nullptr) continue;  // of before a rotation, and not used again
      std::uint64_t& highest = highest_[role];
      require(today->version >= highest, std::string(role) + ": no version goes back");
      highest = today->version;
    }
    for (const std::string& path : fuzz::kPaths) {
      const Result<Bytes> file = disk.read(place_of(path), kLongest);
      if (file) require(is_honest(path, *file), path + ": exactly what was published");
    }
  }

 private:
  static std::optional<Bytes> stored(FileSystem& disk, const std::string& role) {
    Result<Bytes> raw = disk.read(join(kStore, role + ".json"), kLongest);
    if (!raw) return std::nullopt;
    return std::move(*raw);
  }

  // Remembered: the same few files are looked at after every step.
  static const std::string& signed_part(const Bytes& raw) {
    constexpr std::size_t kMostKnown = 5000;
    static std::map<Bytes, std::string> known;
    if (known.size() >= kMostKnown) known.clear();
    const auto [entry, fresh] = known.try_emplace(raw);
    if (fresh) {
      const Result<json::Value> value = json::parse(raw);
      require(value && value->contains("signed"), "what is stored can be read");
      entry->second = json::canonical(value->at("signed"));
    }
    return entry->second;
  }

  // Signed well in the time of some root up to today's.
  const fuzz::File* known(const std::string& role, const Bytes& raw) const {
    const std::string content = signed_part(raw);
    if (role == "root") {
      for (std::uint64_t version = 1; version <= 3; ++version) {
        const fuzz::File* const root = World::get().published(role, version);
        if (root->content == content) return root;
      }
      return nullptr;
    }
    for (std::uint64_t version = 1; version <= root_version_; ++version) {
      const fuzz::File* const file = World::get().trusted(role, content, version);
      if (file != nullptr) return file;
    }
    return nullptr;
  }

  std::uint64_t root_version_ = 1;
  std::map<std::string, std::uint64_t> highest_;  // by role, since the last root
};

// One device following one script.
class Run {
 public:
  Run(fuzz::Script& script, tuf::Reading reading)
      : script_(script),
        reading_(reading),
        disk_(provisioned()),
        transport_(World::get(), &script) {
    start();
  }

  void follow() {
    for (int i = 0; i < kMostSteps && !script_.over(); ++i) {
      step();
      watch_.check(disk_);
    }
  }

  // Whatever was before, who then meets honest mirrors has everything they have.
  void recover() {
    disk_.restart(sys::sim::Survivors::OnlySynced);
    if (sync_may_have_failed_) watch_.forget();
    disk_.set_capacity(kPlenty);
    clock_.set(fuzz::kNow + fuzz::kDay);
    const World& world = World::get();
    fuzz::Transport honest(world, nullptr);
    honest.moment = world.moments().size() - 1;
    tuf::Client client(disk_, honest, clock_, kStore, tuf::mirrors_at({"http://one"}), reading_);
    const Status refreshed = client.refresh();
    require(bool(refreshed), refreshed ? "" : "recovery: " + refreshed.error().message());
    for (const std::string& path : fuzz::kPaths) {
      const Bytes* const content = world.content_at(world.moments().back(), path);
      const Result<tuf::Target> target = client.find(path);
      require(target.has_value() == (content != nullptr), path + ": found after recovery");
      if (!target) continue;
      check_target(path, *target);
      require(bool(client.download(*target, place_of(path), nullptr)), path + ": downloaded");
      require(*disk_.read(place_of(path), kLongest) == *content, path + ": its newest content");
    }
    watch_.check(disk_);
    require(!*client.changed(), "nothing is newer than the newest");
  }

 private:
  static constexpr std::uint64_t kPlenty = std::uint64_t{1} << 40U;

  void start() {
    client_ = std::make_unique<tuf::Client>(disk_, transport_, clock_, kStore,
                                            tuf::mirrors_at({"http://one", "http://two"}), reading_);
  }

  void step() {
    switch (script_.choose(8)) {
      case 0:
      case 1:
      case 2:
        return act();
      case 3:
        transport_.moment = script_.choose(World::get().moments().size());
        return act();
      case 4: {
        constexpr std::array<int, 6> days = {0, 0, 1, 21, 31, -1000};
        clock_.set(fuzz::kNow + days[script_.choose(days.size())] * fuzz::kDay);
        return;
      }
      case 5:
        return start();
      case 6: {
        constexpr std::array kinds = {ErrorKind::Internal, ErrorKind::NoSpace, ErrorKind::Denied};
        sync_may_have_failed_ = true;
        const std::size_t operation = 1 + script_.choose(24);
        disk_.fail_at(operation, kinds[script_.choose(kinds.size())]);
        return act();
      }
      default: {
        using sys::sim::AfterCut;
        using sys::sim::Survivors;
        constexpr std::array cuts = {AfterCut::NotDone, AfterCut::Done, AfterCut::Torn};
        constexpr std::array left = {Survivors::OnlySynced, Survivors::Everything,
                                     Survivors::Random};
        const std::size_t operation = 1 + script_.choose(24);
        disk_.cut_power_at(operation, cuts[script_.choose(cuts.size())]);
        act();
        const Survivors survivors = left[script_.choose(left.size())];
        disk_.restart(survivors, script_.choose(256));
        if (sync_may_have_failed_) watch_.forget();
        return start();
      }
    }
  }

  void act() {
    switch (script_.choose(8)) {
      case 0: {
        const Result<bool> news = client_->changed();
        if (news && *news) (void)client_->refresh();  // whether it may succeed is checked after
        return;
      }
      case 1:
        (void)client_->load();
        return;
      case 2: {
        const Result<tuf::TargetsRole> list =
            client_->delegated(script_.choose(2) == 0 ? "p" : "r");
        if (!list) return;
        for (const auto& [path, target] : list->targets) check_target(path, target);
        return;
      }
      case 3:
      case 4:
      case 5:
        return fetch(fuzz::kPaths[script_.choose(fuzz::kPaths.size())]);
      default:
        (void)client_->refresh();
        return;
    }
  }

  void fetch(const std::string& path) {
    const Result<tuf::Target> target = client_->find(path);
    if (!target) return;
    check_target(path, *target);
    const Status done = client_->download(*target, place_of(path), nullptr);
    if (!done) return;
    const Result<Bytes> file = disk_.read(place_of(path), kLongest);
    require(file && crypto::sha256(*file).hex() == target->hashes.at("sha256"),
            path + ": what was asked for");
  }

  fuzz::Script& script_;
  tuf::Reading reading_;
  FileSystem disk_;
  sys::sim::Clock clock_{fuzz::kNow};
  fuzz::Transport transport_;
  Watch watch_;
  bool sync_may_have_failed_ = false;
  std::unique_ptr<tuf::Client> client_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Script script(ByteView(data, size));
  // Half of the devices parse only what they have seen the signatures of.
  const bool is_strict = size > 0 && data[size - 1] % 2 == 1;
  Run run(script, is_strict ? tuf::Reading::SignedFirst : tuf::Reading::Any);
  run.follow();
  run.recover();
  return 0;
}
