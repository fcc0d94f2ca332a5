#pragma once

#include "json/json.hpp"
#include "sys/clock.hpp"

namespace interlude::rollout {

/// A moment, written as text, in signed data. Corrupt, naming the member.
Result<sys::Time> time_of(const json::Reader& object, std::string_view name);

}  // namespace interlude::rollout
