#include "sys/curl/library.hpp"

#include "sys/shared_library.hpp"

namespace interlude::sys::curl {
namespace {

Library load() {
  SharedLibrary file("libcurl.so.4");
  Library library;
  const auto find = [&]<class Function>(Function& function, const char* name) {
    function = file.function<Function>(name);
  };
  find(library.easy_cleanup, "curl_easy_cleanup");
  find(library.easy_getinfo, "curl_easy_getinfo");
  find(library.easy_header, "curl_easy_header");
  find(library.easy_init, "curl_easy_init");
  find(library.easy_perform, "curl_easy_perform");
  find(library.easy_reset, "curl_easy_reset");
  find(library.easy_setopt, "curl_easy_setopt");
  find(library.easy_strerror, "curl_easy_strerror");
  find(library.slist_append, "curl_slist_append");
  find(library.slist_free_all, "curl_slist_free_all");
  find(library.version_info, "curl_version_info");
  library.status = file.status();
  return library;
}

}  // namespace

const Library& library() {
  static const Library loaded = load();
  return loaded;
}

}  // namespace interlude::sys::curl
