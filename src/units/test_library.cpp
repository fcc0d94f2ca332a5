// Two libraries for the tests: one loads, one ends whoever loads it.
#include <cstdlib>

#ifdef ABORTS
__attribute__((constructor)) static void end() {
  std::abort();
}
#endif
extern "C" int something() {
  return 1;
}
