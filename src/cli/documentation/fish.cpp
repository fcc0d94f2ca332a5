#include <fmt/format.h>

#include "cli/documentation/outline.hpp"

namespace interlude::cli {
namespace {

struct Script {
  std::string paths;
  std::string lines;
};

std::string on(const std::string& path) {
  return fmt::format("complete -c interlude -n {}", in_quotes("__interlude_on \"" + path + "\""));
}

/// -f: no names of files; -x: a value, and no names of files; -r: a value.
void add_lines(Script& script, const std::string& path, const CommandOutline& command) {
  for (const CommandOutline& inner : command.commands) {
    script.lines += fmt::format("{} -f -a {} -d {}\n", on(path), inner.name, in_quotes(inner.text));
  }
  for (const OptionOutline& positional : command.positionals) {
    if (positional.choices.empty()) continue;
    script.lines += fmt::format("{} -f -a {} -d {}\n", on(path),
                                in_quotes(fmt::format("{}", fmt::join(positional.choices, " "))),
                                in_quotes(positional.text));
  }
  for (const OptionOutline& option : command.options) {
    script.lines += on(path);
    for (const std::string& name : option.names) {
      script.lines += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    if (!option.value.empty()) script.lines += option.takes_files ? " -r" : " -x";
    if (!option.choices.empty()) {
      script.lines += " -a " + in_quotes(fmt::format("{}", fmt::join(option.choices, " ")));
    }
    script.lines += " -d " + in_quotes(option.text) + "\n";
  }
  for (const CommandOutline& inner : command.commands) {
    const std::string below = path.empty() ? inner.name : path + " " + inner.name;
    script.paths += " " + in_quotes(below);
    add_lines(script, below, inner);
  }
}

}  // namespace

std::string fish_completion(const CommandOutline& program) {
  Script script;
  add_lines(script, "", program);
  return fmt::format(R"(# Made from the command's own definitions: interlude documentation
function __interlude_on --description 'Whether the words so far lead to this command'
  set -l path
  for word in (commandline -opc)[2..-1]
    if contains -- (string join -- ' ' $path $word){}
      set -a path $word
    end
  end
  test "$path" = "$argv[1]"
end
{})",
                     script.paths, script.lines);
}

}  // namespace interlude::cli
