#include "dpkg/installed.hpp"

#include <algorithm>
#include <map>

#include "dpkg/control.hpp"

namespace interlude::dpkg {
namespace {

constexpr const char* kStatus = "var/lib/dpkg/status";
constexpr const char* kUpdates = "var/lib/dpkg/updates";

/// Calls `take` with every paragraph of `text` that has the line `line`. The others are not parsed:
/// a status has thousands.
template <class Take>
Status each_paragraph_with(std::string_view text, std::string_view line, Take take) {
  for (std::size_t from = 0; (from = text.find(line, from)) != std::string_view::npos;) {
    const std::size_t end = from + line.size();
    const bool is_whole_line =
        (from == 0 || text[from - 1] == '\n') && (end == text.size() || text[end] == '\n');
    if (!is_whole_line) {
      from = end;
      continue;
    }
    const std::size_t blank = text.rfind("\n\n", from);
    const std::size_t start = blank == std::string_view::npos ? 0 : blank + 2;
    const std::size_t next = std::min(text.find("\n\n", end), text.size());
    for (const Paragraph& paragraph : parse_paragraphs(text.substr(start, next - start))) {
      if (const Status taken = take(paragraph); !taken) return taken;
    }
    from = next;
  }
  return {};
}

/// "hold ok installed": what is wanted, whether all is well, how far it is.
Result<Package> package_of(const Paragraph& paragraph) {
  const std::string status = field_of(paragraph, "Status");
  const std::size_t first = status.find(' ');
  const std::size_t second = status.find(' ', first == std::string::npos ? first : first + 1);
  if (second == std::string::npos || status.find_first_of(" \n", second + 1) != std::string::npos) {
    return fail(ErrorKind::Corrupt, "dpkg's status of " + field_of(paragraph, "Package") +
                                        " is not three words: " + status);
  }
  return Package{field_of(paragraph, "Version"), field_of(paragraph, "Architecture"),
                 status.substr(0, first) == "hold", status.substr(second + 1)};
}

bool is_here(const Package& package) {
  return package.status != "not-installed" && package.status != "config-files";
}

bool is_number(std::string_view name) {
  return name.find_first_not_of("0123456789") == std::string_view::npos;
}

/// The name without its architecture, and that.
std::pair<std::string_view, std::string_view> split_name(std::string_view name) {
  const std::size_t colon = name.find(':');
  if (colon == std::string_view::npos) return {name, ""};
  return {name.substr(0, colon), name.substr(colon + 1)};
}

}  // namespace

Result<Database> Database::read(sys::FileSystem& disk, const Path& root) {
  Database database;
  auto status = disk.read(join(root, kStatus), kLargestStatus);
  if (!status && status.error().kind() == ErrorKind::NotFound) return database;
  if (!status) return std::unexpected(status.error().during("reading dpkg's status"));
  database.files_.emplace_back(as_text(*status));

  const auto updates = disk.list(join(root, kUpdates));
  if (!updates && updates.error().kind() == ErrorKind::NotFound) return database;
  if (!updates) return std::unexpected(updates.error().during("reading dpkg's updates"));
  std::uint64_t left = kLargestStatus;
  for (const std::string& name : *updates) {
    if (!is_number(name)) continue;
    auto update = disk.read(join(join(root, kUpdates), name), left);
    if (!update) return std::unexpected(update.error().during("reading dpkg's updates"));
    left -= update->size();
    database.files_.emplace_back(as_text(*update));
    if (database.files_.size() > kMostUpdates) {
      return fail(ErrorKind::Corrupt, "dpkg has more unmerged updates than it ever makes");
    }
  }
  return database;
}

Result<std::optional<Package>> Database::find(std::string_view name) const {
  const auto [wanted, architecture] = split_name(name);
  if (wanted.empty()) return std::optional<Package>();
  std::map<std::string, Package> by_architecture;
  std::vector<std::string> order;
  const auto take = [&, architecture = architecture](const Paragraph& paragraph) -> Status {
    auto package = package_of(paragraph);
    if (!package) return std::unexpected(package.error());
    if (!architecture.empty() && package->architecture != architecture) return {};
    if (!by_architecture.contains(package->architecture)) order.push_back(package->architecture);
    by_architecture[package->architecture] = std::move(*package);
    return {};
  };
  for (const std::string& file : files_) {
    const Status read = each_paragraph_with(file, "Package: " + std::string(wanted), take);
    if (!read) return std::unexpected(read.error());
  }
  std::optional<Package> found;
  for (const std::string& each : order) {
    const Package& package = by_architecture.at(each);
    if (!is_here(package)) continue;
    const bool held = package.held || (found && found->held);
    if (!found) found = package;
    found->held = held;
  }
  return found;
}

Result<std::optional<Package>> installed(sys::FileSystem& disk, const Path& root,
                                         std::string_view name) {
  const auto database = Database::read(disk, root);
  if (!database) return std::unexpected(database.error());
  return database->find(name);
}

}  // namespace interlude::dpkg
