#pragma once
// The functions of libcurl that we call; see sys/shared_library.hpp for why they are looked up.

#include <curl/curl.h>

#include "base/result.hpp"

namespace interlude::sys::curl {

struct Library {
  decltype(&::curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&::curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&::curl_easy_header) easy_header = nullptr;
  decltype(&::curl_easy_init) easy_init = nullptr;
  decltype(&::curl_easy_perform) easy_perform = nullptr;
  decltype(&::curl_easy_reset) easy_reset = nullptr;
  decltype(&::curl_easy_setopt) easy_setopt = nullptr;
  decltype(&::curl_easy_strerror) easy_strerror = nullptr;
  decltype(&::curl_slist_append) slist_append = nullptr;
  decltype(&::curl_slist_free_all) slist_free_all = nullptr;
  decltype(&::curl_version_info) version_info = nullptr;
  Status status;  ///< whether all of them are there
};

/// Loads it the first time, which opens files.
const Library& library();

}  // namespace interlude::sys::curl
