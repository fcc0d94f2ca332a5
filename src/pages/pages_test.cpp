#include "pages/pages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sys/sim/file_system.hpp"

namespace interlude::pages {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using State = RolloutView::State;

constexpr std::string_view kList = "local/debian-12-x86_64/12.11/";
const sys::Time kMade = *sys::parse_time("2026-11-01T10:20:30Z");

repository::Announced announced(const std::string& id, std::chrono::hours after = {}) {
  improvement::Component openssl;
  openssl.name = "openssl";
  openssl.version_before = "3.0.20";
  openssl.version_after = "3.0.22";
  improvement::Manifest manifest{*improvement::Id::parse(id),
                                 "2026-11",
                                 {{"CVE-2026-1",
                                   "openssl",
                                   "Memory could be read.",
                                   "Lengths are checked.",
                                   {"https://example.org/1"}}},
                                 {openssl},
                                 {}};
  return {std::move(manifest), kMade + after, false};
}

std::string in_list(const std::string& letter) {
  return std::string(kList) + letter;
}

// (a) and (b) of one list, a day apart.
Site two_letters() {
  return {"local",
          kMade,
          "",
          {announced(in_list("a")), announced(in_list("b"), std::chrono::hours(24))},
          {}};
}

RolloutView in_state(State state, bool reverts = false) {
  RolloutView view;
  view.state = state;
  view.reverts = reverts;
  view.reason = "It broke a thing.";
  view.since = kMade + std::chrono::hours(48);
  return view;
}

std::string page(const Site& site, const Path& path) {
  for (const Page& each : make(site)) {
    if (each.path == path) return each.content;
  }
  ADD_FAILURE() << "no page " << path;
  return {};
}

std::string letter(const Site& site, const std::string& letter) {
  return page(site, "security/debian-12-x86_64/12.11/" + letter + ".html");
}
std::string index(const Site& site) {
  return page(site, "security/index.html");
}
std::string feed_of(const Site& site) {
  return page(site, "security/feed.atom");
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

TEST(Pages, SayWhatWasFixedForWhomAndSinceWhen) {
  const std::string text = letter(two_letters(), "b");
  for (const char* part :
       {"Security improvement 12.11 (b)", "debian-12-x86_64", "2 November 2026, 10:20 UTC",
        "CVE-2026-1", "openssl <span class=\"version\">3.0.20 → 3.0.22</span>",
        "Impact: Memory could be read.", "Description: Lengths are checked.",
        "<a href=\"https://example.org/1\"", "Available to all devices at once.",
        "<a href=\"../../debian-12-x86_64/12.11/a.html\">12.11 (a)</a>",
        "<a href=\"../../index.html\">", "local/debian-12-x86_64/12.11/b"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  EXPECT_THAT(text, Not(HasSubstr("class=\"notice")));
}

TEST(Pages, NeedNothingBesideThemselves) {
  const std::string text = letter(two_letters(), "a");
  EXPECT_THAT(text, HasSubstr("content=\"default-src 'none'; style-src 'sha256-"));
  for (const char* part : {"<script", "<img", " src=", "<link rel=\"stylesheet", "url(", "@import",
                           " style=", "unsafe"}) {
    EXPECT_THAT(text, Not(HasSubstr(part)));
  }
}

TEST(Pages, AreTheSameForTheSameSignedData) {
  Site site = two_letters();
  const std::vector<Page> once = make(site);
  std::ranges::reverse(site.improvements);
  const std::vector<Page> again = make(site);
  ASSERT_EQ(once.size(), again.size());
  for (std::size_t i = 0; i < once.size(); ++i) {
    EXPECT_EQ(once[i].path, again[i].path);
    EXPECT_EQ(once[i].content, again[i].content);
  }
}

TEST(Pages, ShowWhateverAPublisherWroteAsText) {
  const std::string attack = "</title></style><script>alert(1)</script><!--\x1b]]>\" onload='";
  Site site = two_letters();
  improvement::Manifest& manifest = site.improvements[0].manifest;
  manifest.release = attack;
  manifest.advisories = {{attack, "openssl", attack, attack, {attack, "javascript:alert(1)"}}};
  manifest.components[0].version_before = attack;
  manifest.components[0].version_after = attack;
  RolloutView rollout = in_state(State::Paused);
  rollout.reason = attack;
  site.rollouts[in_list("a")] = rollout;
  site.improvements.pop_back();
  const std::string harmless = letter(two_letters(), "a");
  for (const Page& each : make(site)) {
    EXPECT_EQ(each.content.find("<script"), std::string::npos) << each.path;
    EXPECT_EQ(each.content.find("<!--"), std::string::npos) << each.path;
    EXPECT_EQ(each.content.find('\x1b'), std::string::npos) << each.path;
    EXPECT_EQ(each.content.find("onload='"), std::string::npos) << each.path;
    EXPECT_EQ(each.content.find("href=\"javascript"), std::string::npos) << each.path;
  }
  EXPECT_EQ(count(letter(site, "a"), "</style>"), count(harmless, "</style>"));
  EXPECT_THAT(letter(site, "a"), HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

TEST(Pages, SayThatALetterIsSuperseded) {
  const std::string old = letter(two_letters(), "a");
  EXPECT_THAT(old, HasSubstr("<h2>Superseded</h2>"));
  EXPECT_THAT(old, HasSubstr("12.11 (b) is newer and takes its place"));
  EXPECT_THAT(old, HasSubstr("<a href=\"../../debian-12-x86_64/12.11/b.html\">"));
  EXPECT_THAT(old, Not(HasSubstr("What to do")));
  EXPECT_THAT(index(two_letters()), HasSubstr("<span class=\"mark superseded\">Superseded</span>"));
}

TEST(Pages, SayThatALetterWasWithdrawnAndWhatDevicesDo) {
  Site site = two_letters();
  site.rollouts[in_list("b")] = in_state(State::Withdrawn);
  const std::string kept = letter(site, "b");
  for (const char* part : {"Withdrawn on <time", "3 November 2026", "Reason: It broke a thing.",
                           "No device installs it any more", "keep it until a newer letter",
                           "Ended: it was withdrawn."}) {
    EXPECT_THAT(kept, HasSubstr(part));
  }
  EXPECT_THAT(letter(site, "a"), Not(HasSubstr("class=\"notice")))
      << "what took its place is withdrawn, so nothing did";
  site.rollouts[in_list("b")].reverts = true;
  EXPECT_THAT(letter(site, "b"), HasSubstr("go back by themselves: to 12.11 (a), or to 12.11 as"));
  site.rollouts[in_list("a")] = in_state(State::Withdrawn);
  EXPECT_THAT(letter(site, "b"), HasSubstr("go back by themselves, to 12.11 as it was."));
}

TEST(Pages, SayThatARolloutIsPaused) {
  Site site = two_letters();
  site.rollouts[in_list("b")] = in_state(State::Paused);
  const std::string paused = letter(site, "b");
  EXPECT_THAT(paused, HasSubstr("Paused on <time"));
  EXPECT_THAT(paused, HasSubstr("No further device installs it"));
  EXPECT_THAT(paused, HasSubstr("Reason: It broke a thing."));
  EXPECT_THAT(letter(site, "a"), Not(HasSubstr("Superseded"))) << "devices still go to it";
  EXPECT_THAT(letter(site, "a"), HasSubstr("What to do"));
  site.rollouts[in_list("a")] = in_state(State::Paused);
  EXPECT_THAT(letter(site, "a"), HasSubstr("Paused"));
  site.rollouts[in_list("b")] = in_state(State::Running);
  EXPECT_THAT(letter(site, "a"), HasSubstr("Superseded"));
  EXPECT_THAT(letter(site, "a"), Not(HasSubstr("Paused"))) << "superseded, so it matters no more";
}

TEST(Pages, SayNothingIsSupersededByWhatNobodyGetsYet) {
  Site site = two_letters();
  for (repository::Announced& each : site.improvements) each.needs_rollout = true;
  site.rollouts[in_list("a")] = in_state(State::Running);
  EXPECT_THAT(letter(site, "a"), Not(HasSubstr("Superseded")));
  EXPECT_THAT(letter(site, "b"), HasSubstr("its rollout has not begun"));
  site.rollouts[in_list("b")] = in_state(State::Running);
  EXPECT_THAT(letter(site, "a"), HasSubstr("Superseded"));
}

TEST(Pages, SayHowAnImprovementRollsOut) {
  using std::chrono::hours;
  Site site = two_letters();
  RolloutView& view = site.rollouts[in_list("b")];
  view.steps = {{hours(0), 100}, {hours(4), 550}, {hours(36), 10'000}};
  EXPECT_THAT(
      letter(site, "b"),
      HasSubstr("Rolls out over 36\u00a0h: 1\u00a0% at once, 5.5\u00a0% after 4\u00a0h, all "
                "devices after 36\u00a0h."));
  view.urgent = true;
  view.start = kMade;
  view.delay = hours(5);
  view.ceiling = 2000;
  EXPECT_THAT(
      letter(site, "b"),
      HasSubstr(
          "Urgent. Rolls out from 1 November 2026, 10:20 UTC on, over 36\u00a0h: 1\u00a0% at"));
  EXPECT_THAT(letter(site, "b"),
              HasSubstr("after 36\u00a0h. It was held up for 5\u00a0h; the steps are "
                        "later by that. For now it goes to no more than 20\u00a0%."));
  view = {};
  view.by_rings = true;
  view.steps = {{hours(0), 0}, {hours(48), 1}};
  EXPECT_THAT(letter(site, "b"),
              HasSubstr("over 2\u00a0days: ring 0 at once, ring 1 after 2\u00a0days."));
  view = {};
  view.steps = {{hours(0), 10'000}};
  EXPECT_THAT(letter(site, "b"), HasSubstr("<dd>Available to all devices at once.</dd>"));
  view.state = State::Complete;
  EXPECT_THAT(letter(site, "b"), HasSubstr("Complete: available to all devices."));
  site.rollouts.clear();
  site.improvements[1].needs_rollout = true;
  EXPECT_THAT(letter(site, "b"), HasSubstr("its rollout has not begun"));
}

TEST(Pages, LinkTheImprovementsOfOneReleaseTogether) {
  Site site = two_letters();
  site.improvements[1] = announced("local/debian-12-arm64/12.11/a");
  EXPECT_THAT(letter(site, "a"), HasSubstr("<dt>Also for</dt><dd><a href=\"../../debian-12-arm64/"
                                           "12.11/a.html\">debian-12-arm64 12.11 (a)</a></dd>"));
  EXPECT_EQ(count(index(site), "<section class=\"act\">"), 1U);
  EXPECT_EQ(count(index(site), "<li>"), 2U);
  site.improvements[1].manifest.release = "another";
  EXPECT_THAT(letter(site, "a"), Not(HasSubstr("Also for")));
  EXPECT_EQ(count(index(site), "<section class=\"act\">"), 2U);
}

TEST(Pages, AreThereBeforeAnythingIsPublished) {
  const Site empty{"local", kMade, "", {}, {}};
  EXPECT_THAT(index(empty), HasSubstr("Nothing has been published yet."));
  EXPECT_THAT(feed_of(empty), HasSubstr("<updated>2026-11-01T10:20:30Z</updated>"));
}

TEST(Feed, HasIdsThatNeverChange) {
  Site site = two_letters();
  const std::string id = "<id>tag:local,2026-11-01:102030/local/debian-12-x86_64/12.11/a</id>";
  EXPECT_THAT(feed_of(site), HasSubstr("<id>tag:local,2026-11-01:102030/local</id>"));
  EXPECT_THAT(feed_of(site), HasSubstr(id));
  site.base_url = "https://example.org/x/";
  site.rollouts[in_list("a")] = in_state(State::Withdrawn);
  EXPECT_THAT(feed_of(site), HasSubstr(id));
  site.source = "no_host~name";  // RFC 4151 allows hosts' names only
  EXPECT_THAT(feed_of(site), HasSubstr("<id>tag:invalid,2026-11-01:102030/no_host~name</id>"));
}

TEST(Feed, HasWhatChangedLastFirst) {
  Site site = two_letters();
  const auto comes_first = [&](const std::string& first, const std::string& second) {
    const std::string text = feed_of(site);
    return text.find("/" + first + "</id>") < text.find("/" + second + "</id>");
  };
  EXPECT_TRUE(comes_first("b", "a"));
  EXPECT_THAT(feed_of(site), HasSubstr("<updated>2026-11-02T10:20:30Z</updated>\n<author>"));
  site.rollouts[in_list("a")] = in_state(State::Withdrawn);
  EXPECT_TRUE(comes_first("a", "b"));
  EXPECT_THAT(feed_of(site), HasSubstr("<updated>2026-11-03T10:20:30Z</updated>\n<author>"));
  EXPECT_THAT(feed_of(site), HasSubstr("<published>2026-11-01T10:20:30Z</published>"));
  EXPECT_THAT(feed_of(site), HasSubstr("Reason: It broke a thing."));
}

TEST(Feed, IsBounded) {
  Site site{"local", kMade, "", {}, {}};
  for (int day = 0; day < 150; ++day) {
    const std::string baseline = std::to_string(day);
    site.improvements.push_back(
        announced("local/debian-12-x86_64/" + baseline + "/a", std::chrono::hours(24 * day)));
  }
  EXPECT_EQ(count(feed_of(site), "<entry>"), kMostFeedEntries);
  EXPECT_THAT(feed_of(site), HasSubstr("/149/a</id>"));
  EXPECT_THAT(feed_of(site), Not(HasSubstr("/49/a</id>")));
  EXPECT_EQ(count(index(site), "<li>"), 150U);
}

TEST(Feed, LinksAbsolutelyWhereTheAddressIsKnown) {
  Site site = two_letters();
  EXPECT_THAT(feed_of(site), HasSubstr("href=\"debian-12-x86_64/12.11/a.html\""));
  EXPECT_THAT(feed_of(site), Not(HasSubstr("rel=\"self\"")));
  site.base_url = "https://example.org/x/";
  EXPECT_THAT(feed_of(site),
              HasSubstr("href=\"https://example.org/x/security/debian-12-x86_64/12.11/a.html\""));
  EXPECT_THAT(feed_of(site), HasSubstr("rel=\"self\" type=\"application/atom+xml\" "
                                       "href=\"https://example.org/x/security/feed.atom\""));
}

TEST(PageFolder, ReplacesOnlyWhatDiffersAndThatAsAWhole) {
  sys::sim::FileSystem disk;
  ASSERT_TRUE(disk.make_directory("/public", 0755));
  const std::vector<Page> pages = make(two_letters());
  const Result<Written> first = write(disk, "/public", pages);
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_EQ(first->changed, 4U);
  EXPECT_THAT(*disk.list("/public/security"),
              ElementsAre("debian-12-x86_64", "feed.atom", "index.html"));
  const std::uint64_t before = disk.operations();
  EXPECT_EQ(write(disk, "/public", pages)->changed, 0U);
  EXPECT_EQ(disk.operations(), before);
  Site site = two_letters();
  site.rollouts[in_list("b")] = in_state(State::Complete);
  disk.fail_at(2, ErrorKind::NoSpace);
  const Result<Written> failed = write(disk, "/public", {{"security/feed.atom", feed_of(site)}});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind(), ErrorKind::NoSpace);
  EXPECT_EQ(to_text(*disk.read("/public/security/feed.atom", 100'000)), feed_of(two_letters()));
}

}  // namespace
}  // namespace interlude::pages
