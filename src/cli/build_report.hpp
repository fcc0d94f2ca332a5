#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"
#include "publish/build.hpp"

namespace interlude::cli {

/// What was built, and what a device downloads for it against its packages.
void report_improvement(const Invocation& run, const publish::Improvement& built,
                        const std::string& out);
void report_release(const Invocation& run, const std::vector<publish::Improvement>& built,
                    const std::string& out);

/// What the gate found, where it passed and nothing is built.
void report_check(const Invocation& run, const publish::Improvement& judged);
void report_check(const Invocation& run, const std::vector<publish::Improvement>& judged);
/// What else it found, where it did not pass: to go before the error, which names the blockers, and
/// with --json into its document, as `gate` or as `improvements`.
void report_refusal(const Invocation& run, const publish::Improvement& judged);
void report_refusal(const Invocation& run, const std::vector<publish::Improvement>& judged);

// Shared with `inspect`.
/// "from the baseline", "from (a)", "full".
std::string start_of(const improvement::Payload& payload);
/// "openssl 3.0.20 → 3.0.22", with what is known.
std::string title_of(const improvement::Component& component);
/// The bytes of all new content.
std::uint64_t new_bytes(const improvement::Component& component);
/// What a device on the baseline downloads.
std::uint64_t baseline_download(const improvement::Manifest& manifest);

}  // namespace interlude::cli
