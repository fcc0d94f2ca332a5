#include "repository/signing_request.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tuf/signing.hpp"

namespace interlude::repository {
namespace {

constexpr std::uint64_t kFormat = 1;
constexpr std::uint64_t kLongestRequest = 64ULL << 20U;
constexpr std::uint32_t kRequestMode = 0644;

// A key ring of one.
class OneKey final : public tuf::KeyRing {
 public:
  OneKey(std::string id, const crypto::Signer& signer) : id_(std::move(id)), signer_(&signer) {}
  bool has(const std::string& key_id) const override { return key_id == id_; }
  Result<const crypto::Signer*> signer(const std::string&) override { return signer_; }

 private:
  std::string id_;
  const crypto::Signer* signer_;
};

json::Value as_value(const tuf::Draft& draft) {
  return *json::parse(draft.raw());  // written a moment ago
}

Result<tuf::Draft> draft_of(const json::Reader& file) {
  return tuf::Draft::parse(as_bytes(file.value().dump()), file.where());
}

std::string plain(const json::Value& value) {
  return value.dump(-1, ' ', true, json::Value::error_handler_t::replace);
}

// A JSON pointer as people read it: "targets > a/b > length".
std::string readable(const std::string& pointer) {
  std::string text;
  for (std::size_t i = 1; i < pointer.size(); ++i) {
    if (pointer[i] == '/') {
      text += " > ";
    } else if (pointer[i] == '~' && i + 1 < pointer.size()) {
      text += pointer[++i] == '1' ? '/' : '~';
    } else {
      text += pointer[i];
    }
  }
  return text;
}

Result<SigningRequest::File> file_of(const json::Reader& entry) {
  Result<std::string> role = entry.text("role");
  if (!role) return std::unexpected(role.error());
  const Result<json::Reader> file = entry.member("file");
  if (!file) return std::unexpected(file.error());
  Result<tuf::Draft> draft = draft_of(*file);
  if (!draft) return std::unexpected(draft.error());
  SigningRequest::File read{std::move(*role), std::move(*draft), {}, {}};
  if (entry.has("before")) {
    Result<tuf::Draft> before = draft_of(*entry.member("before"));
    if (!before) return std::unexpected(before.error());
    read.before = std::move(*before);
  }
  const Result<std::vector<json::Reader>> signers = entry.optional_elements("signers");
  if (!signers) return std::unexpected(signers.error());
  for (const json::Reader& each : *signers) {
    Result<std::vector<std::string>> ids = each.texts("keyids");
    if (!ids) return std::unexpected(ids.error());
    const Result<std::uint64_t> threshold = each.number("threshold");
    if (!threshold) return std::unexpected(threshold.error());
    const Result<bool> required = each.boolean("required");
    if (!required) return std::unexpected(required.error());
    read.signers.push_back({std::move(*ids), *threshold, *required});
  }
  return read;
}

bool asks_for(const SigningRequest::File& file, const std::string& id) {
  return std::ranges::any_of(file.signers, [&](const SigningRequest::Signers& each) {
    return std::ranges::find(each.key_ids, id) != each.key_ids.end();
  });
}

}  // namespace

Result<SigningRequest> make_request(const tuf::Repository& repository) {
  const Result<std::optional<tuf::Act>> act = repository.staged_act();
  if (!act) return std::unexpected(act.error());
  if (!*act) return fail(ErrorKind::NotFound, "nothing is staged: there is nothing to sign");
  const Result<std::optional<tuf::Outcome>> staged = repository.staged();
  if (!staged) return std::unexpected(staged.error());
  const Result<tuf::Contents> now = repository.contents();  // none before the first announcement
  SigningRequest request;
  for (const auto& [role, draft] : (*act)->drafts) {
    SigningRequest::File file{role, draft, {}, {}};
    if (now && (role == "root" || role == "targets" || now->lists.contains(role))) {
      const Bytes& raw = role == "root" ? now->root.raw() : now->list(role).raw();
      Result<tuf::Draft> before = tuf::Draft::parse(raw, role);
      if (!before) return std::unexpected(before.error());
      file.before = std::move(*before);
    }
    for (const tuf::Gathered& each : (*staged)->files) {
      if (each.role != role) continue;
      file.signers.push_back({each.signers.ids(), each.signers.threshold, each.required});
    }
    request.files.push_back(std::move(file));
  }
  return request;
}

Result<SigningRequest> read_request(sys::FileSystem& disk, const Path& file) {
  const Result<Bytes> raw = disk.read(file, kLongestRequest);
  if (!raw) return std::unexpected(raw.error());
  const Result<json::Value> value = json::parse(*raw);
  if (!value) return std::unexpected(value.error().during(file));
  const json::Reader top(*value, file);
  const Result<std::uint64_t> format = top.number("format");
  if (!format) return std::unexpected(format.error());
  if (*format != kFormat) {
    return std::unexpected(
        top.error(fmt::format("\"format\" is {}, known is {}", *format, kFormat)));
  }
  const Result<std::vector<json::Reader>> files = top.optional_elements("files");
  if (!files) return std::unexpected(files.error());
  SigningRequest request;
  for (const json::Reader& entry : *files) {
    Result<SigningRequest::File> one = file_of(entry);
    if (!one) return std::unexpected(one.error());
    request.files.push_back(std::move(*one));
  }
  return request;
}

Status write_request(sys::FileSystem& disk, const Path& file, const SigningRequest& request) {
  json::Value files = json::Value::array();
  for (const SigningRequest::File& each : request.files) {
    json::Value signers = json::Value::array();
    for (const SigningRequest::Signers& one : each.signers) {
      signers.push_back(
          {{"keyids", one.key_ids}, {"threshold", one.threshold}, {"required", one.required}});
    }
    json::Value entry = {
        {"role", each.role}, {"file", as_value(each.draft)}, {"signers", std::move(signers)}};
    if (each.before) entry["before"] = as_value(*each.before);
    files.push_back(std::move(entry));
  }
  const json::Value value = {{"format", kFormat}, {"files", std::move(files)}};
  return sys::replace_file(disk, file, as_bytes(plain(value) + "\n"), kRequestMode);
}

std::vector<std::string> description(const SigningRequest::File& file,
                                     const crypto::Signer* signer) {
  std::vector<std::string> lines = {fmt::format("{} version {}, valid until {}", plain(file.role),
                                                file.draft.version(), plain(file.draft.expires()))};
  for (const SigningRequest::Signers& each : file.signers) {
    lines.push_back(fmt::format("  {} {} of {}: {}", each.required ? "needs" : "wants",
                                each.threshold, each.key_ids.size(), plain(each.key_ids)));
  }
  json::Value before = json::Value::object();
  if (file.before) {
    before = file.before->content();
    std::string by;
    if (signer != nullptr) {
      const tuf::Signers alone{{{tuf::key_id(*signer), signer->public_key()}}, 1};
      by = file.before->satisfies(alone) ? ", which this key signed"
                                         : ", which this key did not sign";
    }
    lines.push_back(fmt::format("  compared with version {}{}:", file.before->version(), by));
  } else {
    lines.emplace_back("  new:");
  }
  for (const json::Value& change : json::Value::diff(before, file.draft.content())) {
    lines.push_back(fmt::format("    {} {} {}", change.at("op").get<std::string>(),
                                plain(readable(change.at("path").get<std::string>())),
                                change.contains("value") ? plain(change.at("value")) : ""));
  }
  return lines;
}

Result<std::vector<std::string>> sign_request(SigningRequest& request,
                                              const crypto::Signer& signer) {
  const std::string id = tuf::key_id(signer);
  OneKey ring(id, signer);
  const tuf::Signers alone{{{id, signer.public_key()}}, 1};
  std::vector<std::string> roles;
  for (SigningRequest::File& file : request.files) {
    if (!asks_for(file, id)) continue;
    const Status done = file.draft.sign(alone, ring);
    if (!done) return std::unexpected(done.error());
    roles.push_back(file.role);
  }
  if (!roles.empty()) return roles;
  return fail(ErrorKind::Invalid, "nothing here is to be signed by the key " + id);
}

}  // namespace interlude::repository
