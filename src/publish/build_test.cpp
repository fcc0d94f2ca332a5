#include "publish/build.hpp"

#include <gmock/gmock.h>

#include "delta/delta.hpp"
#include "publish/workshop_test.hpp"

namespace interlude::publish {
namespace {

using improvement::Component;
using improvement::Payload;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;

/// Text that compresses badly, so that patches are worth having.
std::string noise(unsigned seed, std::size_t size = 20000) {
  std::string text(size, ' ');
  for (char& c : text) {
    seed = seed * 1103515245U + 12345U;
    c = static_cast<char>('!' + (seed >> 16U) % 90U);
  }
  return text;
}

class Build : public Workshop {
 protected:
  void SetUp() override {
    put("old/usr/lib/a.so", noise(1));
    put("old/usr/lib/same.so", noise(2));
    put("old/usr/lib/gone.so", noise(3));
    std::filesystem::copy(at("old"), at("new"), std::filesystem::copy_options::recursive);
    put("new/usr/lib/a.so", noise(1) + "fixed");
    put("new/usr/lib/added.so", noise(3) + "moved");
    ASSERT_TRUE(disk_.remove(at("new/usr/lib/gone.so")));
  }

  std::string rebuilt(const Component& component, ByteView payload, const Component* earlier,
                      const std::map<Path, std::string>& contents) {
    std::vector<ByteView> old;
    for (const improvement::Reference& reference : improvement::references(component, earlier)) {
      const std::string& content = contents.at(reference.path);
      EXPECT_EQ(crypto::sha256(as_bytes(content)), reference.digest) << reference.path;
      old.push_back(as_bytes(content));
    }
    std::vector<std::uint64_t> sizes;
    for (const auto* file : improvement::rebuilt_files(component))
      sizes.push_back(file->after->size);
    std::string all;
    const Status done = delta::apply(old, payload, sizes, {}, [&](std::size_t, ByteView piece) {
      all += as_text(piece);
      return Status{};
    });
    EXPECT_TRUE(done) << (done ? "" : done.error().message());
    return all;
  }

  void write(const Improvement& improvement, const Path& directory) {
    std::filesystem::create_directories(at(directory));
    ASSERT_TRUE(write_improvement(disk_, improvement, at(directory)));
  }
};

TEST_F(Build, MakesAManifestAndPayloadsThatRebuildEveryFile) {
  const Result<Improvement> result = built(request({at("old")}, {at("new")}));
  ASSERT_TRUE(result) << result.error().message();
  EXPECT_EQ(result->manifest.id, id());
  ASSERT_EQ(result->manifest.components.size(), 1U);
  const Component& component = result->manifest.components.front();
  EXPECT_EQ(component.name, "system");
  EXPECT_EQ(result->manifest.advisories.front().component, "system");
  ASSERT_THAT(result->payloads,
              ElementsAre(Key("system.from-baseline.payload"), Key("system.full.payload")));
  const std::string expected = noise(1) + "fixed" + noise(3) + "moved";
  EXPECT_EQ(rebuilt(component, result->payloads.at("system.from-baseline.payload"), nullptr,
                    {{"usr/lib/a.so", noise(1)}, {"usr/lib/gone.so", noise(3)}}),
            expected);
  EXPECT_LT(result->payloads.at("system.from-baseline.payload").size(), 200U);
  for (const Payload& payload : component.payloads) {
    EXPECT_EQ(payload.digest, crypto::sha256(result->payloads.at(payload.name)));
    EXPECT_EQ(payload.size, result->payloads.at(payload.name).size());
  }
}

TEST_F(Build, GivesTheSameBytesTwice) {
  const Result<Improvement> first = built(request({at("old")}, {at("new")}));
  const Result<Improvement> second = built(request({at("old")}, {at("new")}));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(improvement::serialize(first->manifest), improvement::serialize(second->manifest));
  EXPECT_EQ(first->payloads, second->payloads);
}

TEST_F(Build, LetterIsCumulativeAndStartsFromAnEarlierOne) {
  const Result<Improvement> a = built(request({at("old")}, {at("new")}));
  ASSERT_TRUE(a);
  write(*a, "a");
  const std::string second = noise(1) + "fixed" + noise(4, 3000);
  put("new/usr/lib/a.so", second + "once more");
  Request next = request({at("old")}, {at("new")}, "b");
  next.earlier = {at("a")};
  const Result<Improvement> b = built(next);
  ASSERT_TRUE(b) << b.error().message();
  EXPECT_THAT(b->manifest.components.front().files, testing::SizeIs(3));
  put("new/usr/lib/a.so", second + "and again");
  write(*b, "b");
  Request last = request({at("old")}, {at("new")}, "c");
  last.earlier = {at("a"), at("b")};
  const Result<Improvement> c = built(last);
  ASSERT_TRUE(c) << c.error().message();
  const Component& component = c->manifest.components.front();
  ASSERT_TRUE(c->payloads.contains("system.from-b.payload"));
  EXPECT_LT(c->payloads.at("system.from-b.payload").size(),
            c->payloads.at("system.from-baseline.payload").size() / 2);
  EXPECT_EQ(
      rebuilt(component, c->payloads.at("system.from-b.payload"), &b->manifest.components.front(),
              {{"usr/lib/a.so", second + "once more"}, {"usr/lib/added.so", noise(3) + "moved"}}),
      second + "and again" + noise(3) + "moved");
}

TEST_F(Build, RefusesAnEarlierImprovementThatIsNone) {
  const Result<Improvement> a = built(request({at("old")}, {at("new")}));
  ASSERT_TRUE(a);
  write(*a, "a");
  Request same = request({at("old")}, {at("new")}, "a");
  same.earlier = {at("a")};
  EXPECT_THAT(refused(same).message(), HasSubstr("is no earlier letter"));
  Request next = request({at("old")}, {at("new")}, "b");
  next.earlier = {at("nowhere")};
  EXPECT_EQ(refused(next).kind(), ErrorKind::NotFound);
  next.earlier = {at("a")};
  put("a/system.full.payload", "rubbish");
  EXPECT_THAT(refused(next).message(), HasSubstr("is not what manifest.json says"));
}

TEST_F(Build, LeavesOutAPatchThatIsNotSmallerThanFull) {
  put("old/usr/lib/a.so", noise(7));
  Request only = request({at("old")}, {at("new")});
  ASSERT_TRUE(disk_.remove(at("new/usr/lib/added.so")));
  put("new/usr/lib/a.so", "tiny");
  const Result<Improvement> result = built(only);
  ASSERT_TRUE(result);
  EXPECT_THAT(result->payloads, ElementsAre(Key("system.full.payload")));
}

TEST_F(Build, NeedsNoPayloadWhereOnlyMetadataDiffers) {
  std::filesystem::remove_all(at("new"));
  std::filesystem::copy(at("old"), at("new"), std::filesystem::copy_options::recursive);
  ASSERT_TRUE(disk_.set_mode(at("new/usr/lib/a.so"), 0755));
  const Result<Improvement> result = built(request({at("old")}, {at("new")}));
  ASSERT_TRUE(result) << result.error().message();
  EXPECT_THAT(result->payloads, IsEmpty());
}

TEST_F(Build, TakesComponentAndVersionsFromPackages) {
  const Path old = package("old", "libgreeting1", "1.0-1", "Source: greeting\n");
  const Path fresh = package("new", "libgreeting1", "1.0-2", "Source: greeting\n");
  const Result<Improvement> result = built(request({old}, {fresh}));
  ASSERT_TRUE(result) << result.error().message();
  const Component& component = result->manifest.components.front();
  EXPECT_EQ(component.name, "greeting");
  EXPECT_EQ(component.package, "libgreeting1");
  EXPECT_EQ(component.version_before, "1.0-1");
  EXPECT_EQ(component.version_after, "1.0-2");
  EXPECT_EQ(result->package_download_bytes, std::filesystem::file_size(fresh));
}

TEST_F(Build, RefusesAdvisoriesForNothing) {
  Request wrong = request({at("old")}, {at("new")});
  wrong.rules = {{"library", "usr/lib/*"}};
  wrong.advisories = {{"CVE-2026-1", "librayr", "", "", {}}};
  EXPECT_THAT(refused(wrong).message(),
              HasSubstr("advisory CVE-2026-1: nothing differs in a component \"librayr\"; those "
                        "that do: library"));
  wrong.shared_advisories = true;
  const Result<Improvement> shared = built(wrong);
  ASSERT_TRUE(shared);
  EXPECT_THAT(shared->manifest.advisories, IsEmpty());
  Request unclear = request({at("old")}, {at("new")});
  unclear.rules = {{"one", "usr/lib/a*"}, {"two", "usr/lib/g*"}};
  EXPECT_THAT(refused(unclear).message(),
              HasSubstr("say which component it is about: one of one, two"));
}

TEST_F(Build, SignsProbesAndRestartRulesWithTheirComponent) {
  const improvement::Probe probe{"web", improvement::Probe::Kind::Unit, {}, "nginx.service"};
  Request wanted = request({at("old")}, {at("new")});
  wanted.operation.probes = {{"", probe}};
  wanted.operation.restarts = {{"", {{"nginx.service"}, {}}}};
  const Result<Improvement> made = built(wanted);
  ASSERT_TRUE(made) << made.error().message();
  const Component& component = made->manifest.components.front();
  EXPECT_THAT(component.probes, ElementsAre(probe));
  EXPECT_THAT(component.restart.units, ElementsAre("nginx.service"));
  wanted.operation.probes.front().component = "nothing";
  EXPECT_THAT(refused(wanted).message(), HasSubstr("\"nothing\" is no component"));
}

TEST_F(Build, RefusesWhatTheGateRefuses) {
  ASSERT_TRUE(disk_.set_mode(at("new/usr/lib/a.so"), 04755));
  const Error error = refused(request({at("old")}, {at("new")}));
  EXPECT_EQ(error.kind(), ErrorKind::Denied);
  EXPECT_THAT(error.message(), HasSubstr("usr/lib/a.so (system): a new setuid"));
}

TEST_F(Build, RefusesEqualSides) {
  EXPECT_THAT(refused(request({at("old")}, {at("old")})).message(), HasSubstr("nothing differs"));
}

TEST_F(Build, NotesARuleThatMatchesNothing) {
  Request request_with = request({at("old")}, {at("new")});
  request_with.rules = {{"absent", "opt/*"}};
  const Result<Improvement> result = built(request_with);
  ASSERT_TRUE(result);
  EXPECT_THAT(result->notes, ElementsAre(HasSubstr("component absent")));
}

TEST_F(Build, StopsWhenInterrupted) {
  const Result<Improvement> result =
      build(disk_, request({at("old")}, {at("new")}), [](double) { return false; });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind(), ErrorKind::Cancelled);
}

}  // namespace
}  // namespace interlude::publish
