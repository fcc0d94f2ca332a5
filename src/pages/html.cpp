// The pages: HTML that needs nothing beside itself, neither scripts nor fonts nor images, and says
// so in a Content-Security-Policy, by which a browser would refuse them if they came in with a text
// after all. The one style sheet is allowed by its hash.

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "crypto/digest.hpp"
#include "pages/text.hpp"
#include "pages/view.hpp"

namespace interlude::pages {
namespace {

constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark;--text:#1d1d1f;--quiet:#63636a;--page:#fff;--line:#dcdce0;--link:#0058b0;--red:#b3261e;--amber:#8a5300;--card:#f5f5f7}
@media(prefers-color-scheme:dark){:root{--text:#f2f2f4;--quiet:#a4a4ac;--page:#161618;--line:#38383d;--link:#7ab7ff;--red:#ff8a80;--amber:#f0b45c;--card:#222225}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0 auto;padding:1.25rem 1.25rem 3rem;max-width:42rem;font:1rem/1.55 system-ui,sans-serif;color:var(--text);background:var(--page);overflow-wrap:anywhere}
a{color:var(--link);text-underline-offset:.15em}
nav{font-size:.9375rem;margin-bottom:2rem}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .5rem;letter-spacing:-.01em}
h2{font-size:1.25rem;line-height:1.3;margin:2.5rem 0 .75rem}
h3{font-size:1.0625rem;line-height:1.4;margin:1.5rem 0 .5rem}
h4{font-size:1rem;margin:1rem 0 .25rem}
p{margin:0 0 .5rem}
ul{margin:0;padding-left:1.25rem}
.quiet{color:var(--quiet)}
time{white-space:nowrap}
.small{font-size:.875rem}
.version{font-size:.9375rem;font-weight:400;color:var(--quiet)}
.notice{margin:1.5rem 0;padding:.875rem 1rem;border-left:.25rem solid var(--quiet);border-radius:.375rem;background:var(--card)}
.notice h2{font-size:1rem;margin:0 0 .25rem}
.notice p:last-child{margin:0}
.withdrawn{border-color:var(--red)}
.withdrawn h2,.mark.withdrawn{color:var(--red)}
.paused{border-color:var(--amber)}
.paused h2,.mark.paused{color:var(--amber)}
.mark{font-size:.875rem;font-weight:600;color:var(--quiet)}
.act:first-of-type{margin-top:1.5rem}
.act{border-top:1px solid var(--line);padding:1.25rem 0}
.act h2{font-size:1.125rem;margin:0 0 .25rem}
.act ul{list-style:none;padding:0;margin:.5rem 0 0}
.act li{padding:.25rem 0}
dl{margin:0;display:grid;grid-template-columns:9rem 1fr;gap:.5rem 1rem}
dt{color:var(--quiet)}
dd{margin:0}
code{font:.875em/1.5 ui-monospace,monospace}
footer{margin-top:3rem;padding-top:1rem;border-top:1px solid var(--line);font-size:.875rem;color:var(--quiet)}
@media(max-width:30rem){.version,dl{display:block}dd{margin:0 0 .75rem}}
@media print{nav{display:none}body{max-width:none}}
)css";

std::string style_hash() {
  const crypto::Sha256 digest = crypto::sha256(as_bytes(kStyle));
  return base64(as_text(digest.bytes));
}

struct Head {
  std::string title;   // these are escaped here
  std::string to_top;  // from the page to the folder of the index
  Path path;
};

std::string head(const Site& site, const Head& page) {
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "style-src 'sha256-{}'; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n<title>{}</title>\n",
      style_hash(), escaped(page.title));
  if (!site.base_url.empty()) {
    out +=
        fmt::format("<link rel=\"canonical\" href=\"{}\">\n", escaped(site.base_url + page.path));
  }
  out += fmt::format(
      "<link rel=\"alternate\" type=\"application/atom+xml\" title=\"Security improvements of {}\" "
      "href=\"{}feed.atom\">\n<style>{}</style>\n</head>\n<body>\n",
      escaped(site.source), page.to_top, kStyle);
  return out;
}

std::string time_element(sys::Time time, const std::string& text) {
  return fmt::format("<time datetime=\"{}\">{}</time>", sys::to_text(time), text);
}

// A link to the page of `to` from a page whose way up to the index's folder is `to_top`.
std::string link(const View& to, const std::string& to_top, const std::string& text) {
  const Path path = page_of(to.id());
  return fmt::format("<a href=\"{}{}\">{}</a>", to_top, escaped(path.substr(path.find('/') + 1)),
                     escaped(text));
}

// "withdrawn" for "Withdrawn": the class of a notice.
std::string class_of(const Notice& notice) {
  std::string name(title_of(notice.kind));
  name.front() = static_cast<char>(name.front() - 'A' + 'a');
  return name;
}

std::string marks(const View& view) {
  std::string out;
  for (const Notice& notice : notices(view)) {
    out +=
        fmt::format(" <span class=\"mark {}\">{}</span>", class_of(notice), title_of(notice.kind));
  }
  return out;
}

void append_notices(std::string& out, const View& view, const std::string& to_top) {
  for (const Notice& notice : notices(view)) {
    out += fmt::format("<section class=\"notice {}\">\n<h2>{}{}</h2>\n<p>{}</p>\n",
                       class_of(notice), title_of(notice.kind),
                       notice.since ? " on " + time_element(*notice.since, date_text(*notice.since))
                                    : std::string(),
                       escaped(notice.text));
    if (!notice.reason.empty()) out += "<p>Reason: " + escaped(notice.reason) + "</p>\n";
    if (notice.kind == Notice::Kind::Superseded) {
      const View& newer = *view.replaced_by;
      out += "<p>" + link(newer, to_top, "What " + newer.short_name() + " fixes") + "</p>\n";
    }
    out += "</section>\n";
  }
}

void append_references(std::string& out, const improvement::Advisory& advisory) {
  if (advisory.references.empty()) return;
  out += "<ul class=\"small\">\n";
  for (const std::string& reference : advisory.references) {
    const std::string text = escaped(reference);
    out += is_web_address(reference)
               ? fmt::format("<li><a href=\"{}\" rel=\"external noreferrer\">{}</a></li>\n", text,
                             text)
               : fmt::format("<li>{}</li>\n", text);
  }
  out += "</ul>\n";
}

std::string version_text(const improvement::Component& component) {
  if (component.version_after.empty()) return {};
  const std::string after = escaped(component.version_after);
  if (component.version_before.empty()) return after;
  return fmt::format("{} → {}", escaped(component.version_before), after);
}

void append_component(std::string& out, const improvement::Manifest& manifest,
                      const improvement::Component& component) {
  const std::string version = version_text(component);
  out += fmt::format("<h3>{}{}</h3>\n", escaped(component.name),
                     version.empty() ? "" : " <span class=\"version\">" + version + "</span>");
  bool described = false;
  for (const improvement::Advisory& advisory : manifest.advisories) {
    if (advisory.component != component.name) continue;
    described = true;
    out += "<h4>" + escaped(advisory.id) + "</h4>\n";
    if (!advisory.impact.empty()) out += "<p>Impact: " + escaped(advisory.impact) + "</p>\n";
    if (!advisory.description.empty()) {
      out += "<p>Description: " + escaped(advisory.description) + "</p>\n";
    }
    append_references(out, advisory);
  }
  if (!described) out += "<p class=\"quiet\">Its publisher says no more about it.</p>\n";
}

std::string links(const std::vector<const View*>& views, const std::string& to_top, bool whole) {
  std::string out;
  for (const View* view : views) {
    out += out.empty() ? "" : "<br>";
    out += link(*view, to_top, whole ? view->name() : view->short_name()) + marks(*view);
  }
  return out;
}

void append_fact(std::string& out, std::string_view name, const std::string& html) {
  if (!html.empty()) out += fmt::format("<dt>{}</dt><dd>{}</dd>\n", name, html);
}

void append_facts(std::string& out, const View& view, const std::string& to_top) {
  out += "<h2>Who gets it</h2>\n<dl>\n";
  append_fact(out, "Platform", escaped(view.id().platform));
  append_fact(out, "Baseline", escaped(view.id().baseline));
  append_fact(
      out, "Published",
      time_element(view.improvement->published_at, time_text(view.improvement->published_at)));
  append_fact(out, "Rollout", escaped(rollout_text(view)));
  append_fact(out, "Release", escaped(view.manifest().release));
  append_fact(out, "Also for", links(view.elsewhere, to_top, true));
  append_fact(out, "Earlier letters", links(view.earlier, to_top, false));
  out += "</dl>\n";
}

// Those that were published by one act, from `at` on.
std::size_t end_of_act(const std::vector<const View*>& views, std::size_t at) {
  const auto key = [&](std::size_t i) {
    return std::pair(views[i]->improvement->published_at, views[i]->manifest().release);
  };
  std::size_t end = at;
  while (end < views.size() && key(end) == key(at)) ++end;
  return end;
}

void append_act(std::string& out, const std::vector<const View*>& act) {
  const improvement::Manifest& first = act.front()->manifest();
  const sys::Time time = act.front()->improvement->published_at;
  out += fmt::format("<section class=\"act\">\n<h2>{}</h2>\n<p class=\"quiet\">{}{}</p>\n",
                     escaped(component_names(first)), time_element(time, date_text(time)),
                     first.release.empty() ? "" : ", release " + escaped(first.release));
  const std::string fixed = advisory_names(first);
  if (!fixed.empty()) out += "<p>" + escaped(fixed) + "</p>\n";
  out += "<ul>\n";
  for (const View* view : act) {
    out += "<li>" + link(*view, "", view->name()) + marks(*view) + "</li>\n";
  }
  out += "</ul>\n</section>\n";
}

}  // namespace

std::string letter_page(const Site& site, const View& view) {
  const std::string to_top = "../../";
  std::string out = head(site, {"Security improvement " + view.name(), to_top, page_of(view.id())});
  out += fmt::format(
      "<nav><a href=\"{}index.html\">All security improvements of {}</a></nav>\n<main>\n"
      "<h1>Security improvement {}</h1>\n<p class=\"quiet\">For {}, published on {}</p>\n",
      to_top, escaped(site.source), escaped(view.short_name()), escaped(view.id().platform),
      time_element(view.improvement->published_at, date_text(view.improvement->published_at)));
  append_notices(out, view, to_top);
  out += "<h2>What was fixed</h2>\n";
  for (const improvement::Component& component : view.manifest().components) {
    append_component(out, view.manifest(), component);
  }
  append_facts(out, view, to_top);
  if (!view.withdrawn() && view.replaced_by == nullptr) {
    out +=
        "<h2>What to do</h2>\n<p>Nothing: devices install it by themselves, where their owners "
        "have not switched that off, and only what applies to them. <code>interlude status</code> "
        "says whether it is on. It can be removed, and every file is again as it was.</p>\n";
  }
  out += fmt::format(
      "</main>\n<footer>\n<p><code>{}</code></p>\n<p>Written from what {} signed. Devices trust "
      "those signatures alone, never this page.</p>\n</footer>\n</body>\n</html>\n",
      escaped(view.id().text()), escaped(site.source));
  return out;
}

std::string index_page(const Site& site, const std::vector<const View*>& newest_first) {
  const std::string title = "Security improvements of " + site.source;
  std::string out = head(site, {title, "", "security/index.html"});
  out += fmt::format(
      "<main>\n<h1>{}</h1>\n<p>What was fixed between releases of the operating system, newest "
      "first. Devices install it by themselves.</p>\n"
      "<p><a href=\"feed.atom\">Feed</a></p>\n",
      escaped(title));
  if (newest_first.empty()) out += "<p class=\"quiet\">Nothing has been published yet.</p>\n";
  for (std::size_t at = 0; at < newest_first.size();) {
    const std::size_t end = end_of_act(newest_first, at);
    const auto begin = newest_first.begin();
    append_act(out,
               {begin + static_cast<std::ptrdiff_t>(at), begin + static_cast<std::ptrdiff_t>(end)});
    at = end;
  }
  out += fmt::format(
      "</main>\n<footer>\n<p>Written from what {} signed. Devices trust those signatures alone, "
      "never this page.</p>\n</footer>\n</body>\n</html>\n",
      escaped(site.source));
  return out;
}

}  // namespace interlude::pages
