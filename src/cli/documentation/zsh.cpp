#include <fmt/format.h>

#include "cli/documentation/outline.hpp"

namespace interlude::cli {
namespace {

/// Text within a specification of _arguments, where brackets and colons mean something.
std::string within(const std::string& text) {
  std::string out;
  for (const char each : text) {
    if (each == '[' || each == ']' || each == ':' || each == '\\') out += '\\';
    out += each;
  }
  return out;
}

std::string values_of(const OptionOutline& option) {
  if (!option.choices.empty()) return fmt::format("({})", fmt::join(option.choices, " "));
  return option.takes_files ? "_files" : " ";
}

/// One argument of _arguments for each name.
std::string specifications(const OptionOutline& option) {
  std::string out;
  for (const std::string& name : option.names) {
    const bool with_equals = !option.value.empty() && name.starts_with("--");
    std::string one = fmt::format("{}{}{}[{}]", option.repeats ? "*" : "", name,
                                  with_equals ? "=" : "", within(option.text));
    if (!option.value.empty())
      one += fmt::format(":{}:{}", within(option.value), values_of(option));
    out += " \\\n    " + in_quotes(one);
  }
  return out;
}

std::string function_name(const std::string& path) {
  std::string name = "_" + path;
  for (char& each : name) {
    if (each == ' ' || each == '-') each = '_';
  }
  return name;
}

/// A function for `command`, after those for what is below it.
std::string functions(const std::string& path, const CommandOutline& command) {
  std::string out;
  for (const CommandOutline& inner : command.commands) {
    out += functions(path + " " + inner.name, inner);
  }
  out += fmt::format("{}() {{\n", function_name(path));
  std::string arguments;
  for (const OptionOutline& option : command.options) arguments += specifications(option);
  if (command.commands.empty()) {
    for (const OptionOutline& positional : command.positionals) {
      arguments +=
          " \\\n    " + in_quotes(fmt::format("{}:{}:{}", positional.repeats ? "*" : "",
                                              within(positional.names[0]), values_of(positional)));
    }
    return out + "  _arguments -s" + arguments + "\n}\n";
  }
  out += "  local context state line\n  local -a commands\n  typeset -A opt_args\n  commands=(";
  std::string cases;
  for (const CommandOutline& inner : command.commands) {
    out += "\n    " + in_quotes(inner.name + ":" + within(inner.text));
    cases += fmt::format("      {}) {} ;;\n", inner.name, function_name(path + " " + inner.name));
  }
  return out + fmt::format(R"(
  )
  _arguments -C -s{} \
    '1:command:->command' '*::argument:->rest'
  case $state in
  command) _describe command commands ;;
  rest)
    case $words[1] in
{}    esac
    ;;
  esac
}}
)",
                           arguments, cases);
}

}  // namespace

std::string zsh_completion(const CommandOutline& program) {
  return "#compdef interlude\n# Made from the command's own definitions: interlude "
         "documentation\n" +
         functions(program.name, program) + "_interlude \"$@\"\n";
}

}  // namespace interlude::cli
