#include "sys/shared_library.hpp"

#include <dlfcn.h>

namespace interlude::sys {
namespace {

std::unexpected<Error> not_loaded(const std::string& soname) {
  const char* const why = dlerror();
  return fail(ErrorKind::Internal, soname + " cannot be loaded: " +
                                       (why != nullptr ? why : "the loader does not say why"));
}

}  // namespace

SharedLibrary::SharedLibrary(const char* soname)
    : soname_(soname), handle_(dlopen(soname, RTLD_LAZY | RTLD_LOCAL)) {
  if (handle_ == nullptr) status_ = not_loaded(soname_);
}

void* SharedLibrary::symbol(const char* name) {
  if (handle_ == nullptr) return nullptr;
  void* const found = dlsym(handle_, name);
  if (found == nullptr && status_) status_ = not_loaded(soname_);
  return found;
}

}  // namespace interlude::sys
