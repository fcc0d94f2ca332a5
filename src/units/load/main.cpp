// interlude-probe-load FILE…: whether each shared library can be loaded by a fresh process. What a
// library does when it is loaded is code like any other, so each is loaded in a process of its own,
// as nobody, without new privileges, for a few seconds. A line "FILE: why" for each that cannot.
// Programs, and files that are no ELF files, are passed over.

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>

namespace {

constexpr unsigned kSeconds = 20;
constexpr unsigned kNobody = 65534;
constexpr int kMostHeaders = 64;

bool is_library(const char* file) {
  const int fd = open(file, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return true;  // loading it says why not
  Elf64_Ehdr header{};
  bool library = read(fd, &header, sizeof header) == static_cast<ssize_t>(sizeof header) &&
                 std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
                 header.e_ident[EI_CLASS] == ELFCLASS64 && header.e_type == ET_DYN;
  // A program that can lie anywhere is ET_DYN, too, and names its loader; so does libc.so.6.
  for (int i = 0; library && i < header.e_phnum && i < kMostHeaders; ++i) {
    Elf64_Phdr segment{};
    const auto at =
        static_cast<off_t>(header.e_phoff + static_cast<std::size_t>(i) * sizeof segment);
    if (pread(fd, &segment, sizeof segment, at) != static_cast<ssize_t>(sizeof segment)) break;
    if (segment.p_type == PT_INTERP) library = std::strstr(file, ".so") != nullptr;
  }
  close(fd);
  return library;
}

[[noreturn]] void load(const char* file, int answer) {
  const rlimit none{0, 0};
  (void)setrlimit(RLIMIT_CORE, &none);
  (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (geteuid() == 0) {
    // The other way round there would be no right left to do it.
    if (setgroups(0, nullptr) != 0 || setgid(kNobody) != 0 || setuid(kNobody) != 0) _exit(3);
  }
  alarm(kSeconds);
  if (dlopen(file, RTLD_NOW | RTLD_LOCAL) != nullptr) _exit(0);
  const char* const why = dlerror();
  if (why != nullptr) (void)!write(answer, why, std::strlen(why));
  _exit(1);
}

bool try_file(const char* file) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
  const pid_t child = fork();
  if (child == 0) load(file, ends[1]);
  close(ends[1]);
  char why[512] = "";
  std::size_t length = 0;
  ssize_t got = 0;
  while (length + 1 < sizeof why &&
         (got = read(ends[0], why + length, sizeof why - 1 - length)) > 0) {
    length += static_cast<std::size_t>(got);
  }
  why[length] = '\0';
  close(ends[0]);
  int status = -1;
  if (child < 0 || waitpid(child, &status, 0) != child) return false;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
  for (char* each = why; *each != '\0'; ++each) {
    if (static_cast<unsigned char>(*each) < 0x20) *each = ' ';
  }
  if (WIFSIGNALED(status)) {
    std::printf("%s: loading it ends in signal %d\n", file, WTERMSIG(status));
  } else {
    std::printf("%s: cannot be loaded: %s\n", file, why[0] == '\0' ? "it does not say why" : why);
  }
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  bool all = true;
  for (int i = 1; i < argc; ++i) {
    if (!is_library(argv[i])) continue;
    (void)std::fflush(stdout);  // or each child would have what is not written yet, too
    all = try_file(argv[i]) && all;
  }
  return all ? 0 : 1;
}
