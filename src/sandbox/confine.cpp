#include "sandbox/confine.hpp"

#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

namespace interlude::sandbox {
namespace {

Status outcome(int returned, std::string_view activity) {
  if (returned != 0) return std::unexpected(errno_error(activity));
  return {};
}

Status enter(const Path& root, bool is_root) {
  Status done = outcome(::chdir(root.c_str()), "going to " + root);
  if (done && is_root) done = outcome(::chroot("."), "making " + root + " the root");
  return done;
}

Status become(const Account& account) {
  Status done = outcome(::setgroups(0, nullptr), "leaving all groups");
  if (done) done = outcome(::setresgid(account.gid, account.gid, account.gid), "changing group");
  if (done) done = outcome(::setresuid(account.uid, account.uid, account.uid), "changing user");
  return done;
}

Status die_with(pid_t parent) {
  // After the change of user, which would forget it.
  const Status asked = outcome(::prctl(PR_SET_PDEATHSIG, SIGKILL), "asking to end with the parent");
  if (asked && ::getppid() != parent) return fail(ErrorKind::Cancelled, "the parent has ended");
  return asked;
}

Status leave_no_traces() {
  const rlimit none{0, 0};
  const Status limited = outcome(::setrlimit(RLIMIT_CORE, &none), "forbidding core dumps");
  return limited ? outcome(::prctl(PR_SET_DUMPABLE, 0), "forbidding debuggers") : limited;
}

}  // namespace

Status confine(const Confinement& confinement, pid_t parent) {
  Status done = outcome(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "giving up new privileges");
  if (done) done = put_up(confinement.fence);
  if (done) done = enter(confinement.root, confinement.account.has_value());
  if (done && confinement.account) done = become(*confinement.account);
  if (done) done = leave_no_traces();
  if (done) done = die_with(parent);
  return done ? limit_system_calls(confinement.role) : done;
}

}  // namespace interlude::sandbox
