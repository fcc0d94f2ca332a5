#include "publish/gate/version_strings.hpp"

#include <gmock/gmock.h>

namespace interlude::publish {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(VersionStrings, FindsProductsWithVersionAndComment) {
  using namespace std::string_literals;
  const std::string text =
      "\0Server: nginx/1.22.1\0AppleWebKit/605.1.15 (KHTML, like Gecko) Safari/605.1.15\0"
      "OpenSSL 3.0.20 7 Apr 2026\0libcurl/7.88.1.\0"s;
  EXPECT_THAT(
      version_strings(as_bytes(text)),
      ElementsAre(Pair("AppleWebKit", ElementsAre("AppleWebKit/605.1.15 (KHTML, like Gecko)")),
                  Pair("OpenSSL", ElementsAre("OpenSSL 3.0.20")),
                  Pair("Safari", ElementsAre("Safari/605.1.15")),
                  Pair("libcurl", ElementsAre("libcurl/7.88.1")),
                  Pair("nginx", ElementsAre("nginx/1.22.1"))));
}

TEST(VersionStrings, PassesOverPathsDatesAndNumbers) {
  for (const char* text : {"/usr/lib/perl/5.36.0/x", "lib/perl/5.36.0", "../perl/5.36.0", "a/b",
                           "1/2.3", "text/5", "perl/5.", "It costs 1.2.3", "about Name 1.2.3",
                           "Name 1.2", "", "/", " 1.2.3", "x/1.2.3/y"}) {
    EXPECT_THAT(version_strings(as_bytes(text)), IsEmpty()) << text;
  }
}

TEST(VersionStrings, WarnsOfAnotherVersionAndOfACommentPutIn) {
  const auto change_of = [](std::string_view before, std::string_view after) {
    Change change;
    change.file.path = "usr/bin/x";
    for (const auto& [text, content, entry] :
         {std::tuple{before, &change.before, &change.file.before},
          std::tuple{after, &change.after, &change.file.after}}) {
      const Bytes bytes(as_bytes(text).begin(), as_bytes(text).end());
      *content = content_of(std::make_shared<const Bytes>(bytes));
      *entry = improvement::Entry{};
      (*entry)->digest = crypto::sha256(bytes);
    }
    return change;
  };
  const auto warnings = [&](std::string_view before, std::string_view after) {
    const Change one = change_of(before, after);
    const std::vector<Subject> subjects = {Subject{.change = &one}};
    Findings findings;
    EXPECT_TRUE(judge_version_strings(subjects, findings));
    std::vector<std::string> lines;
    for (const Finding& finding : findings.warnings) {
      lines.push_back(finding.before + " > " + finding.after);
    }
    return lines;
  };
  EXPECT_THAT(warnings("nginx/1.22.1", "nginx/1.22.2"), ElementsAre("nginx/1.22.1 > nginx/1.22.2"));
  EXPECT_THAT(warnings("Version/17.4 Safari", "Version/17.4 (a) Safari"),
              ElementsAre("Version/17.4 > Version/17.4 (a)"));
  EXPECT_THAT(warnings("nginx/1.22.1", "nginx/1.22.1 and apache/2.4.1"), IsEmpty());
  EXPECT_THAT(warnings("nginx/1.22.1", "none"), IsEmpty());
}

}  // namespace
}  // namespace interlude::publish
