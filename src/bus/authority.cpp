#include "bus/authority.hpp"

#include <cstdint>

namespace interlude::bus {
namespace {

constexpr const char* kPolkit = "org.freedesktop.PolicyKit1";
constexpr const char* kPolkitObject = "/org/freedesktop/PolicyKit1/Authority";
constexpr const char* kPolkitInterface = "org.freedesktop.PolicyKit1.Authority";
constexpr std::uint32_t kAllowInteraction = 1;

std::string new_question_id() {
  static std::uint64_t count = 0;
  return "interlude-" + std::to_string(++count);
}

std::unexpected<Error> denied(const std::string& why) {
  return fail(ErrorKind::Denied, why);
}

Status allowed_by(sd_bus_message* reply) {
  const sd_bus_error* const error = sd_bus_message_get_error(reply);
  if (error != nullptr) {
    return denied(std::string("only root may do this: polkit cannot be asked: ") +
                  (error->message == nullptr ? error->name : error->message));
  }
  int yes = 0;
  int challenge = 0;
  if (sd_bus_message_enter_container(reply, 'r', "bba{ss}") < 0 ||
      sd_bus_message_read(reply, "bb", &yes, &challenge) < 0) {
    return denied("only root may do this: polkit's answer is not understood");
  }
  if (yes != 0) return {};
  return denied(challenge != 0
                    ? "an administrator must authenticate for this, and the caller did not allow "
                      "to ask for it"
                    : "polkit does not allow this, or nobody authenticated");
}

}  // namespace

Result<std::uint32_t> caller_of(sd_bus_message* call) {
  Credentials credentials;
  const Status asked = make(credentials, "asking who calls", [&](sd_bus_creds** made) {
    return sd_bus_query_sender_creds(call, SD_BUS_CREDS_EUID, made);
  });
  uid_t uid = 0;
  if (!asked || sd_bus_creds_get_euid(credentials.get(), &uid) < 0) {
    return denied("the bus does not say who calls");
  }
  return uid;
}

Result<std::unique_ptr<Question>> Question::ask(sd_bus_message* call, const std::string& action,
                                                Answer answer) {
  sd_bus* const bus = sd_bus_message_get_bus(call);
  std::unique_ptr<Question> question(new Question(bus, new_question_id(), std::move(answer)));
  Message message;
  const Status made = make(message, "asking polkit", [&](sd_bus_message** raw) {
    return sd_bus_message_new_method_call(bus, raw, kPolkit, kPolkitObject, kPolkitInterface,
                                          "CheckAuthorization");
  });
  if (!made) return std::unexpected(made.error());
  const bool may_ask = sd_bus_message_get_allow_interactive_authorization(call) > 0;
  const int done =
      sd_bus_message_append(message.get(), "(sa{sv})sa{ss}us", "system-bus-name", 1, "name", "s",
                            sd_bus_message_get_sender(call), action.c_str(), 0,
                            may_ask ? kAllowInteraction : 0U, question->id_.c_str());
  if (const Status filled = check(done, "asking polkit"); !filled) {
    return std::unexpected(filled.error());
  }
  // A person thinks as long as it takes.
  const std::uint64_t limit = may_ask ? UINT64_MAX : 0;
  const Status sent = make(question->slot_, "asking polkit", [&](sd_bus_slot** slot) {
    return sd_bus_call_async(bus, slot, message.get(), on_reply, question.get(), limit);
  });
  if (!sent) return std::unexpected(sent.error());
  return question;
}

Question::~Question() {
  if (is_answered_ || !slot_) return;
  // A dialog that nobody waits for is closed; where that fails, it stays open and means nothing.
  (void)sd_bus_call_method_async(bus_, nullptr, kPolkit, kPolkitObject, kPolkitInterface,
                                 "CancelCheckAuthorization", nullptr, nullptr, "s", id_.c_str());
}

int Question::on_reply(sd_bus_message* reply, void* self, sd_bus_error*) {
  Question& question = *static_cast<Question*>(self);
  question.is_answered_ = true;
  const Answer answer = std::move(question.answer_);
  answer(allowed_by(reply));  // may destroy the question
  return 0;
}

}  // namespace interlude::bus
