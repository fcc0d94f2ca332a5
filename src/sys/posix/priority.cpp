#include "sys/posix/priority.hpp"

#include <linux/ioprio.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace interlude::sys::posix {
namespace {

constexpr int kThisThread = 0;

// The C library has no functions for these two.
int disk_priority() {
  return static_cast<int>(::syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, kThisThread));
}

void set_disk_priority(int priority) {
  (void)::syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, kThisThread, priority);
}

bool set_policy(int policy) {
  const sched_param none{};
  return ::sched_setscheduler(kThisThread, policy, &none) == 0;
}

}  // namespace

OrdinaryPriority::OrdinaryPriority() {
  was_idle_ = ::sched_getscheduler(kThisThread) == SCHED_IDLE && set_policy(SCHED_OTHER);
  const int now = disk_priority();
  if (now < 0 || IOPRIO_PRIO_CLASS(now) != IOPRIO_CLASS_IDLE) return;
  was_for_the_disk_ = now;
  set_disk_priority(IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, IOPRIO_BE_NORM));
}

OrdinaryPriority::~OrdinaryPriority() {
  if (was_for_the_disk_ >= 0) set_disk_priority(was_for_the_disk_);
  if (was_idle_) (void)set_policy(SCHED_IDLE);
}

}  // namespace interlude::sys::posix
