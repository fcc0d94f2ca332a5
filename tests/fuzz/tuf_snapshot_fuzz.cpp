// Any bytes as a snapshot: refused, or versions of lists.

#include "metadata_input.hpp"
#include "tuf/workflow.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace interlude;
  fuzz::read_metadata<tuf::Snapshot>(ByteView(data, size), [](const tuf::Snapshot& snapshot) {
    fuzz::check_common(snapshot.version, snapshot.expires);
    for (const auto& [name, file] : snapshot.meta) {
      fuzz::require(file.version >= 1);
      fuzz::check_hashes(file.hashes);
      if (!name.ends_with(".json")) continue;
      const std::string role = name.substr(0, name.size() - 5);
      fuzz::require(tuf::listed(snapshot, role)->version == file.version);
      // Whatever a role is called, its file is one file of one folder.
      const std::string stored = tuf::file_name_of_role(role);
      fuzz::require(stored.find('/') == std::string::npos && stored != "..");
    }
  });
  return 0;
}
