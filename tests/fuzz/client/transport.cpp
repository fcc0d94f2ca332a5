#include "client/transport.hpp"

#include <algorithm>
#include <charconv>

#include "crypto/digest.hpp"

namespace interlude::fuzz {
namespace {

using sys::Response;

constexpr std::uint64_t kMostBytes = 5'000'000;  // that a client ever asks for

struct Name {
  std::uint64_t version = 0;  ///< 0: none stands in it
  std::string role;
};

// "3.snapshot.json"
Name parse_name(std::string_view file) {
  Name name;
  const auto [end, problem] = std::from_chars(file.data(), file.data() + file.size(), name.version);
  if (problem == std::errc() && *end == '.') {
    file.remove_prefix(static_cast<std::size_t>(end - file.data()) + 1);
  } else {
    name.version = 0;
  }
  name.role = file.substr(0, file.rfind(".json"));
  return name;
}

std::string after(const std::string& url, std::string_view folder) {
  const std::size_t at = url.find(folder);
  return at == std::string::npos ? "" : url.substr(at + folder.size());
}

Result<Response> answer(const sys::Request& request, ByteView body, const sys::BodySink& sink) {
  const std::uint64_t from = std::min<std::uint64_t>(request.offset, body.size());
  if (body.size() > request.limit_bytes) return fail(ErrorKind::NoSpace, "too long");
  const Status taken = sink(from, body.subspan(from));
  if (!taken) return std::unexpected(taken.error());
  return Response{false, from, ""};
}

// A transport that does not look at limits itself.
Result<Response> careless(std::uint64_t offset, ByteView body, const sys::BodySink& sink) {
  const Status taken = sink(offset, body);
  if (!taken) return std::unexpected(taken.error());
  return Response{false, offset, ""};
}

// The right body, and more than there may be.
Result<Response> endless(const sys::Request& request, ByteView body, const sys::BodySink& sink) {
  static const Bytes more(kMostBytes + 1);
  Status taken = sink(0, body);
  if (taken) taken = sink(body.size(), ByteView(more).first(request.limit_bytes + 1));
  if (taken) std::abort();
  return std::unexpected(taken.error());
}

const Bytes kNothing;

}  // namespace

const Bytes* Transport::metadata(const std::string& name, std::size_t at) const {
  const Name wanted = parse_name(name);
  const World::Moment& moment_there = world_.moments()[at];
  const auto current = moment_there.find(wanted.role);
  if (current == moment_there.end()) return nullptr;
  const File& file = world_.files()[current->second];
  if (wanted.version == 0 || wanted.version == file.version) return &file.raw;
  const File* const older = world_.published(wanted.role, wanted.version);
  return older != nullptr && older->version < file.version ? &older->raw : nullptr;
}

// "p/HASH.a" or "p/a"
const Bytes* Transport::target(const std::string& name, std::size_t at) const {
  for (const std::string& path : kPaths) {
    const Bytes* const content = world_.content_at(world_.moments()[at], path);
    if (content == nullptr) continue;
    if (name == path) return content;
    for (const Bytes& other : world_.contents(path)) {
      if (name.find(crypto::sha256(other).hex()) != std::string::npos) return &other;
    }
  }
  return nullptr;
}

const Bytes* Transport::honest(const std::string& url, std::size_t at) const {
  const std::string file = after(url, "/metadata/");
  return file.empty() ? target(after(url, "/targets/"), at) : metadata(file, at);
}

const Bytes& Transport::of_same_role(const std::string& url) {
  const std::string role = parse_name(after(url, "/metadata/")).role;
  std::vector<const Bytes*> all;
  for (const File& file : world_.files()) {
    if (file.role == role) all.push_back(&file.raw);
  }
  return all.empty() ? world_.foreign_content() : *all[script_->choose(all.size())];
}

Result<Response> Transport::misbehave(const sys::Request& request, const Bytes* right,
                                      const sys::BodySink& sink) {
  const Bytes& body = right == nullptr ? kNothing : *right;
  switch (script_->choose(16)) {
    case 0:
    case 1:
    case 2:
      return answer(request, of_same_role(request.url), sink);
    case 3: {  // of another moment
      const Bytes* const other = honest(request.url, script_->choose(world_.moments().size()));
      return answer(request, other == nullptr ? kNothing : *other, sink);
    }
    case 4:
      return answer(request, world_.files()[script_->choose(world_.files().size())].raw, sink);
    case 5: {  // shorter, as if that were all
      const std::size_t length = script_->choose_far(body.size() + 1);
      return answer(request, ByteView(body).first(length), sink);
    }
    case 6: {  // the connection breaks
      const std::size_t length = script_->choose_far(body.size() + 1);
      const std::size_t from = std::min<std::size_t>(request.offset, length);
      const Status taken = sink(from, ByteView(body).subspan(from, length - from));
      if (!taken) return std::unexpected(taken.error());
      return fail(ErrorKind::Unavailable, "the connection broke");
    }
    case 7: {  // one byte is another
      Bytes changed = body;
      if (!changed.empty()) {
        changed[script_->choose_far(changed.size())] ^=
            static_cast<std::uint8_t>(script_->choose(256));
      }
      return answer(request, changed, sink);
    }
    case 8:
      return endless(request, body, sink);
    case 9:
      return fail(ErrorKind::NotFound, "404");
    case 10:
      return fail(ErrorKind::Unavailable, "nobody listens");
    case 11:
      return Response{true, 0, ""};  // "not modified", asked for or not
    case 12:                         // a piece from elsewhere
      return careless(script_->choose_far(2048), body, sink);
    case 13:
      return careless(0, script_->take(script_->choose(256)), sink);
    case 14: {  // with a name that the next request will carry
      Result<Response> given = answer(request, of_same_role(request.url), sink);
      if (given) given->etag = std::string(1 + script_->choose(3), 'e');
      return given;
    }
    default: {  // two files joined
      Bytes joined = of_same_role(request.url);
      const std::size_t cut = script_->choose_far(joined.size() + 1);
      joined.resize(cut);
      if (body.size() > cut)
        joined.insert(joined.end(), body.begin() + std::ptrdiff_t(cut), body.end());
      return answer(request, joined, sink);
    }
  }
}

Result<Response> Transport::get(const sys::Request& request, const sys::BodySink& sink) {
  const Bytes* const right = honest(request.url, moment);
  // Mostly honest, or no script would get far.
  if (script_ != nullptr && !script_->over() && script_->choose(4) == 3) {
    return misbehave(request, right, sink);
  }
  if (right == nullptr) return fail(ErrorKind::NotFound, "404 " + request.url);
  return answer(request, *right, sink);
}

}  // namespace interlude::fuzz
