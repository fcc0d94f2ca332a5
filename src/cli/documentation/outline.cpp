#include "cli/documentation/outline.hpp"

#include <algorithm>

namespace interlude::cli {
namespace {

/// CLI11 adds what a validator says to the type: "TEXT:{required,none}", "UINT:INT in [1 - 30]".
/// What it says of a range ends the text.
void set_value(OptionOutline& about, const std::string& type) {
  const std::size_t colon = type.find(':');
  about.value = type.substr(0, colon);
  if (about.value.empty()) about.value = "VALUE";
  if (const std::size_t open = type.find('{'); open != std::string::npos) {
    const std::string list = type.substr(open + 1, type.find('}', open) - open - 1);
    for (std::size_t at = 0; at <= list.size();) {
      const std::size_t comma = std::min(list.find(',', at), list.size());
      about.choices.push_back(list.substr(at, comma - at));
      at = comma + 1;
    }
  } else if (const std::size_t range = type.find('['); range != std::string::npos) {
    about.text += " (" + type.substr(range + 1, type.find(']', range) - range - 1) + ")";
  }
  const bool is_number = about.value == "UINT" || about.value == "INT" || about.value == "FLOAT";
  about.takes_files = about.choices.empty() && !is_number;
}

OptionOutline outline(const CLI::Option& option) {
  OptionOutline about;
  about.text = option.get_description();
  about.required = option.get_required();
  about.usually = option.get_default_str();
  about.repeats = option.get_items_expected_max() > 1;
  if (option.get_positional()) {
    about.names = {option.get_name(true)};
  } else {
    for (const std::string& name : option.get_snames()) about.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) about.names.push_back("--" + name);
  }
  if (option.get_items_expected_max() > 0) set_value(about, option.get_type_name());
  return about;
}

}  // namespace

CommandOutline outline(const CLI::App& app) {
  CommandOutline about;
  about.name = app.get_name();
  about.text = app.get_description();
  about.example = app.get_footer();
  constexpr std::string_view kExample = "Example:\n  ";
  about.example = about.example.starts_with(kExample) ? about.example.substr(kExample.size()) : "";
  for (const CLI::Option* option : app.get_options({})) {
    if (option->get_group().empty()) continue;
    (option->get_positional() ? about.positionals : about.options).push_back(outline(*option));
  }
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_group().empty()) about.commands.push_back(outline(*command));
  }
  return about;
}

std::string in_quotes(const std::string& text) {
  std::string out = "'";
  for (const char each : text) {
    if (each == '\'') {
      out += R"('\'')";
    } else {
      out += each;
    }
  }
  return out + "'";
}

}  // namespace interlude::cli
