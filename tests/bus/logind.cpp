// What polkitd asks systemd-logind, answered for the test's people: `daemon` sits in front of the machine, `bin` has a
// session that is not the active one, everybody else has none. Loaded into the real polkitd in place of libsystemd's.

#include <sys/stat.h>
#include <sys/types.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace {

constexpr uid_t kActive = 1;    // daemon
constexpr uid_t kInactive = 2;  // bin

char* copy(const std::string& text) {
  return strdup(text.c_str());
}

}  // namespace

extern "C" {

int sd_pid_get_session(pid_t pid, char** session) {
  struct stat info {};
  if (stat(("/proc/" + std::to_string(pid)).c_str(), &info) != 0) return -ESRCH;
  if (info.st_uid != kActive && info.st_uid != kInactive) return -ENODATA;
  *session = copy(std::to_string(info.st_uid));
  return 0;
}

int sd_session_get_uid(const char* session, uid_t* uid) {
  *uid = static_cast<uid_t>(std::stoul(session));
  return 0;
}

int sd_session_get_seat(const char*, char** seat) {
  if (seat != nullptr) *seat = copy("seat0");
  return 0;
}

int sd_uid_get_state(uid_t uid, char** state) {
  *state = copy(uid == kActive ? "active" : "online");
  return 0;
}

int sd_session_is_active(const char* session) {
  return std::stoul(session) == kActive ? 1 : 0;
}
}
