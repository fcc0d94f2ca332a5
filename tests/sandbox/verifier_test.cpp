// Verifiers that were taken over: what they say, hand over, and leave behind.

#include "sandbox/verifier.hpp"

#include <sys/stat.h>

#include <csignal>

#include "device/direct_source.hpp"
#include "sandbox/fetcher.hpp"
#include "sandbox/mirror_files.hpp"
#include "taken_over.hpp"

namespace interlude::sandbox {
namespace {

class VerifierThat : public TakenOver {
 protected:
  using Speech = std::function<void(Channel& worker)>;
  /// The error of a poll whose verifier does `speech` at the first question.
  Error poll(const Speech& speech) {
    Roles roles = roles_;
    roles.verifier = [=](const Assignment&, pid_t, std::vector<UniqueFd> given) {
      Channel worker(std::move(given[0]));
      (void)worker.receive(-1ms);
      speech(worker);
    };
    const Status done = run(roles);
    expect_as_before();
    return done ? Error(ErrorKind::Cancelled, "it went well") : done.error();
  }
};

TEST_F(VerifierThat, DiesIsNamedAndLeavesNothing) {
  const Error error = poll([](Channel&) { ::_exit(3); });
  EXPECT_EQ(error.kind(), ErrorKind::Unavailable);
  EXPECT_EQ(error.message(), "the verifying process ended with exit code 3");
  const Error killed = poll([](Channel&) { ::raise(SIGKILL); });
  EXPECT_EQ(killed.message(), "the verifying process was ended by signal 9");
  expect_goes_on();
}

TEST_F(VerifierThat, HangsIsEnded) {
  const Error error = poll([](Channel&) { ::pause(); });
  EXPECT_EQ(error.kind(), ErrorKind::Unavailable);
  EXPECT_THAT(error.message(), HasSubstr("does not come to an end"));
  expect_goes_on();
}

TEST_F(VerifierThat, SpeaksNonsenseIsNotHeard) {
  for (const Bytes& nonsense : {Bytes{0}, Bytes{99}, Bytes(kLongestMessage + 1),
                                Bytes{static_cast<std::uint8_t>(Message::Answered)},
                                Bytes{static_cast<std::uint8_t>(Message::Done)},
                                Bytes{static_cast<std::uint8_t>(Message::Piece), 0, 1}}) {
    const Error error = poll([&](Channel& worker) { (void)worker.send(nonsense); });
    EXPECT_EQ(error.kind(), ErrorKind::Corrupt) << error.message();
  }
  expect_goes_on();
}

TEST_F(VerifierThat, CountsWithoutEndSpoilsNoRecord) {
  for (const std::uint64_t bytes : {~std::uint64_t{0}, std::uint64_t{1} << 63U, std::uint64_t{7}}) {
    (void)poll([&](Channel& worker) {
      Writer writer(Message::Failed);
      write(writer, Error(ErrorKind::Cancelled, "\xff\xc2\x9b"));
      write(writer, Tally{bytes, ~std::uint64_t{0}});
      (void)worker.send(writer.bytes());
    });
  }
  expect_goes_on();
}

TEST_F(VerifierThat, DoesNotReadItsAnswersIsEnded) {
  const Error error = poll([](Channel& worker) {
    while (worker.send(Writer(Message::Open).text("/etc/shadow").bytes())) {
    }
  });
  EXPECT_EQ(error.kind(), ErrorKind::Corrupt) << error.message();
  EXPECT_THAT(error.message(), HasSubstr("does not read"));
  expect_goes_on();
}

TEST_F(VerifierThat, AsksForSecretsGetsNone) {
  const Path secret = directory_.path() + "/secret";
  must(disk_.write(secret, as_bytes("secret"), 0600));
  must(disk_.make_symlink(secret, folder_ + "/metadata/link"));
  must(disk_.make_directory(layout_.drop_ins(), 0755));
  must(disk_.write(layout_.drop_ins() + "/10.toml",
                   as_bytes("[source]\nurls = [\"file://" + folder_ + "\"]\n"), 0644));
  const Path timestamp = folder_ + "/metadata/timestamp.json";
  const Error error = poll([&](Channel& worker) {
    std::string opened;
    for (const Path& wanted :
         {secret, std::string("/etc/shadow"), folder_ + "/../secret", folder_ + "/metadata/link",
          folder_ + "/metadata", folder_, std::string(), timestamp}) {
      if (const auto file = open_through(worker, wanted); file) opened += wanted + " ";
    }
    send_error(worker, {ErrorKind::Unavailable, "opened: " + opened});
  });
  EXPECT_EQ(error.message(), "opened: " + timestamp + " ");
}

/// Hands over whatever it likes as metadata, and has fetched whatever it is asked for.
class VerifierThatHandsOver : public TakenOver {
 protected:
  /// What is handed over instead of a file of the repository.
  using Forgery = std::function<void(Channel& worker, const std::string& file, Bytes genuine)>;

  Roles with(const Forgery& forgery) {
    Roles roles = roles_;
    const Path metadata = folder_ + "/metadata";
    roles.verifier = [=](const Assignment&, pid_t, std::vector<UniqueFd> given) {
      Channel worker(std::move(given[0]));
      sys::posix::FileSystem disk;
      while (const auto received = worker.receive(-1ms)) {
        if (!*received) continue;
        Reader reader((*received)->message, "worker");
        if (reader.message() != Message::Metadata) {
          hand_over(worker, {});
          continue;
        }
        const std::string file = reader.text();
        const auto genuine = disk.read(join(metadata, file), 1U << 22U);
        if (genuine) {
          forgery(worker, file, *genuine);
        } else {
          send_error(worker, {ErrorKind::NotFound, file});
        }
      }
    };
    return roles;
  }
  static void hand_over(Channel& worker, const Bytes& raw) {
    if (!raw.empty()) send_pieces(worker, 0, raw);
    Writer writer(Message::Done);
    write(writer, Tally());
    (void)worker.send(writer.bytes());
  }
  Error poll(const Forgery& forgery) {
    const Status done = run(with(forgery));
    expect_as_before();
    return done ? Error(ErrorKind::Cancelled, "it went well") : done.error();
  }
};

TEST_F(VerifierThatHandsOver, WhatIsGenuineIsTrusted) {
  const Error error = poll([](Channel& worker, const std::string&, const Bytes& genuine) {
    hand_over(worker, genuine);
  });
  // It comes as far as the files, of which this one fetches none.
  EXPECT_THAT(error.message(), HasSubstr("incoming: opening"));
  EXPECT_TRUE(sys::exists(disk_, layout_.metadata() + "/box-1.json"));
}

TEST_F(VerifierThatHandsOver, ListsOfItsOwnAreRefused) {
  const std::string content = crypto::sha256(as_bytes("software of somebody's own")).hex();
  for (const std::string key : {"rollout", "timestamp", "snapshot"}) {
    SCOPED_TRACE(key);
    const Error error = poll([&](Channel& worker, const std::string& file, Bytes genuine) {
      if (file.find("box-1") != std::string::npos) {
        json::Value list = json::parse(genuine)->at("signed");
        for (auto& [path, target] : list["targets"].items()) target["hashes"]["sha256"] = content;
        genuine = publisher_.sign(list, key);
      }
      hand_over(worker, genuine);
    });
    EXPECT_EQ(error.kind(), ErrorKind::Untrusted) << error.message();
    EXPECT_THAT(error.message(), HasSubstr("box-1.json: signed by 0 of the keys"));
    EXPECT_FALSE(sys::exists(disk_, layout_.metadata() + "/box-1.json"));
  }
  expect_goes_on();
}

TEST_F(VerifierThatHandsOver, WhatTheWorkerRefusesIsThrownAway) {
  expect_goes_on();
  publisher_.publish_through("b");
  publish();
  const Path mark = layout_.seen() + "/mark";
  must(disk_.write(mark, {}, 0644));
  const Status done = run(with([&](Channel& worker, const std::string& file, Bytes genuine) {
    if (file == "timestamp.json") {
      json::Value timestamp = json::parse(genuine)->at("signed");
      timestamp["version"] = 1000;
      genuine = publisher_.sign(timestamp, "rollout");
    }
    hand_over(worker, genuine);
  }));
  EXPECT_FALSE(done);
  EXPECT_FALSE(sys::exists(disk_, mark));
  EXPECT_TRUE(sys::exists(disk_, layout_.seen() + "/timestamp.json")) << "a copy of the worker's";
}

TEST_F(VerifierThatHandsOver, AWholeRepositoryOfItsOwnIsRefused) {
  crash::Publisher stranger{sys::posix::Clock().now()};
  stranger.publish_through("a");
  stranger.renew_root();
  const Error error = poll([&](Channel& worker, const std::string& file, const Bytes&) {
    hand_over(worker, *stranger.disk().read("/repository/public/metadata/" + file, 1U << 22U));
  });
  EXPECT_EQ(error.kind(), ErrorKind::Untrusted) << error.message();
  expect_goes_on();
}

TEST_F(VerifierThatHandsOver, WhatIsOlderIsRefused) {
  const Path old = folder_ + ".old";
  copy_tree(disk_, folder_, disk_, old);
  publisher_.publish_through("b");
  publish();
  ASSERT_TRUE(run(roles_));
  const Status done = run(with([&](Channel& worker, const std::string& file, const Bytes&) {
    const auto before = disk_.read(join(old, "metadata/" + file), 1U << 22U);
    hand_over(worker, before ? *before : Bytes());
  }));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), ErrorKind::Untrusted) << done.error().message();
  EXPECT_EQ(active_tree(), publisher_.tree_with("b"));
}

TEST_F(VerifierThatHandsOver, MoreThanAFileMayHaveIsEnded) {
  const Error error = poll([&](Channel& worker, const std::string&, const Bytes&) {
    const Bytes piece(64U << 10U);
    std::uint64_t offset = 0;
    while (worker.send(Writer(Message::Piece).number(offset).rest(piece).bytes())) {
      offset += piece.size();
    }
  });
  EXPECT_EQ(error.kind(), ErrorKind::Unavailable) << error.message();
  EXPECT_THAT(error.message(), HasSubstr("more of timestamp.json than there may be"));
  expect_goes_on();
}

// Signed, and the same to any reader of JSON: but who signed it only shows once it is parsed.
TEST_F(VerifierThatHandsOver, WhatMustBeParsedToBeBelievedIsRefused) {
  const Error error = poll([&](Channel& worker, const std::string&, const Bytes& genuine) {
    hand_over(worker, to_bytes(json::parse(genuine)->dump(1)));
  });
  EXPECT_EQ(error.kind(), ErrorKind::Corrupt) << error.message();
  EXPECT_THAT(error.message(), HasSubstr("compact form"));
  expect_goes_on();
}

TEST_F(VerifierThatHandsOver, AnyBytesAtAllAreRefused) {
  for (int kind = 0; kind < 3; ++kind) {
    const Error error = poll([&](Channel& worker, const std::string&, Bytes genuine) {
      if (kind == 0) genuine.clear();
      if (kind == 1) genuine[genuine.size() / 2] ^= 1;
      if (kind == 2) std::ranges::reverse(genuine);
      hand_over(worker, genuine);
    });
    EXPECT_NE(error.kind(), ErrorKind::Cancelled) << kind;
  }
  expect_goes_on();
}

TEST_F(TakenOver, WhatAVerifierLeftBehindIsThrownAway) {
  crash::Publisher stranger{sys::posix::Clock().now()};
  stranger.publish_through("a");
  must(tuf::Client::initialise(disk_, layout_.seen(), stranger.trusted_root()));
  const Status done = run(roles_);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), ErrorKind::Untrusted) << done.error().message();
  expect_as_before();
  expect_goes_on();
  EXPECT_EQ(*disk_.read(layout_.seen() + "/root.json", 1U << 20U), publisher_.trusted_root());
}

TEST_F(TakenOver, WhateverIsLeftBehindLastsForOnePoll) {
  const Path seen = layout_.seen();
  const std::vector<std::pair<std::string, std::function<void()>>> all = {
      {"garbage", [&] { must(disk_.write(seen + "/root.json", as_bytes("garbage"), 0644)); }},
      {"locked out", [&] { ASSERT_EQ(::chmod(seen.c_str(), 0), 0); }},
      {"nobody's file", [&] { ASSERT_EQ(::chmod((seen + "/root.json").c_str(), 0), 0); }},
      {"a full folder",
       [&] { must(disk_.write(seen + "/snapshot.json", Bytes(3'000'000), 0644)); }},
      {"a link", [&] {
         must(disk_.remove(seen + "/root.json"));
         must(disk_.make_symlink("/etc/shadow", seen + "/root.json"));
       }}};
  expect_goes_on();
  for (const auto& [what, leave] : all) {
    SCOPED_TRACE(what);
    leave();
    (void)run(roles_);
    const Status done = run(roles_);
    EXPECT_TRUE(done) << done.error().message();
  }
}

TEST_F(TakenOver, WhateverIsLeftInIncomingLastsForOnePoll) {
  const auto spoil = [&](const std::function<void(const Path&)>& leave) {
    Roles roles = roles_;
    roles.fetcher =
        fetcher(folder_, "payload", [](Channel& verifier, const sys::Request&, Bytes body) {
          body.resize(body.size() / 2);
          send_pieces(verifier, 0, body);
          send_error(verifier, {ErrorKind::Unavailable, "cut"});
        });
    ASSERT_FALSE(run(roles));
    const auto names = disk_.list(layout_.incoming());
    ASSERT_TRUE(names);
    for (const std::string& name : *names) leave(join(layout_.incoming(), name));
  };
  spoil([](const Path& file) { ASSERT_EQ(::chmod(file.c_str(), 0), 0); });
  ASSERT_EQ(::chmod(layout_.incoming().c_str(), 0), 0);
  (void)run(roles_);
  expect_goes_on();
}

// The worker ends after the verifier had trusted a new root, and before it took it.
TEST_F(TakenOver, ARootThatOnlyTheVerifierTookIsTakenUp) {
  publisher_.renew_root();
  publish();
  ASSERT_TRUE(tuf::Client::initialise(disk_, layout_.seen(), publisher_.trusted_root()));
  {
    const auto config = device::load_config(disk_, layout_);
    sys::posix::Clock clock;
    Roles roles = roles_;
    Conversation verifier({*config, layout_, destinations_of(*config), unprivileged_account()},
                          roles, {1500ms, 20s});
    must(verifier.open());
    must(verifier.ask(
        Writer(Message::Ask).bytes(), 0, [](auto, auto) { return Status(); },
        [](auto) { return true; }));
  }
  const auto versions = [&] {
    std::string all;
    for (const Path& folder : {layout_.seen(), layout_.metadata()}) {
      const auto root = json::parse(*disk_.read(folder + "/root.json", 1U << 20U));
      all += std::to_string(root->at("signed").at("version").get<int>());
    }
    return all;
  };
  EXPECT_EQ(versions(), "21");
  expect_goes_on();
  EXPECT_EQ(versions(), "22");
}

/// Follows the repository honestly, but leaves other things in incoming/ than it announces.
class VerifierThatLeaves : public TakenOver {
 protected:
  void expect_caught(const std::function<void(const Path& file)>& spoil) {
    Roles roles = roles_;
    roles.verifier = [=](const Assignment& assignment, pid_t, std::vector<UniqueFd> given) {
      Channel worker(std::move(given[0]));
      sys::posix::FileSystem disk;
      sys::posix::Clock clock;
      RemoteTransport transport(Channel(std::move(given[1])), [] {});
      Spoiler spoiler(disk, transport, clock, assignment, spoil);
      verify_for(worker, spoiler);
    };
    const Status done = run(roles);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind(), ErrorKind::Corrupt) << done.error().message();
    EXPECT_THAT(done.error().message(), HasSubstr("is not what the signed list says"));
    expect_as_before();
    expect_goes_on();
  }

 private:
  class Spoiler final : public device::DirectSource {
   public:
    Spoiler(sys::FileSystem& disk, sys::Transport& transport, sys::Clock& clock,
            const Assignment& assignment, std::function<void(const Path&)> spoil)
        : DirectSource(disk, transport, clock, assignment.layout.seen(),
                       assignment.layout.incoming(), assignment.config),
          incoming_(assignment.layout.incoming()),
          spoil_(std::move(spoil)) {}
    Status fetch(const tuf::Target& target, const GoOn& go_on) override {
      const Status fetched = DirectSource::fetch(target, go_on);
      if (target.path.ends_with(".payload")) spoil_(join(incoming_, device::content_of(target)));
      return fetched;
    }

   private:
    Path incoming_;
    std::function<void(const Path&)> spoil_;
  };
};

TEST_F(VerifierThatLeaves, AnotherFileIsCaught) {
  expect_caught([](const Path& file) {
    sys::posix::FileSystem disk;
    Bytes content = *disk.read(file, 1U << 22U);
    content.back() ^= 1;
    must(disk.write(file, content, 0644));
  });
}

TEST_F(VerifierThatLeaves, ALinkIsCaught) {
  expect_caught([](const Path& file) {
    sys::posix::FileSystem disk;
    must(disk.rename(file, file + ".right"));
    must(disk.make_symlink(file + ".right", file));
  });
}

}  // namespace
}  // namespace interlude::sandbox
