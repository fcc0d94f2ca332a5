#include "pages/pages.hpp"

#include <algorithm>

#include "pages/view.hpp"
#include "tuf/staging.hpp"

namespace interlude::pages {
namespace {

constexpr std::uint64_t kLargestPage = 16ULL << 20U;

bool same_list(const View& one, const View& other) {
  return one.id().platform == other.id().platform && one.id().baseline == other.id().baseline;
}

// By platform and baseline, newest letter first.
std::vector<View> sorted_views(const Site& site) {
  std::vector<View> views(site.improvements.size());
  for (std::size_t i = 0; i < views.size(); ++i) {
    views[i].improvement = &site.improvements[i];
    const auto rollout = site.rollouts.find(views[i].id().text());
    if (rollout != site.rollouts.end()) views[i].rollout = &rollout->second;
  }
  std::ranges::sort(views, [](const View& a, const View& b) {
    if (a.id().platform != b.id().platform) return a.id().platform < b.id().platform;
    if (a.id().baseline != b.id().baseline) return a.id().baseline < b.id().baseline;
    return a.id().letter > b.id().letter;
  });
  return views;
}

// What each letter has to do with the others of its list: `views` from `begin` to `end`.
void relate_letters(std::vector<View>& views, std::size_t begin, std::size_t end) {
  const View* newest = nullptr;
  for (std::size_t i = begin; i < end; ++i) {
    views[i].replaced_by = newest;
    if (newest == nullptr && views[i].reaches_devices()) newest = &views[i];
    for (std::size_t k = i + 1; k < end; ++k) {
      views[i].earlier.push_back(&views[k]);
      if (views[i].back_to == nullptr && !views[k].withdrawn()) views[i].back_to = &views[k];
    }
  }
}

void relate_releases(std::vector<View>& views) {
  std::map<std::string, std::vector<const View*>> releases;
  for (const View& view : views) {
    if (!view.manifest().release.empty()) releases[view.manifest().release].push_back(&view);
  }
  for (View& view : views) {
    const auto release = releases.find(view.manifest().release);
    if (release == releases.end()) continue;
    for (const View* other : release->second) {
      if (!same_list(view, *other)) view.elsewhere.push_back(other);
    }
  }
}

std::vector<View> related_views(const Site& site) {
  std::vector<View> views = sorted_views(site);
  for (std::size_t begin = 0; begin < views.size();) {
    std::size_t end = begin;
    while (end < views.size() && same_list(views[begin], views[end])) ++end;
    relate_letters(views, begin, end);
    begin = end;
  }
  relate_releases(views);
  return views;
}

std::vector<const View*> newest_first(const std::vector<View>& views) {
  std::vector<const View*> all;
  for (const View& view : views) all.push_back(&view);
  std::ranges::stable_sort(all, [](const View* a, const View* b) {
    if (a->improvement->published_at != b->improvement->published_at) {
      return a->improvement->published_at > b->improvement->published_at;
    }
    return a->manifest().release < b->manifest().release;
  });
  return all;
}

bool is_there(sys::FileSystem& disk, const Path& file, const std::string& content) {
  const Result<Bytes> present = disk.read(file, kLargestPage);
  return present && as_text(*present) == content;
}

}  // namespace

Path page_of(const improvement::Id& id) {
  return "security/" + id.platform + "/" + id.baseline + "/" + id.letter.text() + ".html";
}

std::vector<Page> make(const Site& site) {
  const std::vector<View> views = related_views(site);
  std::vector<Page> pages;
  for (const View& view : views) pages.push_back({page_of(view.id()), letter_page(site, view)});
  // Last, so that they lead to nothing that is not there yet.
  pages.push_back({"security/index.html", index_page(site, newest_first(views))});
  pages.push_back({"security/feed.atom", feed(site, views)});
  return pages;
}

Result<Written> write(sys::FileSystem& disk, const Path& public_folder,
                      const std::vector<Page>& pages) {
  Written written;
  for (const Page& page : pages) {
    const Path file = join(public_folder, page.path);
    ++written.pages;
    if (is_there(disk, file, page.content)) continue;
    Status done = sys::make_directories(disk, parent_of(file), tuf::kPublicDirectory);
    if (done) {
      done = sys::replace_file(disk, file, as_bytes(page.content), tuf::kPublicFile);
    }
    if (!done) return std::unexpected(done.error());
    ++written.changed;
  }
  return written;
}

}  // namespace interlude::pages
