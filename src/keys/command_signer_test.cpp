#include "keys/command_signer.hpp"

#include <gmock/gmock.h>

#include "crypto/private_key.hpp"
#include "sys/posix/process.hpp"

namespace interlude::keys {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Instead of a program: signs what it gets, or does what the test says.
class FakeProgram final : public sys::ProcessRunner {
 public:
  Result<sys::Finished> run(const std::vector<std::string>&, const std::string&) override {
    return fail(ErrorKind::Internal, "a signer has input");
  }
  Result<sys::Finished> filter(const std::vector<std::string>& arguments, ByteView input,
                               std::uint64_t) override {
    called_with = arguments;
    if (answer) return *answer;
    return sys::Finished{0, to_text(*key.sign(input)), "touch the token\n"};
  }

  crypto::PrivateKey key = crypto::PrivateKey::generate();
  std::optional<Result<sys::Finished>> answer;
  std::vector<std::string> called_with;
};

class Command : public testing::Test {
 protected:
  Result<Bytes> sign() {
    return CommandSigner(program.key.public_key(), {"/bin/sign", "--key", "a b"}, program)
        .sign(as_bytes("message"));
  }
  Error refused() {
    const Result<Bytes> signature = sign();
    return signature ? Error(ErrorKind::Internal, "it signed") : signature.error();
  }
  FakeProgram program;
};

TEST_F(Command, SignsWhatItGets) {
  const Result<Bytes> signature = sign();
  ASSERT_TRUE(signature) << signature.error().message();
  EXPECT_TRUE(program.key.public_key().verifies(as_bytes("message"), *signature));
  EXPECT_THAT(program.called_with, testing::ElementsAre("/bin/sign", "--key", "a b"));
}

TEST_F(Command, FailureShowsItsLastWordsOnOneLine) {
  program.answer =
      sys::Finished{3, "", "first\n" + std::string(1000, 'x') + "\nno card\x1b[2J\n\n"};
  const Error error = refused();
  EXPECT_EQ(error.kind(), ErrorKind::Unavailable);
  EXPECT_THAT(error.message(), HasSubstr("/bin/sign ended with 3: "));
  EXPECT_THAT(error.message(), HasSubstr("x no card [2J"));
  EXPECT_THAT(error.message(), Not(HasSubstr("first")));
  EXPECT_THAT(error.message(), Not(HasSubstr("\n")));
}

TEST_F(Command, MissingProgramIsUnavailable) {
  program.answer = Result<sys::Finished>(fail(ErrorKind::NotFound, "running /bin/sign: no file"));
  EXPECT_EQ(refused().kind(), ErrorKind::Unavailable);
  EXPECT_THAT(refused().message(), HasSubstr("running /bin/sign"));
}

TEST_F(Command, AnythingElseThanASignatureIsRefused) {
  for (const std::string& output :
       {std::string(), std::string("Signature follows:\n"),
        to_text(*crypto::PrivateKey::generate().sign(as_bytes("message"))),
        to_text(*program.key.sign(as_bytes("massage"))),
        to_text(*program.key.sign(as_bytes("message"))) + "\n"}) {
    program.answer = sys::Finished{0, output, ""};
    EXPECT_EQ(refused().kind(), ErrorKind::Untrusted) << output;
  }
}

TEST_F(Command, EndlessOutputIsStopped) {
  sys::posix::ProcessRunner real;
  const Result<Bytes> signature =
      CommandSigner(program.key.public_key(), {"/bin/cat", "/dev/zero"}, real).sign({});
  ASSERT_FALSE(signature);
  EXPECT_EQ(signature.error().kind(), ErrorKind::Unavailable);
  EXPECT_THAT(signature.error().message(), HasSubstr("more than 4096 bytes"));
}

}  // namespace
}  // namespace interlude::keys
