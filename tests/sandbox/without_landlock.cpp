// Runs a program as on a kernel without Landlock: its three calls do not exist.
//
//   without_landlock PROGRAM [ARGUMENT…]

#include <seccomp.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>

int main(int count, char** arguments) {
  if (count < 2) {
    std::fputs("usage: without_landlock PROGRAM [ARGUMENT...]\n", stderr);
    return 2;
  }
  const std::unique_ptr<void, decltype(&seccomp_release)> filter(seccomp_init(SCMP_ACT_ALLOW), &seccomp_release);
  bool good = filter != nullptr;
  for (const int call : {SCMP_SYS(landlock_create_ruleset), SCMP_SYS(landlock_add_rule), SCMP_SYS(landlock_restrict_self)}) {
    good = good && seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(ENOSYS), call, 0) == 0;
  }
  if (!good || seccomp_load(filter.get()) != 0) {
    std::fputs("without_landlock: no filter\n", stderr);
    return 1;
  }
  ::execv(arguments[1], arguments + 1);
  std::perror(arguments[1]);
  return 1;
}
