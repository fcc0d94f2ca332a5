#include "tuf/repository.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tuf/announcement.hpp"
#include "tuf/portable.hpp"
#include "tuf/store.hpp"
#include "tuf/workflow.hpp"

namespace interlude::tuf {
namespace {

constexpr std::array<std::string_view, 4> kTopLevelRoles = {Root::kType, Targets::kType,
                                                            Snapshot::kType, Timestamp::kType};
constexpr std::string_view kRolloutPattern = "rollout/*";

bool is_top_level(const std::string& role) {
  return std::ranges::find(kTopLevelRoles, role) != kTopLevelRoles.end();
}

const Contents* pointer(const std::optional<Contents>& contents) {
  return contents ? &*contents : nullptr;
}

// The version of a role's file that is announced now; of the root, the newest.
std::uint64_t announced_version(const Contents* now, const std::string& role) {
  if (now == nullptr) return 0;
  if (role == Root::kType) return now->root->version;
  if (role == Targets::kType) return now->targets->version;
  const auto list = now->lists.find(role);
  return list == now->lists.end() ? 0 : list->second->version;
}

const Bytes& announced_bytes(const Contents& now, const std::string& role) {
  return role == Root::kType ? now.root.raw() : now.list(role).raw();
}

// Every draft follows what is announced, or is already: an interrupted run got that far.
Status check_current(const Contents* now, const Act& act) {
  for (const auto& [role, draft] : act.drafts) {
    const std::uint64_t version = announced_version(now, role);
    if (draft.version() == version + 1) continue;
    const bool is_announced = draft.version() == version && version > 0 &&
                              signed_part(announced_bytes(*now, role)) == draft.content();
    if (is_announced) continue;
    return fail(ErrorKind::Conflict,
                fmt::format("what is staged has version {} of {}, announced is version {}: it was "
                            "made for another state; `interlude repo sign --discard` drops it",
                            draft.version(), role, version));
  }
  return {};
}

std::vector<Gathered> gathered(const Act& act, const Rules& rules) {
  std::vector<Gathered> all;
  for (const auto& [role, draft] : act.drafts) {
    for (Demand& demand : rules.demands(role)) {
      std::vector<std::string> ids = draft.signed_ids(demand.signers);
      all.push_back(
          {role, draft.version(), std::move(demand.signers), demand.required, std::move(ids)});
    }
  }
  return all;
}

bool is_complete(const Act& act, const Rules& rules) {
  return std::ranges::all_of(act.drafts, [&](const auto& entry) {
    return std::ranges::all_of(rules.demands(entry.first), [&](const Demand& demand) {
      return !demand.required || entry.second.satisfies(demand.signers);
    });
  });
}

bool can_sign(const KeyRing& ring, const Signers& signers) {
  const auto here =
      std::ranges::count_if(signers.keys, [&](const auto& entry) { return ring.has(entry.first); });
  return static_cast<std::uint64_t>(here) >= signers.threshold;
}

// Names that every client reads alike, and files that the list may name.
Status check_update(const ListUpdate& update, const Targets& targets) {
  const auto existing = std::ranges::find(targets.delegations, update.role, &Delegation::name);
  const Delegation delegation = existing == targets.delegations.end()
                                    ? Delegation{update.role, {}, true, {update.pattern}, {}}
                                    : *existing;
  for (const NewTarget& target : update.targets) {
    const Status path = check_target_path(target.path);
    if (!path) return path;
    if (!matches(delegation, target.path)) {
      return fail(ErrorKind::Invalid,
                  fmt::format("the list \"{}\" may not name {}", update.role, target.path));
    }
  }
  return {};
}

Result<RoleKeys> keys_of_list(const Contents& now, const std::string& role) {
  std::optional<RoleKeys> keys = delegated_keys(signed_part(now.targets.raw()), role);
  if (keys) return std::move(*keys);
  std::vector<std::string> names(kTopLevelRoles.begin(), kTopLevelRoles.end());
  names.emplace_back(kPlatformsRole);
  for (const Delegation& each : now.targets->delegations) names.push_back(each.name);
  return fail(ErrorKind::NotFound, fmt::format("there is no role \"{}\"; the roles are {}", role,
                                               fmt::join(names, ", ")));
}

void edit_list(json::Value& list, const ListUpdate& update) {
  for (const auto& [name, value] : update.extra.items()) list[name] = value;
  for (const NewTarget& target : update.targets) {
    json::Value entry = {{"length", target.length}, {"hashes", {{"sha256", target.digest.hex()}}}};
    if (!target.custom.is_null()) entry["custom"] = target.custom;
    list["targets"][target.path] = std::move(entry);
  }
  for (const auto& [path, members] : update.customs) {
    json::Value& custom = list["targets"][path]["custom"];
    for (const auto& [name, value] : members.items()) custom[name] = value;
  }
}

}  // namespace

Repository::Repository(sys::FileSystem& disk, sys::Clock& clock, KeyRing& ring, Path directory,
                       Lifetimes lifetimes)
    : disk_(&disk),
      clock_(&clock),
      ring_(&ring),
      directory_(std::move(directory)),
      lifetimes_(lifetimes) {}

Path Repository::metadata() const {
  return join(directory_, "public/metadata");
}

Path Repository::metadata_file(const std::string& name) const {
  return join(metadata(), name);
}

Path Repository::platforms_file() const {
  return join(directory_, "platforms.json");
}

Path Repository::file_of(const std::string& path, const crypto::Sha256& digest) const {
  return join(join(directory_, "public/targets"), consistent_name(path, digest));
}

Result<Path> Repository::trusted_root() const {
  const std::uint64_t version = newest_root(*disk_, metadata());
  if (version > 0) return metadata_file(fmt::format("{}.root.json", version));
  return fail(ErrorKind::NotFound,
              fmt::format("{} has announced nothing yet: there is no root file {}", directory_,
                          metadata_file("1.root.json")));
}

Result<Contents> Repository::contents() const {
  return read_contents(*disk_, metadata());
}

Result<RoleKeys> Repository::platforms() const {
  return read_role_keys(*disk_, platforms_file());
}

Result<RoleKeys> Repository::keys_of(const std::string& role) const {
  if (role == kPlatformsRole) return platforms();
  const Result<Contents> now = contents();
  if (!now) return std::unexpected(now.error());
  if (is_top_level(role)) return root_keys(signed_part(now->root.raw()), role);
  return keys_of_list(*now, role);
}

Result<std::optional<Contents>> Repository::current() const {
  if (!sys::exists(*disk_, metadata_file("timestamp.json"))) return std::optional<Contents>();
  Result<Contents> now = contents();
  if (!now) return std::unexpected(now.error());
  return std::optional(std::move(*now));
}

Result<Contents> Repository::clear_the_way() {
  const Result<Outcome> finished = complete();
  if (!finished) return std::unexpected(finished.error());
  if (finished->announced) return contents();
  return fail(ErrorKind::Conflict,
              fmt::format("{}/staged waits for signatures: `interlude repo sign` goes on with it, "
                          "`interlude repo sign --discard` drops it",
                          directory_));
}

Result<Outcome> Repository::create(const Founding& founding) {
  for (const std::string_view directory : {"public/metadata", "public/targets"}) {
    const Status made =
        sys::make_directories(*disk_, join(directory_, directory), kPublicDirectory);
    if (!made) return std::unexpected(made.error());
  }
  Plan plan(nullptr, clock_->now(), lifetimes_);
  json::Value& root = plan.edit(std::string(Root::kType));
  for (const auto& [role, keys] :
       {std::pair("root", &founding.root), std::pair("targets", &founding.targets),
        std::pair("snapshot", &founding.snapshot), std::pair("timestamp", &founding.timestamp)}) {
    root["roles"][role] = {{"keyids", json::Value::array()}, {"threshold", 1}};
    set_root_keys(root, role, *keys);
  }
  const std::string rollout(kRolloutRole);
  delegate(plan.edit(std::string(Targets::kType)), rollout, std::string(kRolloutPattern),
           founding.rollout);
  (void)plan.edit(rollout);
  plan.set_platforms(founding.platforms);
  return carry_out(std::move(plan), nullptr, {});
}

Result<Outcome> Repository::publish(std::span<const ListUpdate> updates) {
  const Result<Contents> now = clear_the_way();
  if (!now) return std::unexpected(now.error());
  Plan plan(&*now, clock_->now(), lifetimes_);
  std::vector<const NewTarget*> files;
  for (const ListUpdate& update : updates) {
    const Status good = check_update(update, *now->targets);
    if (!good) return std::unexpected(good.error());
    edit_list(plan.edit(update.role), update);
    for (const NewTarget& target : update.targets) files.push_back(&target);
    if (now->lists.contains(update.role)) continue;
    const Result<RoleKeys> keys = platforms();
    if (!keys) return std::unexpected(keys.error());
    delegate(plan.edit(std::string(Targets::kType)), update.role, update.pattern, *keys);
  }
  return carry_out(std::move(plan), &*now, files);
}

Status Repository::change_platforms(Plan& plan, const Contents& now,
                                    const KeyChange& change) const {
  const Result<RoleKeys> before = platforms();
  if (!before) return std::unexpected(before.error());
  const Result<RoleKeys> after = changed(*before, change, std::string(kPlatformsRole));
  if (!after) return std::unexpected(after.error());
  plan.set_platforms(*after);
  const std::string targets(Targets::kType);
  for (const Delegation& delegation : now.targets->delegations) {
    const std::optional<RoleKeys> keys =
        delegated_keys(signed_part(now.targets.raw()), delegation.name);
    const bool signed_alike = keys && keys->keys == before->keys;
    if (!signed_alike || delegation.name == kRolloutRole) continue;
    set_delegated_keys(plan.edit(targets), delegation.name, *after);
  }
  return {};
}

Status Repository::change_one(Plan& plan, const Contents& now, const std::string& role,
                              const KeyChange& change) const {
  if (role == kPlatformsRole) return change_platforms(plan, now, change);
  if (is_top_level(role)) {
    json::Value& root = plan.edit(std::string(Root::kType));
    const Result<RoleKeys> keys = changed(root_keys(root, role), change, role);
    if (!keys) return std::unexpected(keys.error());
    set_root_keys(root, role, *keys);
    return {};
  }
  const Result<RoleKeys> before = keys_of_list(now, role);
  if (!before) return std::unexpected(before.error());
  const Result<RoleKeys> keys = changed(*before, change, role);
  if (!keys) return std::unexpected(keys.error());
  set_delegated_keys(plan.edit(std::string(Targets::kType)), role, *keys);
  return {};
}

Result<Outcome> Repository::change_keys(const std::map<std::string, KeyChange>& changes) {
  const Result<Contents> now = clear_the_way();
  if (!now) return std::unexpected(now.error());
  Plan plan(&*now, clock_->now(), lifetimes_);
  for (const auto& [role, change] : changes) {
    const Status done = change_one(plan, *now, role, change);
    if (!done) return std::unexpected(done.error());
  }
  return carry_out(std::move(plan), &*now, {});
}

Result<Outcome> Repository::renew(const std::vector<std::string>& roles) {
  const Result<Contents> now = clear_the_way();
  if (!now) return std::unexpected(now.error());
  Plan plan(&*now, clock_->now(), lifetimes_);
  for (const std::string& role : roles) {
    if (announced_version(&*now, role) == 0) {
      return fail(ErrorKind::NotFound, fmt::format("there is no list \"{}\"", role));
    }
    (void)plan.edit(role);
  }
  return carry_out(std::move(plan), &*now, {});
}

Status Repository::refresh() {
  const Result<Contents> now = contents();
  if (!now) return std::unexpected(now.error());
  const Result<Rules> rules = rules_of(&*now, {});
  if (!rules) return std::unexpected(rules.error());
  return Announcement(*disk_, *ring_, metadata(), &*now).write(*rules, clock_->now(), lifetimes_);
}

Status Repository::sign(Act& act, const Rules& rules) {
  for (auto& [role, draft] : act.drafts) {
    for (const Demand& demand : rules.demands(role)) {
      const Status done = draft.sign(demand.signers, *ring_);
      if (!done && demand.required) {
        return std::unexpected(done.error().during("signing " + role));
      }
    }
  }
  return {};
}

Result<Outcome> Repository::carry_out(Plan plan, const Contents* now,
                                      const std::vector<const NewTarget*>& files) {
  Result<Act> act = plan.finish();
  if (!act) return std::unexpected(act.error());
  const Result<Rules> rules = rules_of(now, *act);
  if (!rules) return std::unexpected(rules.error());
  Status done = sign(*act, *rules);
  if (!done) return std::unexpected(done.error());

  Staging staging(*disk_, directory_);
  done = staging.begin();
  for (const NewTarget* file : files) {
    if (done) done = staging.put(*file);
  }
  if (done) done = staging.finish(*act);
  if (!done) return std::unexpected(done.error());
  return complete();
}

Result<std::optional<Act>> Repository::staged_act() const {
  const Staging staging(*disk_, directory_);
  if (!staging.present()) return std::optional<Act>();
  Result<Act> act = staging.load();
  if (!act) return std::unexpected(act.error());
  return std::optional(std::move(*act));
}

Result<std::optional<Outcome>> Repository::staged() const {
  const Result<std::optional<Act>> act = staged_act();
  if (!act) return std::unexpected(act.error());
  if (!*act) return std::optional<Outcome>();
  const Result<std::optional<Contents>> now = current();
  if (!now) return std::unexpected(now.error());
  const Result<Rules> rules = rules_of(pointer(*now), **act);
  if (!rules) return std::unexpected(rules.error());
  return std::optional(Outcome{false, gathered(**act, *rules)});
}

Result<Outcome> Repository::complete() {
  return take({});
}

Result<Outcome> Repository::take(const std::map<std::string, Draft>& drafts) {
  Result<std::optional<Act>> act = staged_act();
  if (!act) return std::unexpected(act.error());
  if (!*act) return Outcome{true, {}};
  const Result<std::optional<Contents>> now = current();
  if (!now) return std::unexpected(now.error());
  const Status fits = check_current(pointer(*now), **act);
  if (!fits) return std::unexpected(fits.error());
  const Result<Rules> rules = rules_of(pointer(*now), **act);
  if (!rules) return std::unexpected(rules.error());
  for (const auto& [role, brought] : drafts) {
    const auto draft = (*act)->drafts.find(role);
    if (draft == (*act)->drafts.end()) {
      return fail(ErrorKind::Conflict, fmt::format("no file of the role {} is staged", role));
    }
    for (const Demand& demand : rules->demands(role)) {
      const Result<std::vector<std::string>> taken =
          draft->second.take(brought, demand.signers, role);
      if (!taken) return std::unexpected(taken.error());
    }
  }
  const Status all_signed = sign(**act, *rules);
  Staging staging(*disk_, directory_);
  const Status saved = staging.save(**act);  // what was signed before a key failed, too
  if (!saved) return std::unexpected(saved.error());
  if (!all_signed) return std::unexpected(all_signed.error());
  Outcome outcome{is_complete(**act, *rules), gathered(**act, *rules)};
  if (!outcome.announced) return outcome;
  Status announced = check_online_keys(*rules);
  if (announced) announced = announce(pointer(*now), **act, *rules);
  if (announced) announced = staging.clear();
  if (!announced) return std::unexpected(announced.error());
  return outcome;
}

Status Repository::check_online_keys(const Rules& rules) const {
  for (const std::string_view role : {Snapshot::kType, Timestamp::kType}) {
    for (const Demand& demand : rules.demands(std::string(role))) {
      if (!demand.required || can_sign(*ring_, demand.signers)) continue;
      return fail(
          ErrorKind::NotFound,
          fmt::format("everything is signed, but the {} needs {} of these keys, and they "
                      "are not on this machine: {}; it stays staged, `interlude repo sign` "
                      "goes on where they are",
                      role, demand.signers.threshold, fmt::join(demand.signers.ids(), ", ")));
    }
  }
  return {};
}

// Whether what is about to be announced is good for devices with the old root, too: then it is
// announced before the new root appears, and nobody ever sees files that do not fit each other.
bool Repository::can_bridge(const Contents& now, const Act& act, const Rules& rules) const {
  const bool needed = rules.demands(std::string(Targets::kType)).size() +
                          rules.demands(std::string(Snapshot::kType)).size() +
                          rules.demands(std::string(Timestamp::kType)).size() >
                      3;
  if (!needed) return false;
  const auto targets = act.drafts.find(std::string(Targets::kType));
  const bool targets_fit =
      targets == act.drafts.end() || targets->second.satisfies(now.root->targets);
  return targets_fit && can_sign(*ring_, now.root->snapshot) &&
         can_sign(*ring_, now.root->timestamp);
}

Status Repository::announce(const Contents* now, const Act& act, const Rules& rules) {
  Status done = Staging(*disk_, directory_).move_targets(join(directory_, "public/targets"));
  Announcement announcement(*disk_, *ring_, metadata(), now);
  for (const auto& [role, draft] : act.drafts) {
    if (!done) return done;
    if (role == Root::kType) continue;
    const Bytes raw = draft.raw();
    announcement.set_list(role, draft.version(), raw);
    done = sys::replace_file(
        *disk_, metadata_file(fmt::format("{}.{}.json", draft.version(), role)), raw, kPublicFile);
  }
  if (done && act.platforms) done = write_role_keys(*disk_, platforms_file(), *act.platforms);
  const auto root = act.drafts.find(std::string(Root::kType));
  if (done && root != act.drafts.end()) {
    if (now != nullptr && can_bridge(*now, act, rules)) {
      done = announcement.write(rules, clock_->now(), lifetimes_);
    }
    if (done) {
      done = sys::replace_file(*disk_,
                               metadata_file(fmt::format("{}.root.json", root->second.version())),
                               root->second.raw(), kPublicFile);
    }
  }
  if (done) done = announcement.write(rules, clock_->now(), lifetimes_);
  return done;
}

Status Repository::discard() {
  return Staging(*disk_, directory_).clear();
}

}  // namespace interlude::tuf
