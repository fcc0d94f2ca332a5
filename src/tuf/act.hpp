#pragma once
// One act of a publisher: the next versions of all files that change together, and who must sign
// them. Announced as a whole or not at all.
//
// A plan edits signed parts; finishing it checks them and adds what follows by itself: whatever the
// new signers of a role no longer accept gets a new version, too. Nothing here touches the disk.

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tuf/contents.hpp"
#include "tuf/draft.hpp"
#include "tuf/role_keys.hpp"

namespace interlude::tuf {

/// The list whose signed member "as_of" is the moment of its signing, and which is signed anew
/// every few hours.
inline constexpr std::string_view kRolloutRole = "rollout";
inline constexpr const char* kAsOf = "as_of";

/// How long newly signed metadata is valid.
struct Lifetimes {
  std::chrono::days root{365};
  std::chrono::days targets{180};  ///< and all delegated lists
  std::chrono::days snapshot{30};
  std::chrono::days timestamp{7};
  std::chrono::hours rollout{24};  ///< the list "rollout", once it says as of when it speaks

  /// Of a role's file; every name that is not a top-level role's is a list's.
  std::chrono::days of(const std::string& role) const;
};

struct Act {
  std::map<std::string, Draft> drafts;  ///< by role: "root", "targets", delegated ones
  std::optional<RoleKeys> platforms;    ///< who signs platform lists made later, where that changes
};

/// Who is to sign a file. What is not required is wanted: see Rules::demands.
struct Demand {
  Signers signers;
  bool required = true;
};

/// Who may sign what once an act is announced.
struct Rules {
  Root root;
  Targets targets;
  std::optional<Root> before;  ///< where the act brings a new root

  /// A new root needs the threshold of the one before and its own (TUF 5.3.4). What the root names
  /// signers for is, where those change, wanted from the old ones as well: signed by both, it is
  /// good for devices on either side of the change, at every moment of it.
  std::vector<Demand> demands(const std::string& role) const;
};

/// `now`: null for a repository that is being made. Corrupt where a draft has not the form it must
/// have.
Result<Rules> rules_of(const Contents* now, const Act& act);

class Plan {
 public:
  /// `now`, as above, is borrowed.
  Plan(const Contents* now, sys::Time moment, const Lifetimes& lifetimes)
      : now_(now), moment_(moment), lifetimes_(lifetimes) {}

  /// The signed part of the role's next version, to be changed: a copy of what is announced, or an
  /// empty list.
  json::Value& edit(const std::string& role);
  bool edits(const std::string& role) const { return documents_.contains(role); }
  void set_platforms(RoleKeys keys) { platforms_ = std::move(keys); }

  /// Errors: Invalid (see portable.hpp).
  Result<Act> finish();

 private:
  Status renew_what_is_not_accepted();
  Result<Act> drafts() const;

  const Contents* now_;
  sys::Time moment_;
  Lifetimes lifetimes_;
  std::map<std::string, json::Value> documents_;
  std::optional<RoleKeys> platforms_;
};

}  // namespace interlude::tuf
