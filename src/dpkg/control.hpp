#pragma once
// What a Debian package says about itself beside its files: the paragraphs of its control file,
// what it depends on. Source: Debian Policy, chapters 5 and 7.

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace interlude::dpkg {

/// A paragraph's fields by name; lines that continue a field are kept with their line breaks.
using Paragraph = std::map<std::string, std::string, std::less<>>;

/// The paragraphs of a control file or of dpkg's status. What is no field is passed over.
std::vector<Paragraph> parse_paragraphs(std::string_view text);

/// The value, without space around it; "" where the field is absent.
std::string field_of(const Paragraph& paragraph, std::string_view name);

/// One alternative of a dependency: `libssl3 (>= 3.0.0)`; an architecture (`:any`) is left out.
struct Relation {
  std::string package;
  std::string operation;  ///< "<<", "<=", "=", ">=", ">>", or "" where any version does
  std::string version;

  bool operator==(const Relation&) const = default;
};

/// What one comma-separated entry of Depends asks for: any of these.
struct Dependency {
  std::string text;  ///< as written, without space around it
  std::vector<Relation> alternatives;

  bool operator==(const Dependency&) const = default;
};

std::vector<Dependency> parse_dependencies(std::string_view field);

/// Whether a package of that version is what `relation` asks for.
bool satisfies(const Relation& relation, std::string_view version);

}  // namespace interlude::dpkg
