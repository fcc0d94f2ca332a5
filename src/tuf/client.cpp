#include "tuf/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "tuf/client_state.hpp"

namespace interlude::tuf {
namespace {

constexpr std::uint32_t kDirectoryMode = 0755;
constexpr int kMostRoots = 256;                // 5.3.3: in one update
constexpr std::size_t kMostRolesVisited = 32;  // 5.6.7.1

// The stored metadata of a role, if it is there and signed by whom it must be signed by today.
template <class T>
Status load_role(const Store& store, std::string_view role, const Signers& signers,
                 std::optional<Verified<T>>& place) {
  place.reset();
  const Result<Bytes> raw = store.read(role);
  if (!raw) {
    const ErrorKind kind = raw.error().kind();
    const bool absent = kind == ErrorKind::NotFound || kind == ErrorKind::NoSpace;
    return absent ? Status() : Status(std::unexpected(raw.error()));
  }
  Result<Verified<T>> verified = Verified<T>::check(*raw, signers, file_name_of_role(role));
  if (verified) place = std::move(*verified);
  return {};
}

// What a verified announcement allows, but never more than such a file may have at all: the key
// that signs the announcement is an online one.
std::uint64_t limit_for(std::string_view role, const FileMeta& announced) {
  return std::min(announced.length.value_or(limit_of(role)), limit_of(role));
}

std::string versioned(const Root& root, std::string_view role, const FileMeta& announced) {
  const std::string file = file_name_of_role(role);
  return root.consistent_snapshot ? fmt::format("{}.{}", announced.version, file) : file;
}

}  // namespace

Client::Client(sys::FileSystem& disk, sys::Transport& transport, sys::Clock& clock, Path directory,
               std::vector<Mirror> mirrors, Reading reading)
    : state_(std::make_unique<State>(disk, transport, clock, std::move(directory),
                                     std::move(mirrors), reading)) {}
Client::~Client() = default;

Status Client::check_root(ByteView root) {
  const Result<Verified<Root>> verified = check_own_root(root, "trusted root");
  if (!verified) return std::unexpected(verified.error());
  return {};
}

Status Client::initialise(sys::FileSystem& disk, const Path& directory, ByteView root) {
  const Result<Verified<Root>> verified = check_own_root(root, "trusted root");
  if (!verified) return std::unexpected(verified.error());
  Status done = sys::remove_tree(disk, directory);
  if (done) done = sys::make_directories(disk, directory, kDirectoryMode);
  if (done) done = Store(disk, directory).save(Root::kType, *verified);
  return done;
}

// 5.1 and 5.2.
Status Client::State::begin() {
  ready = Ready::No;
  now = clock.now();
  return load_stored();
}

Status Client::State::load_stored() {
  const Result<Bytes> raw = store.read(Root::kType);
  if (!raw) {
    return std::unexpected(
        raw.error().during("reading the trusted root " + store.file_of(Root::kType)));
  }
  Result<Verified<Root>> verified = check_own_root(*raw, "root.json");
  if (!verified) return std::unexpected(verified.error().during("trusted root"));
  root = std::move(*verified);
  return load_below_root();
}

Status Client::State::load_below_root() {
  const Root& trusted = **root;
  Status loaded = load_role(store, Timestamp::kType, trusted.timestamp, timestamp);
  if (loaded) loaded = load_role(store, Snapshot::kType, trusted.snapshot, snapshot);
  if (loaded) loaded = load_role(store, Targets::kType, trusted.targets, targets);
  return loaded;
}

// Everything there, belonging together, and not expired.
bool Client::State::complete() const {
  if (!timestamp || !snapshot || !targets) return false;
  const Result<FileMeta> entry = listed(**snapshot, std::string(Targets::kType));
  return (*root)->expires > now && (*timestamp)->expires > now &&
         is_current(*snapshot, (*timestamp)->snapshot, now) && entry &&
         is_current(*targets, *entry, now);
}

Result<bool> Client::changed() {
  State& s = *state_;
  s.answer.reset();
  const Status begun = s.begin();
  if (!begun) return std::unexpected(begun.error());
  const Bytes stored = s.timestamp ? s.timestamp->raw() : Bytes();
  const Status asked = s.mirrors.try_each([&](const Mirror& mirror) -> Status {
    // An ETag is not signed: believed to mean "nothing new" for as long as what is stored may be.
    const bool fit = s.timestamp && (*s.timestamp)->expires > s.now;
    const std::string etag = fit ? s.store.etag(mirror.metadata, stored) : "";
    Result<Fetched> fetched =
        s.mirrors.metadata(mirror, "timestamp.json", limit_of(Timestamp::kType), etag);
    if (!fetched) return std::unexpected(fetched.error());
    if (fetched->not_modified) fetched->raw = stored;
    s.answer = State::Answer{mirror.metadata, std::move(*fetched)};
    return {};
  });
  if (!asked) return std::unexpected(asked.error());
  if (s.answer->fetched.raw != stored || !s.complete()) return true;
  if (!s.answer->fetched.not_modified) {
    s.store.remember_etag(s.answer->from, s.answer->fetched.etag, stored);
  }
  s.answer.reset();
  s.ready = State::Ready::Current;
  return false;
}

Status Client::refresh() {
  State& s = *state_;
  const Status begun = s.begin();
  if (!begun) return begun;
  const Status done =
      s.mirrors.try_each([&](const Mirror& mirror) { return s.refresh_from(mirror); });
  s.answer.reset();
  if (done) s.ready = State::Ready::Current;
  return done;
}

Status Client::State::refresh_from(const Mirror& mirror) {
  Status done = update_root(mirror);
  if (done) done = update_timestamp(mirror);
  if (done) done = update_snapshot(mirror);
  if (done) done = update_targets(mirror);
  return done;
}

// 5.3
Status Client::State::update_root(const Mirror& mirror) {
  for (int count = 0;; ++count) {
    // check: root-count (5.3.3)
    if (count >= kMostRoots) break;
    const std::string file = fmt::format("{}.root.json", (*root)->version + 1);
    const Result<Fetched> fetched = mirrors.metadata(mirror, file, limit_of(Root::kType));
    if (!fetched && fetched.error().kind() == ErrorKind::NotFound) break;  // 5.3.3
    if (!fetched) return std::unexpected(fetched.error());
    Result<Verified<Root>> next = next_root(**root, fetched->raw, reading);
    if (!next) return std::unexpected(next.error());
    const Status accepted = accept_root(std::move(*next));
    if (!accepted) return accepted;
  }
  // check: root-expiry (5.3.10)
  const Status fit = check_expiry("root.json", (*root)->expires, now);
  return fit;
}

Status Client::State::forget_announced() {
  const Status done = store.forget(Timestamp::kType);
  return done ? store.forget(Snapshot::kType) : done;
}

// 5.3.8 and 5.3.11. A power cut between the two steps is harmless: what the new keys did not sign
// is not loaded again.
Status Client::State::accept_root(Verified<Root> next) {
  Status done = store.save(Root::kType, next);
  const bool rotated = !next->timestamp.same_keys((*root)->timestamp) ||
                       !next->snapshot.same_keys((*root)->snapshot);
  if (done) {
    new_roots.emplace(next->version, next.raw());
    root = std::move(next);
  }
  // check: fast-forward-recovery
  if (done && rotated) done = forget_announced();
  return done ? load_below_root() : done;
}

// 5.4
Status Client::State::update_timestamp(const Mirror& mirror) {
  Result<Fetched> fetched = Fetched();
  if (answer && answer->from == mirror.metadata) {
    fetched = std::move(answer->fetched);
    answer.reset();
  } else {
    fetched = mirrors.metadata(mirror, "timestamp.json", limit_of(Timestamp::kType));
  }
  if (!fetched) return std::unexpected(fetched.error());
  Result<std::optional<Verified<Timestamp>>> next =
      next_timestamp(**root, timestamp ? &**timestamp : nullptr, fetched->raw, now, reading);
  if (!next) return std::unexpected(next.error());
  if (*next) {
    const Status saved = store.save(Timestamp::kType, **next);  // 5.4.5
    if (!saved) return saved;
    timestamp = std::move(*next);
  }
  if (fetched->raw == timestamp->raw())
    store.remember_etag(mirror.metadata, fetched->etag, fetched->raw);
  return {};
}

// 5.5
Status Client::State::update_snapshot(const Mirror& mirror) {
  const FileMeta& announced = (*timestamp)->snapshot;
  if (snapshot && is_current(*snapshot, announced, now)) return {};
  const Result<Fetched> fetched = mirrors.metadata(
      mirror, versioned(**root, Snapshot::kType, announced), limit_for(Snapshot::kType, announced));
  if (!fetched) return std::unexpected(fetched.error());
  Result<Verified<Snapshot>> next = next_snapshot(
      **root, **timestamp, snapshot ? &**snapshot : nullptr, fetched->raw, now, reading);
  if (!next) return std::unexpected(next.error());
  const Status saved = store.save(Snapshot::kType, *next);  // 5.5.7
  if (saved) snapshot = std::move(*next);
  return saved;
}

// 5.6.1 to 5.6.6
Status Client::State::update_targets(const Mirror& mirror) {
  const std::string role(Targets::kType);
  const Result<FileMeta> announced = listed(**snapshot, role);
  if (!announced) return std::unexpected(announced.error());
  if (targets && is_current(*targets, *announced, now)) return {};
  Result<Verified<Targets>> next = fetch_targets(mirror, role, (*root)->targets, *announced);
  if (!next) return std::unexpected(next.error());
  targets = std::move(*next);
  return {};
}

Result<Verified<Targets>> Client::State::fetch_targets(const Mirror& mirror,
                                                       const std::string& role,
                                                       const Signers& signers,
                                                       const FileMeta& announced) {
  const Result<Fetched> fetched =
      mirrors.metadata(mirror, versioned(**root, role, announced), limit_for(role, announced));
  if (!fetched) return std::unexpected(fetched.error());
  Result<Verified<Targets>> next =
      next_targets(role, signers, announced, fetched->raw, now, reading);
  if (!next) return next;
  const Status saved = store.save(role, *next);
  if (!saved) return std::unexpected(saved.error());
  return next;
}

Status Client::load() {
  State& s = *state_;
  const Status begun = s.begin();
  if (!begun) return begun;
  if (!s.targets) {
    return fail(ErrorKind::NotFound,
                "no verified list of targets is stored in " + s.store.directory() + " yet");
  }
  s.ready = State::Ready::Offline;
  return {};
}

Status Client::State::require_ready() const {
  if (ready != Ready::No) return {};
  return fail(ErrorKind::Internal, "the repository's metadata has not been refreshed or loaded");
}

// Not remembered by name: reached through another delegator, the same role must be signed by that
// one's keys.
Result<Verified<Targets>> Client::State::delegated_role(const Delegation& delegation) {
  std::optional<Verified<Targets>> stored;
  const Status loaded = load_role(store, delegation.name, delegation.signers, stored);
  if (!loaded) return std::unexpected(loaded.error());
  if (ready == Ready::Offline) {
    if (stored) return std::move(*stored);
    return fail(ErrorKind::NotFound,
                fmt::format("no verified \"{}\" is stored here", delegation.name));
  }
  const Result<FileMeta> announced = listed(**snapshot, delegation.name);
  if (!announced) return std::unexpected(announced.error());
  if (stored && is_current(*stored, *announced, now)) return std::move(*stored);
  Result<Verified<Targets>> next = fail(ErrorKind::Unavailable, "");
  const Status done = mirrors.try_each([&](const Mirror& mirror) -> Status {
    next = fetch_targets(mirror, delegation.name, delegation.signers, *announced);
    return next ? Status() : Status(std::unexpected(next.error()));
  });
  if (!done) return std::unexpected(done.error());
  return next;
}

Result<TargetsRole> Client::delegated(const std::string& role) {
  State& s = *state_;
  const Status ready = s.require_ready();
  if (!ready) return std::unexpected(ready.error());
  const std::vector<Delegation>& all = (*s.targets)->delegations;
  const auto delegation = std::ranges::find(all, role, &Delegation::name);
  if (delegation == all.end()) {
    return fail(ErrorKind::NotFound, fmt::format("the repository has no list \"{}\"", role));
  }
  const Result<Verified<Targets>> list = s.delegated_role(*delegation);
  if (!list) return std::unexpected(list.error());
  TargetsRole result{role,           (*list)->version,         (*list)->expires, (*list)->targets,
                     (*list)->extra, delegation->signers.ids()};
  // 4.5: a list speaks for the paths it was given only.
  std::erase_if(result.targets, [&](const auto& target) {
    // check: delegated-paths
    if (!matches(*delegation, target.first)) return true;
    return false;
  });
  return result;
}

// The version before a file's name says which one is wanted; what is here is the newest, and
// whoever asked reads its version in it. Roots alone are told apart.
Result<Bytes> Client::metadata(const std::string& file) {
  State& s = *state_;
  const Status ready = s.require_ready();
  if (!ready) return std::unexpected(ready.error());
  const std::string root_name = file_name_of_role(Root::kType);
  const std::size_t digits = file.find_first_not_of("0123456789");
  const bool has_number = digits != std::string::npos && digits > 0 && file[digits] == '.';
  if (has_number && file.substr(digits + 1) == root_name) return s.new_root(file.substr(0, digits));
  const std::string name =
      has_number && (*s.root)->consistent_snapshot ? file.substr(digits + 1) : file;
  if (name == file_name_of_role(Timestamp::kType)) return s.timestamp->raw();
  if (name == file_name_of_role(Snapshot::kType)) return s.snapshot->raw();
  if (name == file_name_of_role(Targets::kType)) return s.targets->raw();
  for (const Delegation& delegation : (*s.targets)->delegations) {
    if (name != file_name_of_role(delegation.name)) continue;
    const Result<Verified<Targets>> list = s.delegated_role(delegation);
    if (!list) return std::unexpected(list.error());
    return list->raw();
  }
  return fail(ErrorKind::NotFound, "there is no list " + name);
}

Result<Bytes> Client::State::new_root(std::string_view version) const {
  std::uint64_t wanted = 0;
  std::from_chars(version.data(), version.data() + version.size(), wanted);
  const auto found = new_roots.find(wanted);
  if (found != new_roots.end()) return found->second;
  if (wanted > (*root)->version) return fail(ErrorKind::NotFound, "no such root yet");
  return fail(ErrorKind::Conflict,
              fmt::format("version {} of the root was trusted in an earlier process", wanted));
}

Result<sys::Time> Client::timestamp_expires() const {
  const Status ready = state_->require_ready();
  if (!ready) return std::unexpected(ready.error());
  return (*state_->timestamp)->expires;
}

Result<Target> Client::find(const std::string& path) {
  State& s = *state_;
  const Status ready = s.require_ready();
  if (!ready) return std::unexpected(ready.error());
  std::optional<Verified<Targets>> list = s.targets;
  std::vector<Delegation> pending;  // the next one last
  std::set<std::string> visited;
  while (list) {
    const auto target = (*list)->targets.find(path);
    if (target != (*list)->targets.end()) return target->second;

    // 5.6.7.2: its delegations come next, in their order; a terminating one drops all the others.
    std::vector<Delegation> next = delegations_for(**list, path);
    const auto last = std::ranges::find(next, true, &Delegation::terminating);
    // check: terminating
    if (last != next.end()) {
      next.erase(last + 1, next.end());
      pending.clear();
    }
    pending.insert(pending.end(), next.rbegin(), next.rend());

    list.reset();
    while (!list && !pending.empty()) {
      // check: roles-visited (5.6.7.1)
      if (visited.size() >= kMostRolesVisited) break;
      const Delegation delegation = std::move(pending.back());
      pending.pop_back();
      if (!visited.insert(delegation.name).second) continue;
      Result<Verified<Targets>> role = s.delegated_role(delegation);
      if (!role) return std::unexpected(role.error().during("looking for " + path));
      list = std::move(*role);
    }
  }
  return fail(ErrorKind::NotFound, "the repository has no target " + path);
}

}  // namespace interlude::tuf
