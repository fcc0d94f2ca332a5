#pragma once
// A curve for people: as a picture, and in a terminal.

#include <string>

#include "simulate/simulate.hpp"

namespace interlude::simulate {

/// An SVG of 900 × 420 with the planned, eligible, active and exposed shares over time. Follows the
/// reader's light or dark colours.
std::string to_svg(const Curve& curve, const std::string& title);

/// `width` × `height` characters and a legend.
std::string to_text(const Curve& curve, std::size_t width, std::size_t height);

}  // namespace interlude::simulate
