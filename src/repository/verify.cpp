#include "repository/verify.hpp"

#include <vector>

#include "crypto/digest.hpp"
#include "json/json.hpp"
#include "tuf/client.hpp"
#include "tuf/hashes.hpp"
#include "tuf/staging.hpp"
#include "tuf/store.hpp"

namespace interlude::repository {
namespace {

Result<std::vector<std::string>> delegated_roles(sys::FileSystem& disk, const Path& scratch) {
  // Verified a moment ago, hence well-formed.
  const Result<Bytes> raw = disk.read(join(scratch, "targets.json"), tuf::limit_of("targets"));
  if (!raw) return std::unexpected(raw.error());
  const json::Value targets = json::parse(*raw)->at("signed");
  std::vector<std::string> names;
  if (!targets.contains("delegations")) return names;
  for (const json::Value& role : targets.at("delegations").at("roles")) {
    names.push_back(role.at("name").get<std::string>());
  }
  return names;
}

Status check_file(sys::Transport& transport, const tuf::Mirror& mirror, const tuf::Target& target) {
  const auto digest = target.hashes.find("sha256");
  if (digest == target.hashes.end()) {
    return fail(ErrorKind::Corrupt, target.path + ": is listed without a SHA-256");
  }
  const Result<crypto::Sha256> sha256 = crypto::Sha256::from_hex(digest->second);
  if (!sha256) return std::unexpected(sha256.error().during(target.path));
  tuf::HashCheck hash(target.hashes);
  std::uint64_t length = 0;
  const Result<sys::Response> got = transport.get(
      {join(mirror.targets, tuf::consistent_name(target.path, *sha256)), target.length, 0, ""},
      [&](std::uint64_t, ByteView piece) -> Status {
        hash.update(piece);
        length += piece.size();
        return {};
      });
  if (!got) {
    return std::unexpected(
        tuf::transfer_error(got.error().during(target.path), target.path, target.length));
  }
  if (length != target.length) {
    return fail(ErrorKind::Corrupt, target.path + ": has another length than its list says");
  }
  return hash.finish(target.path);
}

}  // namespace

Result<Verified> verify(sys::FileSystem& disk, sys::Transport& transport, sys::Clock& clock,
                        const Path& scratch, const std::string& url, ByteView root,
                        const std::function<bool(std::size_t done, std::size_t all)>& progress) {
  Status done = tuf::Client::initialise(disk, scratch, root);
  if (!done) return std::unexpected(done.error());
  const std::vector<tuf::Mirror> mirrors = tuf::mirrors_at({url});
  tuf::Client client(disk, transport, clock, scratch, mirrors);
  done = client.refresh();
  if (!done) return std::unexpected(done.error());
  const Result<std::vector<std::string>> roles = delegated_roles(disk, scratch);
  if (!roles) return std::unexpected(roles.error());
  Verified verified;
  std::vector<tuf::Target> files;
  for (const std::string& role : *roles) {
    const Result<tuf::TargetsRole> list = client.delegated(role);
    if (!list) return std::unexpected(list.error().during("list " + role));
    ++verified.lists;
    for (const auto& [path, target] : list->targets) files.push_back(target);
  }
  for (const tuf::Target& target : files) {
    if (progress && !progress(verified.files, files.size())) {
      return fail(ErrorKind::Cancelled, "interrupted");
    }
    done = check_file(transport, mirrors.front(), target);
    if (!done) return std::unexpected(done.error());
    ++verified.files;
    verified.bytes += target.length;
  }
  return verified;
}

}  // namespace interlude::repository
