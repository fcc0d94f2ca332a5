// Any bytes as a program: every reference that is found lies inside the file and says what the file
// says there.

#include <cstdint>
#include <cstdlib>

#include "elf/frame_table.hpp"
#include "elf/names.hpp"
#include "elf/reference.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace interlude::elf;
  const interlude::ByteView file(data, size);
  const std::optional<Image> image = Image::parse(file);
  if (!image) return 0;
  std::uint64_t end = 0;
  for (const Reference& reference : find_references(*image)) {
    if (reference.at < end) std::abort();
    end = reference.at + std::uint64_t{field_size(reference.form)};
    if (end > size) std::abort();
    const std::uint64_t field = read_field(file, reference.at, reference.form);
    const std::uint32_t own = address_of(image->segments(), reference.at).value_or(0);
    const std::uint32_t place = image->offset_of(reference.target).value_or(0);
    // A field outside the segments has no address, and a page is known before its low bits are.
    if (own == 0 || reference.form == Form::Page21 || reference.form == Form::Offset64) continue;
    const std::uint64_t again =
        encode(reference, field, own, reference.target, reference.base, place);
    if (again != field) std::abort();
  }
  if (const std::optional<FrameTable> table = find_frame_table(*image)) {
    if (table->frames + std::uint64_t{table->frames_size} > size) std::abort();
    (void)make_frame_table(file.subspan(table->frames, table->frames_size), 0, table->entries, 0);
  }
  (void)named_places(*image);
  return 0;
}
