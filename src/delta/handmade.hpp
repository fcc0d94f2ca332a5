#pragma once
// For the tests: a patch field by field, nothing checked, every stream stored.

#include <initializer_list>
#include <vector>

#include "delta/control.hpp"
#include "delta/stream.hpp"

namespace interlude::delta {

using Numbers = std::vector<std::uint64_t>;

struct Handmade {
  Numbers moves = {};  ///< zigzag: 2n is n forwards, 2n - 1 is n backwards
  Numbers copies = {};
  Numbers inserts = {};
  Numbers gaps = {};
  Numbers runs = {};
  // Only where addresses are predicted.
  Numbers lines = {};
  Numbers pairs = {};
  Numbers target_gaps = {};
  Numbers target_shifts = {};  ///< zigzag
  Numbers correction_gaps = {};
  Numbers corrections = {};  ///< zigzag
  // Again in every patch.
  Bytes differences = {};
  Bytes fresh = {};
  std::uint64_t files = 1;

  Bytes bytes(Method method = Method::Differences) const {
    Bytes out{
        static_cast<std::uint8_t>(kFormatVersion << kMethodBits | static_cast<unsigned>(method))};
    append_varint(out, files);
    append_numbers(out, {&moves, &copies, &inserts, &gaps, &runs});
    if (method == Method::Predicted) {
      append_numbers(out, {&lines, &pairs, &target_gaps, &target_shifts, &correction_gaps, &corrections});
    }
    append_stored(out, differences);
    append_stored(out, fresh);
    return out;
  }

 private:
  static void append_numbers(Bytes& out, std::initializer_list<const Numbers*> streams) {
    for (const Numbers* numbers : streams) {
      Bytes content;
      for (const std::uint64_t number : *numbers) append_varint(content, number);
      append_stored(out, content);
    }
  }

  static void append_stored(Bytes& out, ByteView content) {
    append_varint(out, content.size() << kCodecBits);
    append(out, content);
  }
};

}  // namespace interlude::delta
