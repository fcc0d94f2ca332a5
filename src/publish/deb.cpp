#include "publish/deb.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "publish/archive_library.hpp"

namespace interlude::publish {
namespace {

using improvement::EntryKind;

struct Closing {
  void operator()(struct archive* reader) const { archive_library().read_free(reader); }
};
using Archive = std::unique_ptr<struct archive, Closing>;

enum class Form { Ar, Tar, Raw };

std::string problem_of(struct archive* reader) {
  const char* text = archive_library().error_string(reader);
  return text != nullptr ? text : "not readable";
}

Result<Archive> open_archive(ByteView bytes, Form form) {
  if (!archive_library().status) return std::unexpected(archive_library().status.error());
  Archive reader(archive_library().read_new());
  if (form == Form::Ar) {
    archive_library().read_support_format_ar(reader.get());
  } else {
    form == Form::Tar ? archive_library().read_support_format_tar(reader.get())
                      : archive_library().read_support_format_raw(reader.get());
    archive_library().read_support_filter_gzip(reader.get());
    archive_library().read_support_filter_xz(reader.get());
    archive_library().read_support_filter_zstd(reader.get());
  }
  if (archive_library().read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) {
    return fail(ErrorKind::Corrupt, problem_of(reader.get()));
  }
  return reader;
}

/// The entry's content; `budget` is what may still be unpacked, and shrinks.
Result<Bytes> read_content(struct archive* reader, std::uint64_t& budget) {
  Bytes content;
  const void* block = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  int result = ARCHIVE_OK;
  while ((result = archive_library().read_data_block(reader, &block, &size, &offset)) ==
         ARCHIVE_OK) {
    const auto start = static_cast<std::uint64_t>(offset);
    if (start < content.size() || start - content.size() > budget ||
        size > budget - (start - content.size())) {
      return fail(ErrorKind::NoSpace, "unpacks to more than allowed");
    }
    budget -= start - content.size() + size;
    content.resize(start);  // a hole in a sparse file
    append(content, ByteView(static_cast<const std::uint8_t*>(block), size));
  }
  if (result != ARCHIVE_EOF) return fail(ErrorKind::Corrupt, problem_of(reader));
  return content;
}

/// Calls `visit` for each entry until the end or an error.
template <class Visit>
Status each_entry(struct archive* reader, Visit visit) {
  struct archive_entry* entry = nullptr;
  int result = ARCHIVE_OK;
  while ((result = archive_library().read_next_header(reader, &entry)) == ARCHIVE_OK) {
    if (const Status done = visit(entry); !done) return done;
  }
  if (result != ARCHIVE_EOF) return fail(ErrorKind::Corrupt, problem_of(reader));
  return {};
}

/// "./usr/lib/" -> "usr/lib"; "" for the root itself.
std::string plain_path(const char* name) {
  std::string_view path = name != nullptr ? name : "";
  while (path.starts_with("./") || path.starts_with("/"))
    path.remove_prefix(path[0] == '.' ? 2 : 1);
  while (path.ends_with('/')) path.remove_suffix(1);
  return path == "." ? "" : std::string(path);
}

std::map<std::string, Bytes> attributes_of(struct archive_entry* entry) {
  std::map<std::string, Bytes> attributes;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  archive_library().entry_xattr_reset(entry);
  while (archive_library().entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
    if (!improvement::is_kept_attribute(name)) continue;
    const auto* bytes = static_cast<const std::uint8_t*>(value);
    attributes.emplace(name, Bytes(bytes, bytes + size));
  }
  return attributes;
}

/// Fills in `tree` from data.tar, entry by entry.
class DataReader {
 public:
  DataReader(struct archive* reader, Tree& tree) : reader_(reader), tree_(tree) {}

  Status take(struct archive_entry* entry) {
    const std::string path = plain_path(archive_library().entry_pathname(entry));
    if (path.empty()) return {};
    if (const Status good = check_canonical(path); !good) {
      return fail(ErrorKind::Corrupt, good.error().message());
    }
    tree_.owners.emplace(path, 0);
    if (const char* original = archive_library().entry_hardlink(entry)) return link(path, original);
    Item item;
    item.entry.mode = static_cast<std::uint32_t>(archive_library().entry_perm(entry)) & 07777U;
    item.entry.uid = static_cast<std::uint32_t>(archive_library().entry_uid(entry));
    item.entry.gid = static_cast<std::uint32_t>(archive_library().entry_gid(entry));
    item.entry.attributes = attributes_of(entry);
    return take_kind(path, entry, std::move(item));
  }

 private:
  Status link(const std::string& path, const char* original) {
    const auto found = tree_.items.find(plain_path(original));
    if (found == tree_.items.end()) {
      return fail(ErrorKind::Corrupt,
                  fmt::format("{} is a hard link to {}, which is not there", path, original));
    }
    tree_.items.insert_or_assign(path, found->second);
    return {};
  }

  Status take_kind(const std::string& path, struct archive_entry* entry, Item item) {
    switch (archive_library().entry_filetype(entry)) {
      case AE_IFREG: {
        Result<Bytes> content = read_content(reader_, budget_);
        if (!content) return std::unexpected(content.error().during(path));
        item.entry.size = content->size();
        item.content = content_of(std::make_shared<const Bytes>(std::move(*content)));
        break;
      }
      case AE_IFLNK: {
        const char* target = archive_library().entry_symlink(entry);
        item.entry.kind = EntryKind::Symlink;
        item.entry.mode = improvement::kLinkMode;
        item.entry.target = target != nullptr ? target : "";
        break;
      }
      case AE_IFDIR:
        item.entry.kind = EntryKind::Directory;
        break;
      default:
        tree_.specials.insert(path);
        return {};
    }
    tree_.items.insert_or_assign(path, std::move(item));
    return {};
  }

  struct archive* reader_;
  Tree& tree_;
  std::uint64_t budget_ = kLargestDeb;
};

bool is_control_script(std::string_view name) {
  return std::ranges::find(kControlScripts, name) != kControlScripts.end();
}

Status read_control(ByteView packed, Tree& tree) {
  const Result<Archive> reader = open_archive(packed, Form::Tar);
  if (!reader) return std::unexpected(reader.error().during("control archive"));
  std::uint64_t budget = 64ULL << 20U;
  Package package;
  PackageControl beside;  // the other members, which come before or after
  const Status done = each_entry(reader->get(), [&](struct archive_entry* entry) -> Status {
    const std::string name = plain_path(archive_library().entry_pathname(entry));
    if (name != "control" && name != "conffiles" && !is_control_script(name)) return {};
    const Result<Bytes> content = read_content(reader->get(), budget);
    if (!content) return std::unexpected(content.error());
    const std::string_view text = as_text(*content);
    if (name == "control") {
      const std::vector<dpkg::Paragraph> paragraphs = dpkg::parse_paragraphs(text);
      if (!paragraphs.empty()) package = package_of_fields(paragraphs.front());
    } else if (is_control_script(name)) {
      beside.scripts.emplace(name, text);
    } else {
      std::istringstream lines{std::string(text)};
      for (std::string line; std::getline(lines, line);) {
        const std::string path = plain_path(line.c_str());
        if (path.empty()) continue;
        tree.configuration.insert(path);
        beside.configuration.insert(path);
      }
    }
    return {};
  });
  if (!done) return std::unexpected(done.error().during("control archive"));
  if (package.name.empty() || package.version.empty()) {
    return fail(ErrorKind::Corrupt, "control file: Package or Version is missing");
  }
  package.control.scripts = std::move(beside.scripts);
  package.control.configuration = std::move(beside.configuration);
  tree.packages.push_back(std::move(package));
  return {};
}

Status read_data(ByteView packed, Tree& tree) {
  const Result<Archive> reader = open_archive(packed, Form::Tar);
  if (!reader) return std::unexpected(reader.error().during("data archive"));
  DataReader data(reader->get(), tree);
  const Status done = each_entry(
      reader->get(), [&](struct archive_entry* entry) -> Status { return data.take(entry); });
  if (!done) return std::unexpected(done.error().during("data archive"));
  return {};
}

}  // namespace

Result<Tree> read_deb(ByteView deb, const std::string& name) {
  const Result<Archive> reader = open_archive(deb, Form::Ar);
  if (!reader) return std::unexpected(reader.error().during(name));
  Tree tree;
  bool has_data = false;
  std::uint64_t budget = kLargestDeb;
  const Status done = each_entry(reader->get(), [&](struct archive_entry* entry) -> Status {
    const std::string member = plain_path(archive_library().entry_pathname(entry));
    const bool control = member.starts_with("control.tar");
    const bool data = member.starts_with("data.tar");
    if (!control && !data) return {};
    has_data = has_data || data;
    const Result<Bytes> packed = read_content(reader->get(), budget);
    if (!packed) return std::unexpected(packed.error());
    return control ? read_control(*packed, tree) : read_data(*packed, tree);
  });
  if (!done) return std::unexpected(done.error().during(name));
  if (tree.packages.size() != 1 || !has_data) {
    return fail(ErrorKind::Corrupt,
                name + ": not a Debian package: it lacks control.tar or data.tar");
  }
  tree.packages.front().download_bytes = deb.size();
  return tree;
}

Result<Bytes> gunzip(ByteView packed, std::uint64_t limit_bytes) {
  const Result<Archive> reader = open_archive(packed, Form::Raw);
  if (!reader) return std::unexpected(reader.error());
  struct archive_entry* entry = nullptr;
  if (archive_library().read_next_header(reader->get(), &entry) != ARCHIVE_OK) {
    return fail(ErrorKind::Corrupt, problem_of(reader->get()));
  }
  return read_content(reader->get(), limit_bytes);
}

}  // namespace interlude::publish
