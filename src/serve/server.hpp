#pragma once
// A small HTTP server for one static folder: enough for a demonstration, a test, a laboratory or an
// office. Any web server can take its place: nothing here is part of the product's trust.
//
// One thread serves all connections. A request has 20 s to arrive, each 64 KiB of an answer 30 s to
// leave, and a connection may be idle for as long as a request may take; who is slower is dropped.
// At most 1000 connections are open; more wait in the kernel's queue.

#include <functional>
#include <memory>
#include <string>

#include "serve/folder.hpp"

namespace interlude::serve {

struct Listen {
  std::string address = "127.0.0.1";  ///< of IP version 4 or 6
  std::uint16_t port = 0;             ///< 0: any free one
};

/// One line per answered request: address, method, target, status, bytes to send with the headers.
using AccessLog = std::function<void(std::string_view line)>;

class Server {
 public:
  /// Starts to listen. Invalid (no such address), Conflict (the port is taken), Denied.
  static Result<Server> listen(Folder folder, const Listen& where, AccessLog log);
  ~Server();
  Server(Server&&) noexcept;
  Server& operator=(Server&&) noexcept;

  /// E.g. "http://127.0.0.1:8080", without a slash at the end.
  const std::string& url() const;

  /// Serves until `stopped` says so, asked ten times a second. Once: connections are dropped with
  /// the server.
  void run(const std::function<bool()>& stopped);

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace interlude::serve
