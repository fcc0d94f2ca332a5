// Any bytes as TUF metadata: refused with an error, or read into a value whose every use is safe.
//
// The first byte says as which role the rest is read ('r', 't', 's'; anything else: targets). What
// is read goes through what a client does next: signatures, search of delegations, matching of
// paths.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "tuf/workflow.hpp"

namespace {

using namespace interlude;
using namespace interlude::tuf;

// Canonical form and back: what was signed must not change by being read.
void check_round_trip(const json::Reader& content) {
  const std::string text = json::canonical(content.value());
  const Result<json::Value> again = json::parse(as_bytes(text));
  // Control characters stand raw in the canonical form, which then is no JSON.
  if (again && *again != content.value()) std::abort();
}

void use(const Targets& targets) {
  for (const std::string path : {"", "a", "a/b", "local/p/1/a/manifest.json.zst", "\xc3\xa4/x"}) {
    for (const Delegation& delegation : delegations_for(targets, path)) {
      if (delegation.signers.threshold == 0) std::abort();
    }
  }
}

void read(std::uint8_t role, ByteView raw) {
  const Result<Document> document = Document::parse(raw, "fuzz.json");
  if (!document) return;
  check_round_trip(document->content());
  if (role == 'r') {
    const Result<Verified<Root>> root = check_own_root(raw, "fuzz.json");
    if (root) (void)next_root(**root, raw);  // only that it returns
  } else if (role == 't') {
    (void)parse_signed<Timestamp>(document->content());
  } else if (role == 's') {
    (void)parse_signed<Snapshot>(document->content());
  } else {
    const Result<Targets> targets = parse_signed<Targets>(document->content());
    if (targets) use(*targets);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  read(data[0], ByteView(data + 1, size - 1));
  return 0;
}
