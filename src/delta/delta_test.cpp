// Making and applying together: what comes out is what went in.

#include "delta/delta.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <random>

#include "delta/test_data.hpp"

namespace interlude::delta {
namespace {

using ::testing::Each;
using ::testing::Ge;
using ::testing::Le;
using ::testing::Lt;

TEST(Delta, RebuildsRandomlyEditedFiles) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    std::vector<Bytes> old;
    std::vector<Bytes> fresh;
    for (std::size_t i = 0, count = random() % 4; i < count; ++i) {
      old.push_back(code_like(random, random() % 20000));
    }
    for (std::size_t i = 0, count = random() % 4; i < count; ++i) {
      const bool from_old = !old.empty() && random() % 4 != 0;
      fresh.push_back(from_old ? edited(random, old[random() % old.size()])
                               : code_like(random, random() % 3000));
    }
    const Result<Bytes> patch = make(views(old), views(fresh), {});
    ASSERT_TRUE(patch) << patch.error().message();
    const Result<std::vector<Bytes>> rebuilt = applied(old, *patch, sizes_of(fresh));
    ASSERT_TRUE(rebuilt) << rebuilt.error().message();
    EXPECT_EQ(*rebuilt, fresh);
  }
}

TEST(Delta, RebuildsALibraryWhoseCodeMoved) {
  std::ifstream file("/usr/lib/x86_64-linux-gnu/libcrypto.so.3", std::ios::binary);
  Bytes old((std::istreambuf_iterator<char>(file)), {});
  if (old.empty()) GTEST_SKIP() << "no libcrypto.so.3 here";
  old.resize(std::min<std::size_t>(old.size(), 1U << 20U));
  // A function grows by 48 bytes, and each call across it changes.
  Bytes fresh = old;
  const std::size_t middle = fresh.size() / 2;
  for (std::size_t at = 0; at + 5 < fresh.size(); ++at) {
    if (fresh[at] == 0xe8 && at % 3 == 0)
      fresh[at + 1] = static_cast<std::uint8_t>(fresh[at + 1] + 48);
  }
  fresh.insert(fresh.begin() + static_cast<std::ptrdiff_t>(middle), 48, 0x90);
  const Result<Bytes> patch = make(views({old}), views({fresh}), {});
  ASSERT_TRUE(patch);
  EXPECT_THAT(patch->size(), Lt(fresh.size() / 30));
  const Result<std::vector<Bytes>> rebuilt = applied({old}, *patch, {fresh.size()});
  ASSERT_TRUE(rebuilt) << rebuilt.error().message();
  EXPECT_TRUE(rebuilt->front() == fresh);
}

TEST(Delta, DoesNotDependOnTheNumberOfThreads) {
  std::mt19937_64 random(7);
  std::vector<Bytes> old;
  std::vector<Bytes> fresh;
  for (int i = 0; i < 6; ++i) {
    old.push_back(code_like(random, 30000));
    fresh.push_back(edited(random, old.back()));
  }
  const Result<Bytes> alone = make(views(old), views(fresh), {.threads = 1});
  ASSERT_TRUE(alone);
  for (const unsigned threads : {2U, 16U}) {
    EXPECT_EQ(make(views(old), views(fresh), {.threads = threads}).value(), *alone) << threads;
  }
}

TEST(Delta, SpendsAFewBytesOnUnchangedFiles) {
  std::mt19937_64 random(1);
  std::vector<Bytes> files;
  for (int i = 0; i < 20; ++i) files.push_back(random_bytes(random, 100000));
  const Result<Bytes> patch = make(views(files), views(files), {});
  ASSERT_TRUE(patch);
  EXPECT_THAT(patch->size(), Le(10U));
}

/// A rebuild: a new build-id of 20 bytes at the front, a new checksum of 4 at the end.
Bytes rebuilt_with_new_id(std::mt19937_64& random, Bytes file) {
  for (std::size_t i = 0; i < 20; ++i) file[0x2c0 + i] = static_cast<std::uint8_t>(random());
  for (std::size_t i = 4; i > 0; --i)
    file[file.size() - 100 - i] = static_cast<std::uint8_t>(random());
  return file;
}

TEST(Delta, SpendsFewBytesBesideTheContentOnARebuild) {
  std::mt19937_64 random(2);
  std::vector<Bytes> old;
  std::vector<Bytes> fresh;
  for (int i = 0; i < 30; ++i) {
    old.push_back(code_like(random, 100000 + random() % 1000));
    fresh.push_back(rebuilt_with_new_id(random, old.back()));
  }
  const Result<Bytes> all = make(views(old), views(fresh), {});
  const Result<Bytes> one = make(views({old[0]}), views({fresh[0]}), {});
  ASSERT_TRUE(all && one);
  EXPECT_THAT(one->size(), Le(42U));
  EXPECT_THAT(all->size() - one->size(), Le(29U * 32U));
}

TEST(Delta, CompressesByItselfWhereOldFilesDoNotHelp) {
  std::mt19937_64 random(3);
  const std::vector<Bytes> old{random_bytes(random, 50000)};
  const std::vector<Bytes> fresh{code_like(random, 50000)};
  const Result<Bytes> full = make({}, views(fresh), {});
  const Result<Bytes> patch = make(views(old), views(fresh), {});
  ASSERT_TRUE(full && patch);
  EXPECT_THAT(full->size(), Lt(fresh[0].size()));
  EXPECT_THAT(patch->size(), Le(full->size()));
}

TEST(Delta, FindsAFileThatMovedBetweenTwoOthers) {
  std::mt19937_64 random(4);
  const std::vector<Bytes> old{random_bytes(random, 30000), random_bytes(random, 30001),
                               random_bytes(random, 30002)};
  const std::vector<Bytes> fresh{old[2], random_bytes(random, 10), old[0], old[1]};
  const Result<Bytes> patch = make(views(old), views(fresh), {});
  ASSERT_TRUE(patch);
  EXPECT_THAT(patch->size(), Le(60U));
}

TEST(Delta, RebuildsEmptyFilesAndSets) {
  const std::vector<std::vector<Bytes>> sets{
      {}, {{}}, {{}, {}}, {{1, 2, 3}}, {{}, {1, 2, 3}, {}}, {Bytes(300000, 0)}};
  for (const std::vector<Bytes>& old : sets) {
    for (const std::vector<Bytes>& fresh : sets) {
      const Result<Bytes> patch = make(views(old), views(fresh), {});
      ASSERT_TRUE(patch);
      EXPECT_EQ(applied(old, *patch, sizes_of(fresh)).value(), fresh);
    }
  }
}

TEST(Delta, SpeaksOfEveryFileInOrderEvenOfEmptyOnes) {
  const std::vector<Bytes> fresh{{}, {1}, {}, {}, {2, 3}, {}};
  const Result<Bytes> patch = make({}, views(fresh), {});
  ASSERT_TRUE(patch);
  std::vector<std::size_t> files;
  const Status done = apply({}, *patch, sizes_of(fresh), {}, [&](std::size_t file, ByteView) {
    files.push_back(file);
    return Status{};
  });
  ASSERT_TRUE(done);
  EXPECT_THAT(files, ::testing::ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(Delta, StopsWhereTheSinkFails) {
  std::mt19937_64 random(5);
  const std::vector<Bytes> file{random_bytes(random, 300000)};
  for (const std::vector<Bytes>& old : {std::vector<Bytes>{}, file}) {
    const Result<Bytes> patch = make(views(old), views(file), {});
    ASSERT_TRUE(patch);
    int pieces = 0;
    const Status done =
        apply(views(old), *patch, sizes_of(file), {}, [&](std::size_t, ByteView) -> Status {
          return ++pieces < 3 ? Status{} : fail(ErrorKind::NoSpace, "full");
        });
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().message(), "full");
    EXPECT_EQ(pieces, 3);
  }
}

TEST(Delta, ReportsProgressThatNeverFalls) {
  std::mt19937_64 random(6);
  const std::vector<Bytes> old{code_like(random, 200000)};
  const std::vector<Bytes> fresh{edited(random, old[0])};
  std::vector<double> steps;
  const Result<Bytes> patch =
      make(views(old), views(fresh), {.threads = 4, .progress = [&](double done) {
                                        steps.push_back(done);
                                        return true;
                                      }});
  ASSERT_TRUE(patch);
  EXPECT_THAT(steps, Each(::testing::AllOf(Ge(0.0), Le(1.0))));
  EXPECT_TRUE(std::ranges::is_sorted(steps));
  EXPECT_THAT(steps.size(), Ge(3U));
}

TEST(Delta, CanBeInterruptedAtEveryReport) {
  std::mt19937_64 random(8);
  const std::vector<Bytes> old{code_like(random, 5000)};
  const std::vector<Bytes> fresh{edited(random, code_like(random, 5000))};
  for (int stop = 1;; ++stop) {
    int reports = 0;
    const Result<Bytes> patch =
        make(views(old), views(fresh), {.progress = [&](double) { return ++reports < stop; }});
    if (reports < stop) {
      EXPECT_TRUE(patch);
      EXPECT_THAT(stop, Ge(3));
      break;
    }
    ASSERT_FALSE(patch) << "stopped at report " << stop;
    EXPECT_EQ(patch.error().kind(), ErrorKind::Cancelled);
  }
}

}  // namespace
}  // namespace interlude::delta
