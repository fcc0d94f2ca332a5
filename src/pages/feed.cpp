// The feed: Atom, RFC 4287. Ids are tag URIs (RFC 4151) of the source's name and the moment at
// which its repository was made, so that neither a move to another server nor a second repository
// of the same name changes or repeats one.

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "pages/text.hpp"
#include "pages/view.hpp"

namespace interlude::pages {
namespace {

bool is_letter_or_digit(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= '0' && byte <= '9');
}

// RFC 4151, 2.1: labels of letters, digits and inner hyphens, as in a host's name.
bool is_tag_authority(const std::string& name) {
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (is_letter_or_digit(name[i])) continue;
    const bool inner = i > 0 && i + 1 < name.size() && is_letter_or_digit(name[i - 1]);
    if (name[i] == '.' && inner && is_letter_or_digit(name[i + 1])) continue;
    if (name[i] != '-' || i == 0 || i + 1 == name.size()) return false;
    if (name[i - 1] == '.' || name[i + 1] == '.') return false;
  }
  return !name.empty();
}

// "tag:example,2026-11-24:065209/" and what is named
std::string tag(const Site& site, const std::string& what) {
  const std::string made = sys::to_text(site.created);
  return fmt::format("tag:{},{}:{}{}{}/{}", is_tag_authority(site.source) ? site.source : "invalid",
                     made.substr(0, 10), made.substr(11, 2), made.substr(14, 2), made.substr(17, 2),
                     what);
}

// From the feed's own folder, or absolute where that is known.
std::string address(const Site& site, std::string_view path) {
  if (!site.base_url.empty()) return escaped(site.base_url + std::string(path));
  path.remove_prefix(path.find('/') + 1);
  return escaped(path);
}

std::string summary(const View& view) {
  std::string text;
  for (const Notice& notice : notices(view)) {
    text += fmt::format("{}: {} ", title_of(notice.kind), notice.text);
    if (!notice.reason.empty()) text += "Reason: " + notice.reason + " ";
  }
  for (const improvement::Component& component : view.manifest().components) {
    text += component.name;
    if (!component.version_after.empty()) {
      text += fmt::format(" {} → {}", component.version_before, component.version_after);
    }
    text += ". ";
  }
  const std::string fixed = advisory_names(view.manifest());
  if (!fixed.empty()) text += "Fixed: " + fixed + ". ";
  text += rollout_text(view);
  return text;
}

void append_entry(std::string& out, const Site& site, const View& view) {
  // A newer letter has an entry of its own; that it takes this one's place is no news here.
  std::string state;
  for (const Notice& notice : notices(view)) {
    if (notice.kind != Notice::Kind::Superseded) state = fmt::format("{}: ", title_of(notice.kind));
  }
  fmt::format_to(
      std::back_inserter(out),
      "<entry>\n<title>{}{}, {}</title>\n<id>{}</id>\n<published>{}</published>\n"
      "<updated>{}</updated>\n<category term=\"{}\"/>\n"
      "<link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>\n<summary>{}</summary>\n</entry>\n",
      state, escaped(view.name()), escaped(component_names(view.manifest())),
      escaped(tag(site, view.id().text())), sys::to_text(view.improvement->published_at),
      sys::to_text(view.updated()), escaped(view.id().platform), address(site, page_of(view.id())),
      escaped(summary(view)));
}

// What changed last first, so that a withdrawal of something old is seen, too.
std::vector<const View*> latest(const std::vector<View>& views) {
  std::vector<const View*> all;
  for (const View& view : views) all.push_back(&view);
  std::ranges::stable_sort(
      all, [](const View* a, const View* b) { return a->updated() > b->updated(); });
  if (all.size() > kMostFeedEntries) all.resize(kMostFeedEntries);
  return all;
}

}  // namespace

std::string feed(const Site& site, const std::vector<View>& views) {
  const std::vector<const View*> entries = latest(views);
  std::string out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
      "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en\">\n"
      "<title>Security improvements of {}</title>\n<id>{}</id>\n<updated>{}</updated>\n"
      "<author><name>{}</name></author>\n"
      "<link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>\n",
      escaped(site.source), escaped(tag(site, site.source)),
      sys::to_text(entries.empty() ? site.created : entries.front()->updated()),
      escaped(site.source), address(site, "security/index.html"));
  if (!site.base_url.empty()) {
    out += fmt::format("<link rel=\"self\" type=\"application/atom+xml\" href=\"{}\"/>\n",
                       address(site, "security/feed.atom"));
  }
  for (const View* view : entries) append_entry(out, site, *view);
  return out + "</feed>\n";
}

}  // namespace interlude::pages
