#pragma once
// What the command line says of itself, as values: the one source of manual pages and completions.

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <string>
#include <vector>

namespace interlude::cli {

struct OptionOutline {
  std::vector<std::string> names;  ///< "-h", "--help"; of a positional its one name
  std::string value;               ///< what stands for its value; empty: it takes none
  std::string text;
  std::vector<std::string> choices;  ///< the only values it takes; empty: others
  std::string usually;               ///< its value where it is not given; empty: not said
  bool required = false;
  bool repeats = false;
  bool takes_files = false;  ///< its values may be names of files, as far as can be told
};

struct CommandOutline {
  std::string name;  ///< without the command it belongs to
  std::string text;
  std::string example;
  std::vector<OptionOutline> options;
  std::vector<OptionOutline> positionals;
  std::vector<CommandOutline> commands;
};

/// Everything below `app` that is not hidden (CLI11: a group without a name).
CommandOutline outline(const CLI::App& app);

/// `text` in single quotes for sh, zsh and fish.
std::string in_quotes(const std::string& text);

// Each gives one whole file.
std::string bash_completion(const CommandOutline& program);
std::string zsh_completion(const CommandOutline& program);
std::string fish_completion(const CommandOutline& program);

struct ManualPage {
  std::string name;  ///< "interlude-install"
  std::string text;
  bool publisher = false;  ///< of kPublisherCommands
};
/// interlude(1), and one for each command directly below it.
std::vector<ManualPage> manual_pages(const CommandOutline& program);

}  // namespace interlude::cli
