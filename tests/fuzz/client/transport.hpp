#pragma once
// A network whose every answer is the script's decision: the honest file, another moment's, another
// role's, mutated, cut off, endless, or none.

#include <string>

#include "client/script.hpp"
#include "client/world.hpp"
#include "sys/transport.hpp"

namespace interlude::fuzz {

class Transport final : public sys::Transport {
 public:
  /// Without a script it is honest.
  Transport(const World& world, Script* script) : world_(world), script_(script) {}

  std::size_t moment = 0;  ///< which one the mirrors have

  Result<sys::Response> get(const sys::Request& request, const sys::BodySink& sink) override;
  std::uint64_t received_bytes() const override { return 0; }
  std::optional<std::uint64_t> retry_after_seconds() const override { return std::nullopt; }

 private:
  /// What the honest mirror has at `at` under `url`; null where there is nothing.
  const Bytes* honest(const std::string& url, std::size_t at) const;
  const Bytes* metadata(const std::string& name, std::size_t at) const;
  const Bytes* target(const std::string& name, std::size_t at) const;
  /// Some file made for the role that `url` names.
  const Bytes& of_same_role(const std::string& url);
  Result<sys::Response> misbehave(const sys::Request& request, const Bytes* right,
                                  const sys::BodySink& sink);

  const World& world_;
  Script* script_;
};

}  // namespace interlude::fuzz
