#pragma once
// A shared library that is loaded when it is first needed, not when the program starts: a device
// that applies a patch needs no HTTP client, and libcurl alone brings thirty libraries along.

#include <string>

#include "base/result.hpp"

namespace interlude::sys {

class SharedLibrary {
 public:
  /// Stays loaded until the program ends. A library that is not there shows in `status`.
  explicit SharedLibrary(const char* soname);

  /// A function by its name in C; null, and an error in `status`, where there is none.
  template <class Function>
  Function function(const char* name) {
    return reinterpret_cast<Function>(symbol(name));
  }
  const Status& status() const { return status_; }

 private:
  void* symbol(const char* name);

  std::string soname_;
  void* handle_ = nullptr;
  Status status_;
};

}  // namespace interlude::sys
