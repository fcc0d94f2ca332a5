// Any bytes as a timestamp: refused, or the announcement of one snapshot.

#include "metadata_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace interlude;
  fuzz::read_metadata<tuf::Timestamp>(ByteView(data, size), [](const tuf::Timestamp& timestamp) {
    fuzz::check_common(timestamp.version, timestamp.expires);
    fuzz::require(timestamp.snapshot.version >= 1);
    fuzz::check_hashes(timestamp.snapshot.hashes);
  });
  return 0;
}
