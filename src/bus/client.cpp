#include "bus/client.hpp"

#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>

#include "bus/library.hpp"
#include "bus/names.hpp"

namespace interlude::bus {
namespace {

/// In the order of Call::Method.
constexpr const char* kMethods[] = {"Poll",   "Check",        "Install",
                                    "Remove", "SetAutomatic", "GetStatus"};

struct Conversation {
  const Watch& watch;
  bool goes_on = true;
  std::optional<Result<std::string>> answer = {};
};

int on_progress(sd_bus_message* signal, void* userdata, sd_bus_error*) {
  Conversation& conversation = *static_cast<Conversation*>(userdata);
  const char* what = nullptr;
  double share = 0;
  if (library().read_basic(signal, 's', &what) < 0) return 0;
  if (library().read_basic(signal, 'd', &share) < 0) return 0;
  if (!conversation.watch(what, share)) conversation.goes_on = false;
  return 0;
}

int on_answer(sd_bus_message* reply, void* userdata, sd_bus_error*) {
  Conversation& conversation = *static_cast<Conversation*>(userdata);
  const sd_bus_error* const error = library().get_error(reply);
  if (error != nullptr) {
    conversation.answer =
        std::unexpected(error_from(error->name, error->message == nullptr ? "" : error->message));
    return 0;
  }
  const char* text = "";
  (void)library().read_basic(reply, 's', &text);  // most answers are empty
  conversation.answer = std::string(text);
  return 0;
}

/// Below 0 where the message could not be made.
int fill(sd_bus_message* message, const Call& call) {
  int done = 0;
  if (call.method == Call::Method::Install) {
    std::vector<char*> names;
    for (const std::string& name : call.components) {
      names.push_back(const_cast<char*>(name.c_str()));
    }
    names.push_back(nullptr);
    done = library().append_basic(message, 's', call.letter.c_str());
    if (done >= 0) done = library().append_strv(message, names.data());
  } else if (call.method == Call::Method::SetAutomatic) {
    const int on = call.automatic ? 1 : 0;
    done = library().append_basic(message, 'b', &on);
  }
  return done < 0 ? done : library().allow_interaction(message, 1);
}

/// Waits for the answer to what was sent.
Result<std::string> converse(sd_bus* bus, Conversation& conversation) {
  while (!conversation.answer) {
    const int done = library().process(bus, nullptr);
    if (done < 0) return std::unexpected(errno_error("talking to the system bus", -done));
    if (done > 0) continue;
    if (!conversation.goes_on || !conversation.watch("", 0)) {
      return fail(ErrorKind::Cancelled, "no longer waiting; the device goes on with its work");
    }
    const int waited = library().wait(bus, UINT64_MAX);
    if (waited < 0 && waited != -EINTR) {
      return std::unexpected(errno_error("waiting for the system bus", -waited));
    }
  }
  return *conversation.answer;
}

}  // namespace

Result<std::string> ask(const Call& call, const Watch& watch) {
  if (!library().status) return std::unexpected(library().status.error());
  sd_bus* raw_bus = nullptr;
  const int opened = library().open_system(&raw_bus);
  if (opened < 0) {
    return fail(ErrorKind::Denied, errno_error("only root may change this device, and its D-Bus "
                                               "service cannot be asked: connecting to the system "
                                               "bus",
                                               -opened)
                                       .message());
  }
  const std::unique_ptr<sd_bus, decltype(library().close)> bus(raw_bus, library().close);
  sd_bus_message* raw_message = nullptr;
  int done = library().new_method_call(bus.get(), &raw_message, kService, kObject, kInterface,
                                       kMethods[static_cast<std::size_t>(call.method)]);
  const std::unique_ptr<sd_bus_message, decltype(library().unref)> message(raw_message,
                                                                           library().unref);
  Conversation conversation{watch};
  if (done >= 0) done = fill(message.get(), call);
  if (done >= 0) {
    done = library().match_signal(bus.get(), nullptr, kService, kObject, kInterface, "Progress",
                                  on_progress, &conversation);
  }
  if (done >= 0) {
    done = library().call_async(bus.get(), nullptr, message.get(), on_answer, &conversation,
                                UINT64_MAX);
  }
  if (done < 0) return std::unexpected(errno_error("calling the device's service", -done));
  return converse(bus.get(), conversation);
}

}  // namespace interlude::bus
