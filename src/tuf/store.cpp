#include "tuf/store.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/digest.hpp"

namespace interlude::tuf {
namespace {

constexpr std::uint64_t kLongestEtagFile = 8192;
constexpr std::string_view kEtagFile = "timestamp.etag";

// One per line: whose, for which bytes, and the tag itself. Any other content counts as no tag.
std::string etag_prefix(const std::string& url, ByteView timestamp) {
  return fmt::format("{}\n{}\n", url, crypto::sha256(timestamp).hex());
}

}  // namespace

std::uint64_t limit_of(std::string_view role) {
  // As python-tuf has them.
  if (role == Root::kType) return 512'000;
  if (role == Timestamp::kType) return 16'384;
  if (role == Snapshot::kType) return 2'000'000;
  return 5'000'000;
}

Path Store::file_of(std::string_view role) const {
  return join(directory_, file_name_of_role(role));
}

Result<Bytes> Store::read(std::string_view role) const {
  return disk_->read(file_of(role), limit_of(role));
}

Status Store::replace(std::string_view role, ByteView raw) {
  const Status done = sys::replace_file(*disk_, file_of(role), raw, kFileMode);
  if (!done) return std::unexpected(done.error().during("storing " + file_name_of_role(role)));
  return {};
}

Status Store::forget(std::string_view role) {
  const Path file = file_of(role);
  if (!sys::exists(*disk_, file)) return {};
  const Status removed = disk_->remove(file);
  if (!removed) return removed;
  return disk_->sync(directory_);
}

std::string Store::etag(const std::string& url, ByteView timestamp) const {
  const Result<Bytes> file = disk_->read(join(directory_, kEtagFile), kLongestEtagFile);
  if (!file) return "";
  const std::string prefix = etag_prefix(url, timestamp);
  const std::string text = to_text(*file);
  const bool usable = text.starts_with(prefix) && text.ends_with('\n');
  return usable ? text.substr(prefix.size(), text.size() - prefix.size() - 1) : "";
}

void Store::remember_etag(const std::string& url, const std::string& etag, ByteView timestamp) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
  if (etag.empty() || std::ranges::any_of(etag, is_control)) return;
  const std::string text = etag_prefix(url, timestamp) + etag + "\n";
  // Not having it costs one download of the timestamp, nothing else.
  (void)disk_->write(join(directory_, kEtagFile), as_bytes(text), kFileMode);
}

}  // namespace interlude::tuf
