#pragma once
// How much of the processor and the disk this thread gets.

namespace interlude::sys::posix {

/// What others wait for must not starve: a thread of the idle classes (sched(7), ioprio_set(2)) is
/// an ordinary one while this exists. Where the system does not let it, it stays what it was.
class OrdinaryPriority {
 public:
  OrdinaryPriority();
  ~OrdinaryPriority();
  OrdinaryPriority(const OrdinaryPriority&) = delete;
  OrdinaryPriority& operator=(const OrdinaryPriority&) = delete;

 private:
  bool was_idle_ = false;
  int was_for_the_disk_ = -1;  ///< as ioprio_get(2) says; -1: unknown
};

}  // namespace interlude::sys::posix
