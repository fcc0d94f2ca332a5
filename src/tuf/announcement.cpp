#include "tuf/announcement.hpp"

#include <fmt/format.h>

#include "crypto/digest.hpp"
#include "tuf/signing.hpp"
#include "tuf/staging.hpp"

namespace interlude::tuf {
namespace {

// What every client needs to read a file's bytes, and no more.
json::Value exact_meta(std::uint64_t version, ByteView raw) {
  return {{"version", version},
          {"length", raw.size()},
          {"hashes", {{"sha256", crypto::sha256(raw).hex()}}}};
}

json::Value list_meta(const std::string& role, std::uint64_t version, ByteView raw) {
  if (role == Targets::kType) return exact_meta(version, raw);
  return {{"version", version}};
}

}  // namespace

Announcement::Announcement(sys::FileSystem& disk, KeyRing& ring, Path metadata, const Contents* now)
    : disk_(&disk), ring_(&ring), metadata_(std::move(metadata)) {
  if (now == nullptr) return;
  snapshot_version_ = now->snapshot->version;
  timestamp_version_ = now->timestamp->version;
  set_list(std::string(Targets::kType), now->targets->version, now->targets.raw());
  for (const auto& [role, list] : now->lists) set_list(role, list->version, list.raw());
}

void Announcement::set_list(const std::string& role, std::uint64_t version, ByteView raw) {
  meta_[role + ".json"] = list_meta(role, version, raw);
}

Result<Draft> Announcement::signed_draft(const std::string& role, std::uint64_t version,
                                         json::Value meta, const Rules& rules, sys::Time moment,
                                         const Lifetimes& lifetimes) {
  Draft draft({{"_type", role},
               {"spec_version", kSpecification},
               {"version", version},
               {"expires", sys::to_text(moment + lifetimes.of(role))},
               {"meta", std::move(meta)}});
  for (const Demand& demand : rules.demands(role)) {
    const Status done = draft.sign(demand.signers, *ring_);
    if (!demand.required) continue;  // wanted: whatever keeps the old key from signing
    if (!done) return std::unexpected(done.error().during("signing the " + role));
    if (draft.satisfies(demand.signers)) continue;
    return fail(ErrorKind::NotFound,
                fmt::format("the {} needs signatures by {} of these keys, and they are not on this "
                            "machine: {}",
                            role, demand.signers.threshold, fmt::join(demand.signers.ids(), ", ")));
  }
  return draft;
}

Status Announcement::write(const Rules& rules, sys::Time moment, const Lifetimes& lifetimes) {
  const std::string snapshot_role(Snapshot::kType);
  const Result<Draft> snapshot =
      signed_draft(snapshot_role, snapshot_version_ + 1, meta_, rules, moment, lifetimes);
  if (!snapshot) return std::unexpected(snapshot.error());
  const Bytes raw = snapshot->raw();
  const Result<Draft> timestamp = signed_draft(
      std::string(Timestamp::kType), timestamp_version_ + 1,
      {{"snapshot.json", exact_meta(snapshot->version(), raw)}}, rules, moment, lifetimes);
  if (!timestamp) return std::unexpected(timestamp.error());

  const Path file = join(metadata_, fmt::format("{}.snapshot.json", snapshot->version()));
  Status done = sys::replace_file(*disk_, file, raw, kPublicFile);
  if (done) {
    done =
        sys::replace_file(*disk_, join(metadata_, "timestamp.json"), timestamp->raw(), kPublicFile);
  }
  if (!done) return done;
  ++snapshot_version_;
  ++timestamp_version_;
  return {};
}

}  // namespace interlude::tuf
