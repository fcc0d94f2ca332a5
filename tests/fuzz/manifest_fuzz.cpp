// The manifest's reader: whatever is accepted must be written and read again as the same.

#include <cstdlib>

#include "improvement/manifest.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace interlude;
  const auto manifest = improvement::parse_manifest(ByteView(data, size));
  if (!manifest) return 0;
  const std::string text = improvement::serialize(*manifest);
  const auto again = improvement::parse_manifest(as_bytes(text));
  if (!again || *again != *manifest) std::abort();
  return 0;
}
