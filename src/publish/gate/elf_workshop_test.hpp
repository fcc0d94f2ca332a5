#pragma once
// Real ELF files for the tests of this folder, made on the spot by the compiler.

#include <string>
#include <vector>

#include "publish/gate/elf_facts.hpp"
#include "publish/workshop_test.hpp"

namespace interlude::publish {

class ElfWorkshop : public Workshop {
 protected:
  /// Compiles C to `to`, without any library but what `options` name.
  void compile(const std::string& source, const Path& to, std::vector<std::string> options = {}) {
    put("source.c", source);
    std::filesystem::create_directories(parent_of(at(to)));
    std::vector<std::string> command = {"g++",
                                        "-x",
                                        "c",
                                        at("source.c"),
                                        "-x",
                                        "none",
                                        "-nostdlib",
                                        "-w",
                                        "-O1",
                                        "-fno-stack-protector",
                                        "-fcf-protection=none",
                                        "-Wl,-z,norelro,-z,lazy",
                                        "-o",
                                        at(to)};
    command.insert(command.end(), options.begin(), options.end());
    const Result<sys::Finished> run = processes_.run(command, "");
    ASSERT_TRUE(run && run->exit_code == 0) << (run ? run->errors : run.error().message());
  }

  /// A shared library with a soname; what `options` say comes last.
  void library(const std::string& source, const Path& to, std::vector<std::string> options = {}) {
    options.insert(options.begin(), {"-shared", "-fPIC", "-Wl,-soname,libtest.so.1"});
    compile(source, to, std::move(options));
  }

  Bytes content(const Path& path) {
    Result<Bytes> bytes = disk_.read(at(path), 1U << 30U);
    EXPECT_TRUE(bytes);
    return bytes ? std::move(*bytes) : Bytes();
  }

  ElfFacts facts(const Path& path) {
    Result<ElfFacts> read = read_elf_facts(content(path));
    EXPECT_TRUE(read) << (read ? "" : read.error().message());
    return read ? std::move(*read) : ElfFacts();
  }
};

}  // namespace interlude::publish
