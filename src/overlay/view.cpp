#include "overlay/view.hpp"

namespace interlude::overlay {
namespace {

constexpr std::uint64_t kLargestList = 1U << 16U;
constexpr std::string_view kHierarchies = "hierarchies";
constexpr std::string_view kLayer = "layer";

}  // namespace

Path layer_in(const Path& generation, const Path& hierarchy) {
  return join(join(generation, kLayer), hierarchy);
}

Result<View> read_view(sys::FileSystem& disk, const Layout& layout, const std::string& id) {
  if (id == kBaseline || id.empty()) return View{};
  const Path file = join(layout.generation(id), kHierarchies);
  const auto content = disk.read(file, kLargestList);
  if (!content) return std::unexpected(content.error().during("reading generation " + id));
  View view{id, {}};
  std::string_view text = as_text(*content);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return fail(ErrorKind::Corrupt, file + " is cut short");
    view.hierarchies.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
    const Status canonical = check_canonical(view.hierarchies.back());
    if (!canonical) return fail(ErrorKind::Corrupt, file + ": " + canonical.error().message());
  }
  return view;
}

Status write_view(sys::FileSystem& disk, const Path& generation, const View& view) {
  std::string text;
  for (const Path& hierarchy : view.hierarchies) text += hierarchy + "\n";
  return disk.write(join(generation, kHierarchies), as_bytes(text), kFileMode);
}

}  // namespace interlude::overlay
