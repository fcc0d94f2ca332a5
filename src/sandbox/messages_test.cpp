#include "sandbox/messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace interlude::sandbox {
namespace {

const std::string kHash(64, 'a');

tuf::Target target() {
  return {"local/box/1/a/manifest.json.zst", 1234, {{"sha256", kHash}}, json::Value()};
}

TEST(Messages, GiveBackATarget) {
  Writer writer(Message::Fetch);
  write(writer, target());
  Reader reader(writer.bytes(), "test");
  ASSERT_EQ(reader.message(), Message::Fetch);
  const auto back = read_target(reader);
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(back->path, target().path);
  EXPECT_EQ(back->length, 1234U);
  EXPECT_EQ(back->hashes, target().hashes);
}

TEST(Messages, GiveBackARequestAndAResponse) {
  Writer asked(Message::Get);
  write(asked, sys::Request{"http://a/b", 100, 7, "\"tag\""});
  Reader question(asked.bytes(), "test");
  const sys::Request request = read_request(question);
  EXPECT_TRUE(question.finish());
  EXPECT_EQ(request.url, "http://a/b");
  EXPECT_EQ(request.limit_bytes, 100U);
  EXPECT_EQ(request.offset, 7U);
  EXPECT_EQ(request.etag, "\"tag\"");
  Writer said(Message::Answered);
  write(said, sys::Response{true, 9, "x"});
  Reader answer(said.bytes(), "test");
  const sys::Response response = read_response(answer);
  EXPECT_TRUE(answer.finish());
  EXPECT_TRUE(response.not_modified);
  EXPECT_EQ(response.offset, 9U);
  EXPECT_EQ(response.etag, "x");
}

TEST(Messages, KeepTerminalsSafeFromErrors) {
  Writer writer(Message::Failed);
  write(writer, Error(ErrorKind::NotFound, "gone\x1b[2J\n\x7f"));
  Reader reader(writer.bytes(), "test");
  const Error error = read_error(reader);
  EXPECT_EQ(error.kind(), ErrorKind::NotFound);
  EXPECT_EQ(error.message(), "gone?[2J??");
}

TEST(Messages, NobodyCancelsFromAfar) {
  Writer writer(Message::Failed);
  write(writer, Error(ErrorKind::Cancelled, "\xff"));
  Reader reader(writer.bytes(), "test");
  const Error error = read_error(reader);
  EXPECT_EQ(error.kind(), ErrorKind::Unavailable);
  EXPECT_EQ(error.message(), "?");
}

TEST(Messages, AreCorruptWhereverTheyAreCut) {
  Writer writer(Message::Fetch);
  write(writer, target());
  for (std::size_t length = 0; length < writer.bytes().size(); ++length) {
    Reader reader(writer.bytes().first(length), "test");
    EXPECT_FALSE(read_target(reader)) << length;
  }
}

TEST(Messages, AreCorruptWithAnythingBehindThem) {
  const Bytes message = to_bytes(std::string("\x01") + "more");
  Reader reader(message, "test");
  EXPECT_EQ(reader.message(), Message::Ask);
  EXPECT_FALSE(reader.finish());
}

TEST(Messages, AreCorruptWithAnUnknownKindOrAHugeText) {
  for (const Bytes& message : {Bytes{}, Bytes{0}, Bytes{200}}) {
    EXPECT_FALSE(Reader(message, "test").finish());
  }
  Bytes huge{static_cast<std::uint8_t>(Message::Fetch)};
  append_varint(huge, std::uint64_t{1} << 62U);
  Reader reader(huge, "test");
  EXPECT_EQ(reader.text(), "");
  EXPECT_FALSE(reader.finish());
}

TEST(Messages, RefuseATargetThatLeavesTheRepositoryOrHasNoProperHash) {
  for (const char* path : {"../x", "/etc/shadow", "a//b", ""}) {
    Writer writer(Message::Fetch);
    auto bad = target();
    bad.path = path;
    write(writer, bad);
    Reader reader(writer.bytes(), "test");
    EXPECT_FALSE(read_target(reader)) << path;
  }
  Writer writer(Message::Fetch);
  auto bad = target();
  bad.hashes["sha256"] = "../../etc/shadow";
  write(writer, bad);
  Reader reader(writer.bytes(), "test");
  EXPECT_FALSE(read_target(reader));
}

}  // namespace
}  // namespace interlude::sandbox
