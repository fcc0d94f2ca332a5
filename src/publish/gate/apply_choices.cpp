#include "publish/gate/apply_choices.hpp"

#include <fmt/format.h>

namespace interlude::publish {

Status ApplyChoices::add(std::string_view text) {
  const std::size_t equals = text.find('=');
  const bool is_named = equals != std::string_view::npos;
  const auto mode = improvement::parse_apply(is_named ? text.substr(equals + 1) : text);
  if (!mode) return std::unexpected(mode.error());
  const std::string component(is_named ? text.substr(0, equals) : "");
  if (is_named) {
    if (const Status name = check_name(component, "component"); !name) return name;
  }
  const bool is_new = is_named ? by_component.emplace(component, *mode).second : !others;
  if (!is_new) return fail(ErrorKind::Invalid, fmt::format("{}: a second mode for the same", text));
  if (!is_named) others = *mode;
  return {};
}

improvement::Apply ApplyChoices::of(const std::string& component,
                                    improvement::Apply proposed) const {
  const auto named = by_component.find(component);
  return named == by_component.end() ? others.value_or(proposed) : named->second;
}

}  // namespace interlude::publish
