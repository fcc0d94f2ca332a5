#include "publish/gate/installed.hpp"

#include <sstream>

namespace interlude::publish {
namespace {

constexpr const char* kStatus = "var/lib/dpkg/status";
constexpr const char* kInfo = "var/lib/dpkg/info";

Result<std::string> text_at(const Tree& folder, const Path& path) {
  const auto item = folder.items.find(path);
  if (item == folder.items.end() || !item->second.content) return std::string();
  const auto file = item->second.content();
  if (!file) return std::unexpected(file.error());
  const Result<ByteView> bytes = (*file)->view();
  if (!bytes) return std::unexpected(bytes.error());
  return std::string(as_text(*bytes));
}

/// `/etc/one 0123…`, one a line.
void take_conffiles(const std::string& field, PackageControl& control) {
  std::istringstream words(field);
  for (std::string word; words >> word;) {
    if (word.starts_with('/')) control.configuration.insert(word.substr(1));
  }
}

Status take_scripts(const Tree& folder, Package& package) {
  for (const std::string& start : {package.name, package.name + ":" + package.architecture}) {
    for (const char* script : kControlScripts) {
      Result<std::string> text = text_at(folder, join(kInfo, start + "." + script));
      if (!text) return std::unexpected(text.error());
      if (!text->empty()) package.control.scripts.emplace(script, std::move(*text));
    }
  }
  return {};
}

}  // namespace

Result<std::vector<Package>> read_installed(const Tree& folder) {
  const Result<std::string> status = text_at(folder, kStatus);
  if (!status) return std::unexpected(status.error());
  std::vector<Package> packages;
  for (const dpkg::Paragraph& fields : dpkg::parse_paragraphs(*status)) {
    if (!dpkg::field_of(fields, "Status").ends_with(" installed")) continue;
    Package package = package_of_fields(fields);
    take_conffiles(dpkg::field_of(fields, "Conffiles"), package.control);
    if (const Status done = take_scripts(folder, package); !done) {
      return std::unexpected(done.error());
    }
    packages.push_back(std::move(package));
  }
  return packages;
}

}  // namespace interlude::publish
