#pragma once
// Text as it may stand in HTML and XML, and how dates, spans and shares are written for people.

#include <chrono>
#include <string>
#include <string_view>

#include "sys/clock.hpp"

namespace interlude::pages {

/// For content and quoted attributes alike. White space becomes a space. What neither format may
/// hold, or what a reader would obey without seeing it (control characters, overrides of writing
/// direction, bytes that are no UTF-8), becomes U+FFFD.
std::string escaped(std::string_view text);

/// Whether a publisher's reference may become a link: http:// or https://, nothing else.
bool is_web_address(std::string_view text);

/// "24 November 2026"
std::string date_text(sys::Time time);
/// "24 November 2026, 06:52 UTC"
std::string time_text(sys::Time time);
// With a space that no line breaks at:
/// "90 min", "36 h", "3 days"
std::string span_text(std::chrono::minutes span);
/// "20 %", "0.5 %"
std::string share_text(unsigned basis_points);

/// For hashes in a Content-Security-Policy.
std::string base64(std::string_view bytes);

}  // namespace interlude::pages
