#include "tuf/act.hpp"

#include "tuf/portable.hpp"
#include "tuf/signing.hpp"

namespace interlude::tuf {
namespace {

const std::string kRootRole(Root::kType);
const std::string kTargetsRole(Targets::kType);

bool same(const Signers& one, const Signers& other) {
  return one.threshold == other.threshold && one.same_keys(other);
}

bool accepted(const Verified<Targets>& list, const Signers& signers) {
  return Verified<Targets>::check(list.raw(), signers, "list").has_value();
}

const Signers* signers_in(const Root& root, const std::string& role) {
  if (role == Root::kType) return &root.root;
  if (role == Timestamp::kType) return &root.timestamp;
  if (role == Snapshot::kType) return &root.snapshot;
  if (role == Targets::kType) return &root.targets;
  return nullptr;
}

template <class T>
Result<T> as_it_will_be(const Contents* now, const Act& act, const std::string& role,
                        const Verified<T> Contents::*current) {
  const auto draft = act.drafts.find(role);
  if (draft == act.drafts.end() && now != nullptr) return *(now->*current);
  if (draft == act.drafts.end()) return fail(ErrorKind::Corrupt, role + ": is missing");
  return parse_signed<T>(json::Reader(draft->second.content(), role));
}

}  // namespace

std::chrono::days Lifetimes::of(const std::string& role) const {
  if (role == Root::kType) return root;
  if (role == Timestamp::kType) return timestamp;
  if (role == Snapshot::kType) return snapshot;
  return targets;
}

std::vector<Demand> Rules::demands(const std::string& role) const {
  const Signers* top_level = signers_in(root, role);
  if (top_level == nullptr) {
    for (const Delegation& delegation : targets.delegations) {
      if (delegation.name == role) return {{delegation.signers}};
    }
    return {};
  }
  std::vector<Demand> all = {{*top_level}};
  if (!before) return all;
  const Signers* old = signers_in(*before, role);
  if (!same(*old, *top_level)) all.push_back({*old, role == Root::kType});
  return all;
}

Result<Rules> rules_of(const Contents* now, const Act& act) {
  Result<Root> root = as_it_will_be(now, act, kRootRole, &Contents::root);
  if (!root) return std::unexpected(root.error());
  Result<Targets> targets = as_it_will_be(now, act, kTargetsRole, &Contents::targets);
  if (!targets) return std::unexpected(targets.error());
  Rules rules{std::move(*root), std::move(*targets), {}};
  if (now != nullptr && act.drafts.contains(kRootRole)) rules.before = *now->root;
  return rules;
}

json::Value& Plan::edit(const std::string& role) {
  const auto found = documents_.find(role);
  if (found != documents_.end()) return found->second;
  json::Value next = {{"_type", role == Root::kType ? Root::kType : Targets::kType},
                      {"spec_version", kSpecification},
                      {"version", 0}};
  if (now_ != nullptr && role == Root::kType) {
    next = signed_part(now_->root.raw());
  } else if (now_ != nullptr && (role == Targets::kType || now_->lists.contains(role))) {
    next = signed_part(now_->list(role).raw());
  } else if (role == Root::kType) {
    next["consistent_snapshot"] = true;
    next["keys"] = json::Value::object();
    next["roles"] = json::Value::object();
  } else {
    next["targets"] = json::Value::object();
  }
  if (role != Root::kType) next[kRoleName] = role;
  next["version"] = next["version"].get<std::uint64_t>() + 1;
  next["expires"] = sys::to_text(moment_ + lifetimes_.of(role));
  return documents_.emplace(role, std::move(next)).first->second;
}

Result<Act> Plan::drafts() const {
  Act act{{}, platforms_};
  for (const auto& [role, content] : documents_) {
    const Status portable = check_portable(content, role);
    if (!portable) return std::unexpected(portable.error());
    json::Value final = content;
    if (role == kRolloutRole && final.contains(kAsOf)) {
      final[kAsOf] = sys::to_text(moment_);
      final["expires"] = sys::to_text(moment_ + lifetimes_.rollout);
    }
    act.drafts.emplace(role, Draft(std::move(final)));
  }
  return act;
}

Status Plan::renew_what_is_not_accepted() {
  if (now_ == nullptr) return {};
  Result<Act> act = drafts();
  if (!act) return std::unexpected(act.error());
  Result<Rules> rules = rules_of(now_, *act);
  if (!rules) return std::unexpected(rules.error());
  if (!accepted(now_->targets, rules->root.targets)) (void)edit(kTargetsRole);
  for (const Delegation& delegation : rules->targets.delegations) {
    const auto list = now_->lists.find(delegation.name);
    if (list != now_->lists.end() && !accepted(list->second, delegation.signers)) {
      (void)edit(delegation.name);
    }
  }
  return {};
}

Result<Act> Plan::finish() {
  const Status renewed = renew_what_is_not_accepted();
  if (!renewed) return std::unexpected(renewed.error());
  return drafts();
}

}  // namespace interlude::tuf
