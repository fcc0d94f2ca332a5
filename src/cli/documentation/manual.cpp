// Manual pages in the macros of man(7), which every reader of manual pages knows.

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <span>

#include "cli/commands.hpp"
#include "cli/documentation/outline.hpp"

namespace interlude::cli {
namespace {

/// docs/EXIT-CODES.md; a test compares.
struct ExitCode {
  int code;
  const char* kind;
  const char* meaning;
};
constexpr ExitCode kExitCodes[] = {
    {0, "",
     "done; for `check` and `agent --once` also \"nothing to do\", with the reason in `status`"},
    {1, "internal", "a bug, or an operating system error nobody foresaw"},
    {2, "invalid", "wrong arguments or configuration; nothing was tried"},
    {3, "not-found", "the named thing does not exist: file, letter, improvement for this baseline"},
    {4, "corrupt", "bytes do not have the form or hash they must have"},
    {5, "untrusted", "signatures, roles, expiry or versions do not allow it"},
    {6, "unavailable", "network or server; a later try can help"},
    {7, "no-space", "disk full, or a size limit would be exceeded"},
    {8, "denied",
     "permissions or policy forbid it; for `build` the publisher's gate (docs/gate.md)"},
    {9, "conflict",
     "the present state does not allow it: a locally modified file, another process at work, a "
     "known id with other bytes"},
    {130, "cancelled", "interrupted; nothing is left half-done"},
};

struct File {
  const char* path;
  const char* what;
};
constexpr File kDeviceFiles[] = {
    {"/etc/interlude/agent.toml",
     "whom the device follows; what /usr/lib/interlude/agent.toml says "
     "holds where this does not say otherwise"},
    {"/etc/interlude/agent.d/*.toml", "read after it, by name"},
    {"/etc/interlude/trusted-root.json", "whom the device trusts"},
    {"/etc/interlude/policy.d/*.toml", "the administrator's policy"},
    {"/var/lib/interlude", "what the device keeps: its state, files of fixes, what is on"},
    {"/var/lib/interlude/off",
     "where it exists, the next boot is into the untouched baseline, as "
     "with interlude.off on the kernel's command line"},
};
constexpr File kRepositoryFiles[] = {
    {"REPO/repository.toml", "the repository's settings"},
    {"REPO/keys", "its key files"},
    {"REPO/public", "what a web server serves"},
};

/// Text that means itself wherever it stands in a line.
std::string plain(std::string_view text) {
  std::string out;
  for (const char each : text) {
    if (each == '\\') {
      out += "\\e";
    } else if (each == '-') {
      out += "\\-";
    } else if (each == '`') {
      continue;  // the words say enough
    } else {
      out += each;
    }
  }
  return out;
}

/// `text` as a line of its own.
std::string line(std::string_view text) {
  const bool is_request = text.starts_with('.') || text.starts_with('\'');
  return (is_request ? "\\&" : "") + plain(text) + "\n";
}

std::string bold(std::string_view text) {
  return "\\fB" + plain(text) + "\\fR";
}
std::string italic(std::string_view text) {
  return "\\fI" + plain(text) + "\\fR";
}

std::string header(const std::string& name, const std::string& text) {
  std::string title = name;
  std::ranges::transform(title, title.begin(),
                         [](unsigned char each) { return static_cast<char>(std::toupper(each)); });
  return fmt::format(
      ".\\\" Made from the command's own definitions: interlude documentation\n"
      ".TH {} 1 \"\" \"interlude {}\" \"Interlude\"\n.SH NAME\n{} \\- {}",
      plain(title), plain(INTERLUDE_VERSION), plain(name), line(text));
}

std::string value_of(const OptionOutline& option) {
  if (option.choices.empty()) return italic(option.value);
  std::vector<std::string> words;
  for (const std::string& choice : option.choices) words.push_back(bold(choice));
  return fmt::format("{}", fmt::join(words, "|"));
}

std::string synopsis(const std::string& path, const CommandOutline& command) {
  std::string out = ".HP\n" + bold(path);
  for (const OptionOutline& option : command.options) {
    std::string term = bold(option.names.back());
    if (!option.value.empty()) term += " " + value_of(option);
    out += option.required ? " " + term : " [" + term + "]";
    if (option.repeats) out += "...";
  }
  for (const OptionOutline& positional : command.positionals) {
    out += positional.required ? " " + italic(positional.names[0])
                               : " [" + italic(positional.names[0]) + "]";
    if (positional.repeats) out += "...";
  }
  if (!command.commands.empty()) out += " " + italic("COMMAND") + " ...";
  return out + "\n";
}

std::string described(const OptionOutline& option, bool is_positional) {
  std::vector<std::string> names;
  for (const std::string& name : option.names) {
    names.push_back(is_positional ? italic(name) : bold(name));
  }
  std::string out = fmt::format(".TP\n{}", fmt::join(names, ", "));
  if (!is_positional && !option.value.empty()) out += " " + value_of(option);
  std::string text = option.text;
  if (!option.usually.empty()) text += fmt::format(" [{}]", option.usually);
  if (option.repeats) text += ". May be given several times";
  return out + "\n" + line(text + ".");
}

std::string options_of(const CommandOutline& command) {
  std::string out;
  for (const OptionOutline& each : command.positionals) out += described(each, true);
  for (const OptionOutline& each : command.options) out += described(each, false);
  return out;
}

std::string example_of(const CommandOutline& command) {
  if (command.example.empty()) return {};
  std::string out = ".PP\n.nf\n";
  for (std::size_t at = 0; at <= command.example.size();) {
    const std::size_t end = std::min(command.example.find('\n', at), command.example.size());
    out += line(std::string_view(command.example).substr(at, end - at));
    at = end + 1;
  }
  return out + ".fi\n";
}

/// `visit(path, command)` for `command` and all below it.
template <class Visit>
void for_each_command(const std::string& path, const CommandOutline& command, const Visit& visit) {
  visit(path, command);
  for (const CommandOutline& inner : command.commands) {
    for_each_command(path + " " + inner.name, inner, visit);
  }
}

std::string exit_status() {
  std::string out = ".SH EXIT STATUS\n";
  for (const ExitCode& each : kExitCodes) {
    const std::string kind = *each.kind == '\0' ? "" : fmt::format(" ({})", each.kind);
    out += fmt::format(".TP\n{}{}\n{}", bold(std::to_string(each.code)), plain(kind),
                       line(std::string(each.meaning) + "."));
  }
  return out;
}

std::string files(std::span<const File> all) {
  std::string out = ".SH FILES\n";
  for (const File& each : all) {
    out += fmt::format(".TP\n{}\n{}", italic(each.path), line(std::string(each.what) + "."));
  }
  return out;
}

bool is_publishers(const std::string& command) {
  return std::ranges::find(kPublisherCommands, command) != std::end(kPublisherCommands);
}

std::string page_of(const CommandOutline& command) {
  const std::string name = "interlude-" + command.name;
  std::string out = header(name, command.text) + ".SH SYNOPSIS\n";
  std::string sections;
  std::string examples;
  for_each_command("interlude " + command.name, command,
                   [&](const std::string& path, const CommandOutline& each) {
                     if (each.commands.empty()) out += synopsis(path, each);
                     if (&each != &command) {
                       sections += ".SS " + bold(path) + "\n" + line(each.text + ".");
                     }
                     sections += options_of(each);
                     examples += example_of(each);
                   });
  out += ".SH DESCRIPTION\n" + line(command.text + ".");
  out += ".SH OPTIONS\n" + sections;
  if (!examples.empty()) out += ".SH EXAMPLES\n" + examples;
  out += exit_status();
  out += is_publishers(command.name) ? files(kRepositoryFiles) : files(kDeviceFiles);
  return out + ".SH SEE ALSO\n.BR interlude (1)\n";
}

std::string list_of(const CommandOutline& program, bool publishers) {
  std::string out;
  for (const CommandOutline& command : program.commands) {
    if (is_publishers(command.name) != publishers) continue;
    out += fmt::format(".TP\n.BR {} (1)\n{}", plain("interlude-" + command.name),
                       line(command.text + "."));
  }
  return out;
}

}  // namespace

std::vector<ManualPage> manual_pages(const CommandOutline& program) {
  std::string main = header(program.name, program.text);
  main += ".SH SYNOPSIS\n" + synopsis(program.name, program);
  main += ".SH DESCRIPTION\n" + line(program.text) + ".SH COMMANDS OF DEVICES\n" +
          list_of(program, false) + ".SH COMMANDS OF PUBLISHERS\n" +
          line("They come with the package interlude-publisher.") + list_of(program, true);
  main += ".SH OPTIONS\n" + options_of(program) + exit_status() + files(kDeviceFiles);
  main += ".SH SEE ALSO\n.BR interlude\\-agent (8),\n.BR interlude\\-guard (8)\n";
  std::vector<ManualPage> pages = {{program.name, main, false}};
  for (const CommandOutline& command : program.commands) {
    pages.push_back({"interlude-" + command.name, page_of(command), is_publishers(command.name)});
  }
  return pages;
}

}  // namespace interlude::cli
