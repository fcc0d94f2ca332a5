#include "serve/answer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sys/sim/clock.hpp"
#include "sys/sim/file_system.hpp"

namespace interlude::serve {
namespace {

using testing::HasSubstr;
using testing::Not;

class Answering : public testing::Test {
 protected:
  Answering() {
    if (!disk_.write("/a", as_bytes("0123456789"), 0644)) std::abort();
    etag_ = Folder::open(disk_, clock_, "/")->find("a")->etag;
  }

  Answer ask(Question question) {
    Result<Folder> folder = Folder::open(disk_, clock_, "/");
    return answer(*folder, question);
  }
  static Question get(std::string target) {
    Question question;
    question.method = "GET";
    question.target = std::move(target);
    return question;
  }

  sys::sim::FileSystem disk_;
  sys::sim::Clock clock_{sys::Time()};
  std::string etag_;
};

TEST_F(Answering, IsShort) {
  const Answer whole = ask(get("/a"));
  EXPECT_EQ(whole.head, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: " + etag_ + "\r\n\r\n");
  EXPECT_EQ(whole.body, (Span{0, 10}));
  EXPECT_NE(whole.file, nullptr);
}

TEST_F(Answering, NamesTheTypeOfWhatPeopleRead) {
  for (const char* file : {"/index.html", "/feed.atom", "/x.json"}) {
    ASSERT_TRUE(disk_.write(file, as_bytes("text"), 0644));
  }
  const std::string html = "Content-Type: text/html; charset=utf-8\r\n";
  EXPECT_THAT(ask(get("/index.html")).head, HasSubstr(html));
  EXPECT_THAT(ask(get("/")).head, HasSubstr(html));
  EXPECT_THAT(ask(get("/feed.atom")).head, HasSubstr("Content-Type: application/atom+xml\r\n"));
  EXPECT_THAT(ask(get("/x.json")).head, Not(HasSubstr("Content-Type")));
}

TEST_F(Answering, GivesHeadersAloneToHead) {
  Question question = get("/a");
  question.method = "HEAD";
  question.range = "bytes=1-2";
  const Answer head = ask(question);
  EXPECT_EQ(head.head, ask(get("/a")).head);
  EXPECT_EQ(head.body.length, 0U);
}

TEST_F(Answering, GivesAPart) {
  Question question = get("/a");
  question.range = "bytes=3-5";
  const Answer part = ask(question);
  EXPECT_EQ(part.status, 206);
  EXPECT_THAT(part.head, HasSubstr("Content-Length: 3\r\n"));
  EXPECT_THAT(part.head, HasSubstr("Content-Range: bytes 3-5/10\r\n"));
  EXPECT_EQ(part.body, (Span{3, 3}));
  question.range = "bytes=10-";
  const Answer beyond = ask(question);
  EXPECT_EQ(beyond.status, 416);
  EXPECT_THAT(beyond.head, HasSubstr("Content-Range: bytes */10\r\n"));
}

TEST_F(Answering, GivesAPartOnlyOfTheContentThatIfRangeNames) {
  Question question = get("/a");
  question.range = "bytes=3-5";
  question.if_range = etag_;
  EXPECT_EQ(ask(question).status, 206);
  question.if_range = "\"other\"";
  EXPECT_EQ(ask(question).status, 200);
  question.if_range = "Tue, 24 Nov 2026 06:52:09 GMT";
  EXPECT_EQ(ask(question).status, 200);
}

TEST_F(Answering, SaysNotModifiedWithoutABodyOrALength) {
  Question question = get("/a");
  question.if_none_match = etag_;
  const Answer same = ask(question);
  EXPECT_EQ(same.head, "HTTP/1.1 304 Not Modified\r\nETag: " + etag_ + "\r\n\r\n");
  EXPECT_EQ(same.body.length, 0U);
  question.if_none_match = "\"other\"";
  EXPECT_EQ(ask(question).status, 200);
}

TEST_F(Answering, RefusesWhatItDoesNotDo) {
  EXPECT_EQ(ask(get("/none")).status, 404);
  EXPECT_EQ(ask(get("/")).status, 404);
  EXPECT_EQ(ask(get("/../etc/passwd")).status, 404);
  Question question = get("/a");
  question.method = "PUT";
  EXPECT_EQ(ask(question).status, 405);
  EXPECT_THAT(ask(question).head, HasSubstr("Allow: GET, HEAD\r\n"));
  question = get("/a");
  question.has_body = true;
  EXPECT_EQ(ask(question).status, 400);
  EXPECT_FALSE(ask(question).keep_alive);
}

TEST_F(Answering, ClosesOnlyWhereAskedTo) {
  Question question = get("/a");
  EXPECT_TRUE(ask(question).keep_alive);
  EXPECT_THAT(ask(question).head, Not(HasSubstr("Connection")));
  question.keep_alive = false;
  EXPECT_FALSE(ask(question).keep_alive);
  EXPECT_THAT(ask(question).head, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(refusal(400).head, HasSubstr("Connection: close\r\n"));
}

TEST_F(Answering, OfAnEmptyFileIsEmpty) {
  ASSERT_TRUE(disk_.write("/empty", {}, 0644));
  const Answer empty = ask(get("/empty"));
  EXPECT_EQ(empty.status, 200);
  EXPECT_THAT(empty.head, HasSubstr("Content-Length: 0\r\n"));
}

}  // namespace
}  // namespace interlude::serve
