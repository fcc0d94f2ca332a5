#pragma once
// Who signed a metadata file, told before any of it is parsed.
//
// What a signature covers is the canonical form of the member "signed", so as a rule a file has to
// be parsed before anybody knows whether to believe it. Where it stands in the compact form, which
// `interlude` writes and docs/formats/repository.md describes, one pass over the bytes is enough:
// no recursion, no numbers, no names. A process that may do everything uses this, because a hole in
// the parser is then open to holders of keys only. Cost: linear; one copy of the file.

#include <map>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace interlude::tuf {

struct Unparsed {
  std::map<std::string, Bytes> signatures;  ///< by key id
  Bytes content;                            ///< what they are to cover
};

/// Corrupt where `raw` has not the compact form. `name` is the file's in errors.
Result<Unparsed> take_apart(ByteView raw, const std::string& name);

}  // namespace interlude::tuf
