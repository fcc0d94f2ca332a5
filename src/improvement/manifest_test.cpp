#include "improvement/manifest.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <zstd.h>

#include <random>

#include "improvement/test_entry.hpp"
#include "json/json.hpp"

namespace interlude::improvement {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

Entry link_to(std::string target) {
  Entry entry;
  entry.kind = EntryKind::Symlink;
  entry.mode = kLinkMode;
  entry.target = std::move(target);
  return entry;
}

Entry directory(std::uint32_t mode = 0755) {
  Entry entry;
  entry.kind = EntryKind::Directory;
  entry.mode = mode;
  return entry;
}

Payload payload_of(Payload::From from, std::string letter, std::string_view component) {
  return {from, letter, payload_name(component, from, letter), 100, crypto::sha256({})};
}

Manifest usual() {
  Component component;
  component.name = "openssl";
  component.version_before = "3.0.20-1~deb12u2";
  component.version_after = "3.0.22-1~deb12u2";
  component.package = "libssl3";
  component.apply = Apply::AtBoot;
  component.files = {{"usr/bin/su", file_of("su", 04755), file_of("su 2", 04755)},
                     {"usr/lib/engines", std::nullopt, directory()},
                     {"usr/lib/engines/new.so", std::nullopt, file_of("added", 0755)},
                     {"usr/lib/gone.so", file_of("gone"), std::nullopt},
                     {"usr/lib/libssl.so", link_to("libssl.so.2"), link_to("libssl.so.3")},
                     {"usr/lib/libssl.so.3", file_of("ssl"), file_of("ssl 2")},
                     {"usr/lib/moded", file_of("same"), file_of("same", 0755)}};
  component.payloads = {payload_of(Payload::From::Baseline, "", "openssl"),
                        payload_of(Payload::From::Letter, "a", "openssl"),
                        payload_of(Payload::From::Full, "", "openssl")};
  component.restart = {{"nginx.service"}, {"postgresql@*.service"}};
  component.probes = {{"ssl", Probe::Kind::Command, {"/usr/bin/openssl", "version"}, "", 5},
                      {"web", Probe::Kind::Unit, {}, "nginx.service"},
                      {"port", Probe::Kind::Socket, {}, "unix:/run/x.sock"}};
  component.files[0].after->attributes["security.capability"] = {1, 2, 255};
  return {*Id::parse("local/debian-12-x86_64/12.11/b"),
          "2026-11",
          {{"CVE-2026-1", "openssl", "A server could read memory.", "Bounds.", {"https://x/1"}}},
          {component},
          {{"capability", "needed by \"su\" \\ tested"}}};
}

Result<Manifest> parsed(const json::Value& value) {
  return parse_manifest(as_bytes(value.dump()));
}

json::Value usual_json() {
  return *json::parse(as_bytes(serialize(usual())));
}

TEST(Manifest, ReadsWhatItWrites) {
  const Result<Manifest> read = parse_manifest(as_bytes(serialize(usual())));
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(*read, usual());
}

TEST(Manifest, LeavesOutWhatIsUsual) {
  const json::Value files = usual_json()["components"][0]["files"];
  EXPECT_EQ(files[5]["before"].size(), 2U) << files[5].dump();
  EXPECT_EQ(files[6]["after"], json::Value({{"mode", "0755"}}));
  EXPECT_EQ(files[1]["after"], json::Value({{"kind", "directory"}}));
  EXPECT_FALSE(usual_json()["components"][0]["payloads"][0].contains("name"));
}

TEST(Manifest, EmptyFilesHaveTheirSizeStated) {
  Manifest manifest = usual();
  manifest.components[0].files = {
      {"a/added", std::nullopt, file_of("")},  {"a/emptied", file_of("x"), file_of("")},
      {"a/filled", file_of(""), file_of("x")}, {"a/gone", file_of(""), std::nullopt},
      {"a/link", link_to("x"), file_of("")},   {"a/moded", file_of(""), file_of("", 0755)}};
  const Result<Manifest> read = parse_manifest(as_bytes(serialize(manifest)));
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(*read, manifest);
}

TEST(Manifest, RefusesEveryTruncation) {
  const std::string text = serialize(usual());
  for (std::size_t size = 0; size < text.size(); ++size) {
    const Result<Manifest> read = parse_manifest(as_bytes(text).first(size));
    ASSERT_FALSE(read) << size;
    EXPECT_EQ(read.error().kind(), ErrorKind::Corrupt);
  }
}

TEST(Manifest, RefusesTextBeyondTheLimit) {
  const std::string text(kLargestManifest + 1, ' ');
  EXPECT_THAT(parse_manifest(as_bytes(text)).error().message(), HasSubstr("longer than"));
}

/// A change to the usual manifest that must be refused, and what the error must say.
struct Refusal {
  const char* name;
  const char* patch;  ///< JSON patch (RFC 6902), one operation: path and value
  const char* value;
  const char* message;
};

void PrintTo(const Refusal& refusal, std::ostream* out) {
  *out << refusal.name;
}

class ManifestRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(ManifestRefusal, NamesThePlace) {
  json::Value value = usual_json();
  value[json::Value::json_pointer(GetParam().patch)] = json::Value::parse(GetParam().value);
  const Result<Manifest> read = parsed(value);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind(), ErrorKind::Corrupt);
  EXPECT_THAT(read.error().message(), HasSubstr("manifest.json: "));
  EXPECT_THAT(read.error().message(), HasSubstr(GetParam().message));
}

constexpr const char* kFile5 = "/components/0/files/5";
constexpr Refusal kRefusals[] = {
    {"AbsolutePath", "/components/0/files/5/path", "\"/etc/passwd\"",
     "components[0].files[5].path: path \"/etc/passwd\" is absolute"},
    {"ParentPath", "/components/0/files/5/path", "\"usr/lib/../../etc/x\"", "has the part \"..\""},
    {"EmptyPath", "/components/0/files/5/path", "\"\"", "files[5].path: path \"\" is empty"},
    {"Device", "/components/0/files/5/after/kind", "\"device\"",
     "components[0].files[5].after.kind: \"device\" is not known here"},
    {"NewSetuid", "/components/0/files/5/after/mode", "\"4755\"",
     "files[5]: a new setuid or setgid bit"},
    {"NewSetgid", "/components/0/files/5/after/mode", "\"2755\"",
     "files[5]: a new setuid or setgid bit"},
    {"AddedSetuid", "/components/0/files/2/after/mode", "\"4755\"",
     "files[2]: a new setuid or setgid bit"},
    {"SetuidOfAnotherOwner", "/components/0/files/0/after/uid", "5",
     "files[0]: a new setuid or setgid bit"},
    {"BelowALink", "/components/0/files/5/path", "\"usr/lib/libssl.so/x\"",
     "lies below \"usr/lib/libssl.so\", which is not a directory"},
    {"BelowADeletedFile", "/components/0/files/4/path", "\"usr/lib/gone.so/x\"", "lies below"},
    {"DuplicatePath", "/components/0/files/5/path", "\"usr/lib/libssl.so\"", "each path once"},
    {"UnsortedPaths", "/components/0/files/5/path", "\"usr/a\"", "not sorted"},
    {"DirectoryIntoFile", kFile5,
     R"({"path":"usr/lib/libssl.so.3","before":{"kind":"directory"},"after":{"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":0}})",
     "a directory cannot turn into something else"},
    {"NoChange", kFile5,
     R"({"path":"usr/lib/libssl.so.3","before":{"kind":"directory"},"after":{"kind":"directory"}})",
     "are the same"},
    {"NeitherSide", kFile5, R"({"path":"usr/lib/libssl.so.3"})", "neither"},
    {"ComponentName", "/components/0/name", "\"../x\"", "components[0].name: component \"../x\""},
    {"PayloadName", "/components/0/payloads/0/name", "\"a/b\"", "payloads[0].name"},
    {"UnknownFormat", "/format", "2", "format: 2 is not known here; expected 1"},
    {"HugeFile", "/components/0/files/5/after/size", "17179869185",
     "components[0].files[5].after.size"},
    {"HugePayload", "/components/0/payloads/0/size", "17179869185", "payloads[0].size"},
    {"ShortDigest", "/components/0/files/5/after/sha256", "\"abc\"", "files[5].after.sha256"},
    {"NegativeSize", "/components/0/files/5/after/size", "-1", "expected a whole number"},
    {"Mode", "/components/0/files/5/after/mode", "\"755\"", "expected four octal digits"},
    {"LinkMode", "/components/0/files/4/after/mode", "\"0644\"", "has mode 0777"},
    {"LinkTarget", "/components/0/files/4/after/target", "\"\"", "files[4].after.target"},
    {"Owner", "/components/0/files/5/after/uid", "4294967295", "not a user or group number"},
    {"Attribute", "/components/0/files/5/after/attributes", R"({"security.selinux":"00"})",
     "only security.capability"},
    {"NoFiles", "/components/0/files", "[]", "has no files"},
    {"NoComponents", "/components", "[]", "has no components"},
    {"NoFullPayload", "/components/0/payloads", "[]", "0 of them are full"},
    {"PayloadTwice", "/components/0/payloads/1/letter", "\"b\"", "not earlier"},
    {"PayloadOfALaterLetter", "/components/0/payloads/1/letter", "\"aa\"", "not earlier"},
    {"PayloadStart", "/components/0/payloads/1/from", "\"zero\"", "payloads[1].from"},
    {"PayloadWithoutStart", "/components/0/payloads/1",
     R"({"size":1,"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"})",
     "member \"from\" is missing"},
    {"PayloadNameTwice", "/components/0/payloads/1/name", "\"openssl.full.payload\"",
     "the name \"openssl.full.payload\" stands twice"},
    {"SameStartTwice", "/components/0/payloads/1",
     R"({"from":"baseline","name":"x","size":1,"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"})",
     "\"x\" starts where another one does"},
    {"ApplyMode", "/components/0/apply", "\"now\"", "components[0].apply"},
    {"AdvisoryComponent", "/advisories/0/component", "\"curl\"",
     "advisories[0].component: there is no component \"curl\""},
    {"Id", "/id", "\"local/x/12.11\"", "id: "},
    {"ControlCharacter", "/advisories/0/description", R"("a\u001b[31m")",
     "a text has a control character"},
    {"FilesNotAList", "/components/0/files", "{}", "expected a list"},
};
INSTANTIATE_TEST_SUITE_P(Each, ManifestRefusal, testing::ValuesIn(kRefusals),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Manifest, RefusesOnePathInTwoComponents) {
  Manifest manifest = usual();
  Component second;
  second.name = "second";
  second.files = {{"usr/lib/gone.so", file_of("x"), std::nullopt}};
  manifest.components.push_back(second);
  const Result<Manifest> read = parse_manifest(as_bytes(serialize(manifest)));
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message(),
              HasSubstr("components[1].files[0].path: \"usr/lib/gone.so\" also stands at "
                        "components[0].files[3].path"));
}

TEST(Manifest, RefusesPayloadsWhereNothingIsRebuilt) {
  Manifest manifest = usual();
  manifest.components[0].files = {{"usr/lib/moded", file_of("same"), file_of("same", 0755)}};
  EXPECT_THAT(parse_manifest(as_bytes(serialize(manifest))).error().message(),
              HasSubstr("no file with new content"));
}

TEST(Manifest, ListsRebuiltAndReferenceFilesInOrder) {
  std::vector<Path> rebuilt;
  std::vector<Path> references;
  const Manifest manifest = usual();
  for (const FileChange* change : rebuilt_files(manifest.components[0])) {
    rebuilt.push_back(change->path);
  }
  for (const FileChange* change : reference_files(manifest.components[0])) {
    references.push_back(change->path);
  }
  EXPECT_THAT(rebuilt, ElementsAre("usr/bin/su", "usr/lib/engines/new.so", "usr/lib/libssl.so.3"));
  EXPECT_THAT(references,
              ElementsAre("usr/bin/su", "usr/lib/gone.so", "usr/lib/libssl.so.3", "usr/lib/moded"));
}

TEST(References, FromAnEarlierLetterAreWhatThatLetterHasOn) {
  Component earlier;
  earlier.files = {{"usr/lib/gone.so", file_of("gone"), file_of("gone in a")},
                   {"usr/lib/only-in-a", file_of("x"), file_of("y")},
                   {"usr/lib/moded", file_of("same"), std::nullopt}};
  std::ranges::sort(earlier.files, {}, &FileChange::path);
  const Manifest manifest = usual();
  const Component& component = manifest.components[0];
  const auto reference = [](const char* path, const Entry& entry) {
    return Reference{path, entry.size, entry.digest};
  };
  EXPECT_THAT(references(component, &earlier),
              ElementsAre(reference("usr/bin/su", file_of("su")),
                          reference("usr/lib/gone.so", file_of("gone in a")),
                          reference("usr/lib/libssl.so.3", file_of("ssl")),
                          reference("usr/lib/only-in-a", file_of("y"))));
  EXPECT_THAT(references(component, nullptr), SizeIs(4));
}

/// `count` libraries that all differ; every second one keeps its size, as rebuilt libraries do.
Manifest many(int count) {
  std::mt19937 random(5);
  Component component;
  component.name = "c";
  for (int i = 0; i < count; ++i) {
    FileChange change{fmt::format("usr/lib/x86_64-linux-gnu/lib{}{}-{}.so.{}", 1000 + i,
                                  "abcdefgh"[random() % 8], random() % 9, random() % 9),
                      file_of(std::to_string(2 * i)), file_of(std::to_string(2 * i + 1))};
    change.before->size = 10000 + random() % 1000000;
    change.after->size = change.before->size + (i % 2 == 0 ? 0 : random() % 4096);
    component.files.push_back(std::move(change));
  }
  return {*Id::parse("local/debian-12-x86_64/12.11/a"), "", {}, {component}, {}};
}

std::size_t compressed_size(const std::string& text) {
  Bytes packed(ZSTD_compressBound(text.size()));
  return ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 19);
}

TEST(Manifest, CostsFewBytesForEachFile) {
  const std::size_t small = compressed_size(serialize(many(100)));
  const std::size_t large = compressed_size(serialize(many(300)));
  EXPECT_LE((large - small) / 200, 80U) << "both digests included";
  EXPECT_LE(compressed_size(serialize(many(1))), 300U);
}

Entry random_entry(std::mt19937& random) {
  const auto pick = [&](std::uint32_t bound) {
    return static_cast<std::uint32_t>(random() % bound);
  };
  if (pick(4) == 0) return link_to("target " + std::to_string(pick(3)));
  Entry entry = file_of(std::string(pick(3), 'x'), pick(2) == 0 ? 0644 : pick(01000));
  entry.uid = pick(2) * pick(70000);
  entry.gid = pick(2) * pick(70000);
  if (pick(3) == 0) entry.attributes["user." + std::to_string(pick(2))] = Bytes(pick(3), 7);
  return entry;
}

TEST(Manifest, RoundTripsWhateverIsInIt) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    Manifest manifest = usual();
    Component& component = manifest.components[0];
    component.files.clear();
    for (int i = 0; i < 10; ++i) {
      FileChange change{"p" + std::to_string(i), std::nullopt, std::nullopt};
      if (random() % 3 != 0) change.before = random_entry(random);
      if (random() % 3 != 0 || !change.before) change.after = random_entry(random);
      if (change.before != change.after) component.files.push_back(change);
    }
    if (component.files.empty()) continue;
    if (rebuilt_files(component).empty()) component.payloads.clear();
    const Result<Manifest> read = parse_manifest(as_bytes(serialize(manifest)));
    ASSERT_TRUE(read) << read.error().message();
    ASSERT_EQ(*read, manifest);
  }
}

}  // namespace
}  // namespace interlude::improvement
