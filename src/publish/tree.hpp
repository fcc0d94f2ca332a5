#pragma once
// One side of a comparison: everything at its canonical path, whether it came from a folder or from
// packages. Content is opened only when it is looked at, so that a whole operating system fits.

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/path.hpp"
#include "dpkg/control.hpp"
#include "improvement/entry.hpp"
#include "sys/file_system.hpp"

namespace interlude::publish {

/// Gives a regular file's content; may be called any number of times.
using Content = std::function<Result<std::unique_ptr<sys::ReadFile>>()>;

/// Content that is in memory, shared by everything that refers to it.
Content content_of(std::shared_ptr<const Bytes> bytes);

struct Item {
  improvement::Entry entry;  ///< a regular file's digest is filled in only where files are compared
  Content content;           ///< regular files
};

/// What of a package's control archive runs, or makes others run, when packages are installed.
inline constexpr std::array kControlScripts = {"preinst", "postinst", "prerm",
                                               "postrm",  "config",   "triggers"};

/// What of a package is no file of it: nothing of this reaches a device.
struct PackageControl {
  std::map<std::string, std::string> scripts;  ///< kControlScripts: their text
  std::string depends;                         ///< Pre-Depends and Depends, in one
  std::string provides;
  std::set<Path> configuration;  ///< its conffiles, as it writes them
};

/// A binary package as its control file describes it.
struct Package {
  std::string name;
  std::string source;  ///< the source package's name
  std::string version;
  std::string architecture;
  std::uint64_t download_bytes = 0;  ///< of the .deb file
  PackageControl control = {};
};

/// From a paragraph of a control file or of dpkg's status; the source's name falls back to its own.
Package package_of_fields(const dpkg::Paragraph& fields);

struct Tree {
  std::map<Path, Item> items;
  std::set<Path> specials;             ///< device nodes, sockets and pipes
  std::vector<Package> packages;       ///< where it came from packages
  std::map<Path, std::size_t> owners;  ///< which of `packages` a path belongs to
  std::set<Path> configuration;        ///< what the packages declare as conffiles
  bool keeps_owners = true;            ///< false: owners and attributes were lost in unpacking

  bool from_packages() const { return !packages.empty(); }
};

/// Whether `path` is documentation (manuals, translations and the like): it fixes nothing.
bool is_documentation(std::string_view path);

/// Directories that are symbolic links, by path: what leads from a written to a canonical path.
using DirectoryLinks = std::map<Path, std::string>;

/// Those of a folder's tree.
DirectoryLinks links_of(const Tree& tree);
/// Those of Debian 12, whose /bin, /lib … are links into /usr.
DirectoryLinks merged_usr();

/// `path` with every directory part resolved through `links`; `whole` resolves the last part, too
/// (for directories). Invalid where the links lead out of the root or in circles.
Result<Path> canonical_path(const Path& path, const DirectoryLinks& links, bool whole);

/// The tree with every path canonical. Conflict where two files come to lie at one path.
Result<Tree> canonical_tree(Tree tree, const DirectoryLinks& links);

}  // namespace interlude::publish
