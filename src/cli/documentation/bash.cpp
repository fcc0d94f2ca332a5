#include <fmt/format.h>

#include "cli/documentation/outline.hpp"

namespace interlude::cli {
namespace {

/// What may stand behind `command`: commands, options, the choices of positionals.
std::string words_of(const CommandOutline& command) {
  std::string words;
  for (const CommandOutline& inner : command.commands) words += inner.name + " ";
  for (const OptionOutline& positional : command.positionals) {
    for (const std::string& choice : positional.choices) words += choice + " ";
  }
  for (const OptionOutline& option : command.options) {
    for (const std::string& name : option.names) words += name + " ";
  }
  words.pop_back();  // every command has --help
  return words;
}

struct Cases {
  std::string paths;   ///< which words lead to a command
  std::string values;  ///< what follows an option that has choices
  std::string others;  ///< options whose values readline completes as names of files
  std::string words;
};

void add_cases(Cases& cases, const std::string& path, const CommandOutline& command) {
  cases.words +=
      fmt::format("    {}) words={} ;;\n", in_quotes(path), in_quotes(words_of(command)));
  for (const OptionOutline& option : command.options) {
    if (option.value.empty()) continue;
    std::string patterns;
    for (const std::string& name : option.names) {
      patterns += (patterns.empty() ? "" : "|") + in_quotes(path + " " + name);
    }
    if (option.choices.empty()) {
      cases.others += (cases.others.empty() ? "" : "|") + patterns;
    } else {
      cases.values +=
          fmt::format("    {}) COMPREPLY=($(compgen -W {} -- \"$cur\")); return ;;\n", patterns,
                      in_quotes(fmt::format("{}", fmt::join(option.choices, " "))));
    }
  }
  for (const CommandOutline& inner : command.commands) {
    const std::string below = path + " " + inner.name;
    cases.paths += (cases.paths.empty() ? "" : "|") + in_quotes(below);
    add_cases(cases, below, inner);
  }
}

}  // namespace

std::string bash_completion(const CommandOutline& program) {
  Cases cases;
  add_cases(cases, "", program);
  return fmt::format(
      R"(# Made from the command's own definitions: interlude documentation
_interlude() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD - 1]}} path='' words='' i
  if [ "$cur" = = ]; then cur=''
  elif [ "$prev" = = ]; then prev=${{COMP_WORDS[COMP_CWORD - 2]}}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path ${{COMP_WORDS[i]}}" in
    {}) path+=" ${{COMP_WORDS[i]}}" ;;
    esac
  done
  case "$path $prev" in
{}    {}) return ;;
  esac
  case $path in
{}  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}}
complete -o default -F _interlude interlude
)",
      cases.paths, cases.values, cases.others, cases.words);
}

}  // namespace interlude::cli
