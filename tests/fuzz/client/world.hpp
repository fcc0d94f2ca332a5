#pragma once
// A repository's whole history, and what thieves of its online keys can make, signed once.
//
// Three roots follow each other: the second replaces the online keys, the third all of them. Six
// moments are published honestly. Beside them stand files that are signed by the wrong keys, by too
// few, too late, or by the stolen online keys of the first two roots. Which keys signed a file is
// written down when it is made: what may be trusted is known here without asking the code under
// test.

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "json/json.hpp"
#include "sys/clock.hpp"

namespace interlude::fuzz {

inline const sys::Time kNow = sys::Time(std::chrono::seconds(1'800'000'000));
inline constexpr std::chrono::hours kDay{24};

/// Stored by a client, in the order in which they are trusted.
inline constexpr std::array<const char*, 7> kRoles = {"root", "timestamp", "snapshot", "targets",
                                                      "p",    "q",         "r"};
/// Paths that somebody asks for: of "targets", "p", "q" (which "p" delegates to), "r" (by hash) and
/// nobody.
inline const std::array<std::string, 5> kPaths = {"top", "p/a", "q/b", "r/c", "none/x"};

struct File {
  std::string role;
  std::uint64_t version = 0;
  std::set<std::string> signers;  ///< names of keys
  Bytes raw;
  std::string content;  ///< canonical form of what is signed
};

class World {
 public:
  static const World& get();

  /// The honest publisher's moments, as indices of `files` by role; the last one is "now".
  using Moment = std::map<std::string, std::size_t>;
  const std::vector<Moment>& moments() const { return moments_; }
  const std::vector<File>& files() const { return files_; }
  /// What the honest publisher has for `role` and `version`; null where there is none.
  const File* published(const std::string& role, std::uint64_t version) const;

  /// The honest contents of `path`, by version of its list.
  const std::vector<Bytes>& contents(const std::string& path) const { return contents_.at(path); }
  /// Contents that no list which may speak for them names.
  const Bytes& foreign_content() const { return foreign_; }
  /// The content of `path` at a moment; null where there is none.
  const Bytes* content_at(const Moment& moment, const std::string& path) const;

  /// The file whose signed part is `content`, if it is signed as `role` must be in the time of the
  /// root `root_version`; else null.
  const File* trusted(const std::string& role, const std::string& content,
                      std::uint64_t root_version) const;

 private:
  World();

  std::size_t add(const std::string& role, const json::Value& content,
                  const std::vector<std::string>& keys);
  std::size_t add_root(std::uint64_t era, std::uint64_t version,
                       const std::vector<std::string>& keys);
  json::Value list(const std::string& role, std::uint64_t version) const;
  json::Value meta_of(std::size_t file, bool with_hashes) const;
  std::size_t publish(const std::string& role, std::uint64_t version,
                      const std::vector<std::string>& keys);
  void add_moments();
  void add_stolen_online_keys();
  void add_wrong_signers();
  void add_expired();

  std::vector<File> files_;
  std::map<std::pair<std::string, std::uint64_t>, std::size_t> published_;
  std::vector<Moment> moments_;
  std::map<std::string, std::vector<Bytes>> contents_;
  Bytes foreign_;
  std::multimap<std::string, std::size_t> by_content_;
};

}  // namespace interlude::fuzz
