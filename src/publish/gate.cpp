#include "publish/gate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace interlude::publish {
namespace {

using improvement::Allowance;
using improvement::Entry;
using improvement::EntryKind;

constexpr std::array<std::string_view, 1> kAllowable = {kRuleCapability};
constexpr const char* kCapability = "security.capability";

/// Overlong forms and surrogates are left to the JSON reader, which sees every manifest we write.
bool looks_like_utf8(std::string_view text) {
  std::size_t following = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool continues = (byte & 0xc0U) == 0x80U;
    if (continues != (following > 0)) return false;
    if (continues) {
      --following;
    } else if (byte >= 0xf0U) {
      following = 3;
    } else if (byte >= 0xe0U) {
      following = 2;
    } else if (byte >= 0xc0U) {
      following = 1;
    }
  }
  return following == 0;
}

bool is_printable(std::string_view text) {
  return looks_like_utf8(text) && std::ranges::none_of(text, [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
         });
}

/// Seen by names alone, from the link's own directory: does a ".." go above the root?
bool leads_out(const Path& link, std::string_view target) {
  std::int64_t depth = target.starts_with('/') ? 0 : std::ranges::count(link, '/');
  for (std::size_t start = 0; start < target.size();) {
    const std::size_t end = std::min(target.find('/', start), target.size());
    const std::string_view part = target.substr(start, end - start);
    if (part == "..") --depth;
    if (!part.empty() && part != "." && part != "..") ++depth;
    if (depth < 0) return true;
    start = end + 1;
  }
  return false;
}

bool gains_capability(const std::optional<Entry>& before, const Entry& after) {
  const auto capability = after.attributes.find(kCapability);
  if (capability == after.attributes.end()) return false;
  if (!before) return true;
  const auto old = before->attributes.find(kCapability);
  return old == before->attributes.end() || old->second != capability->second;
}

/// Why this change can never be part of an improvement; empty where it can.
std::string problem_of(const improvement::FileChange& change) {
  if (!is_printable(change.path)) return "its name is not printable UTF-8";
  if (!change.after) return "";
  const Entry& after = *change.after;
  if (change.before &&
      (change.before->kind == EntryKind::Directory) != (after.kind == EntryKind::Directory)) {
    return "a directory cannot turn into something else, nor anything into a directory";
  }
  if (improvement::gains_privilege(change.before, after)) {
    return "a new setuid or setgid bit: an improvement cannot give a file more rights";
  }
  if (after.kind != EntryKind::Symlink) return "";
  if (!is_printable(after.target)) return "the link's target is not printable UTF-8";
  if (leads_out(change.path, after.target)) {
    return fmt::format("the link leads out of the root: {}", after.target);
  }
  return "";
}

Status check_allowances(std::span<const Allowance> allowances) {
  for (const Allowance& allowance : allowances) {
    if (std::ranges::find(kAllowable, allowance.rule) == kAllowable.end()) {
      return fail(ErrorKind::Invalid,
                  fmt::format("--allow {}: no such rule; those that can be allowed: {}",
                              allowance.rule, fmt::join(kAllowable, ", ")));
    }
    if (!allowance.reason.empty() && is_printable(allowance.reason)) continue;
    return fail(ErrorKind::Invalid,
                fmt::format("--allow {}: expected RULE=REASON", allowance.rule));
  }
  return {};
}

}  // namespace

Result<std::vector<Allowance>> pass_gate(std::span<const Change> changes,
                                         std::span<const Allowance> allowances) {
  if (const Status good = check_allowances(allowances); !good) {
    return std::unexpected(good.error());
  }
  std::set<std::string_view> needed;
  for (const Change& change : changes) {
    const std::string problem = problem_of(change.file);
    if (!problem.empty()) {
      return fail(ErrorKind::Denied, fmt::format("{}: {}", change.file.path, problem));
    }
    if (!change.file.after || !gains_capability(change.file.before, *change.file.after)) continue;
    if (std::ranges::find(allowances, kRuleCapability, &Allowance::rule) == allowances.end()) {
      return fail(ErrorKind::Denied,
                  fmt::format("{}: a new capability; if that is meant: --allow \"{}=REASON\"",
                              change.file.path, kRuleCapability));
    }
    needed.insert(kRuleCapability);
  }
  std::vector<Allowance> used;
  std::ranges::copy_if(allowances, std::back_inserter(used),
                       [&](const Allowance& one) { return needed.contains(one.rule); });
  return used;
}

}  // namespace interlude::publish
