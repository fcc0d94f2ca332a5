#pragma once
// From a request to an answer, without a socket. Each device pays for the headers of each answer,
// so there are few: the length, the ETag, and what ranges need. No Date: this server has no use for
// time, and a client without a right clock none for ours.

#include <string>

#include "serve/conditions.hpp"
#include "serve/folder.hpp"

namespace interlude::serve {

/// What the server reads of a request; absent headers are empty.
struct Question {
  std::string method;
  std::string target;
  std::string range;
  std::string if_range;
  std::string if_none_match;
  bool keep_alive = true;
  bool has_body = false;
};

struct Answer {
  int status = 0;
  bool keep_alive = true;
  std::string head;                     ///< status line and headers, with the empty line
  std::unique_ptr<sys::ReadFile> file;  ///< of which to send `body`; null where nothing
  Span body;
};

Answer answer(Folder& folder, const Question& question);

/// For what is no request at all: closes the connection.
Answer refusal(int status);

}  // namespace interlude::serve
