// Any bytes as a root: refused, or signers that are keys, and enough of them asked for.

#include "metadata_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace interlude;
  fuzz::read_metadata<tuf::Root>(ByteView(data, size), [](const tuf::Root& root) {
    fuzz::check_common(root.version, root.expires);
    for (const tuf::Signers* signers :
         {&root.root, &root.timestamp, &root.snapshot, &root.targets}) {
      fuzz::check_signers(*signers);
    }
  });
  return 0;
}
