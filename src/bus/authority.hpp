#pragma once
// Whether a caller may: polkit is asked, on the same bus, without waiting for its answer. A person
// may have to type a password meanwhile.

#include <functional>
#include <memory>
#include <string>

#include "bus/handles.hpp"

namespace interlude::bus {

/// Of whoever sent `call`; 0 is root. Denied where the bus does not say.
Result<std::uint32_t> caller_of(sd_bus_message* call);

/// A question under way; destroying it takes it back.
class Question {
 public:
  /// Denied, with a sentence for the caller, unless polkit says yes.
  using Answer = std::function<void(const Status& allowed)>;

  /// Whether the sender of `call` may do `action`. A dialog is shown only where `call` allows it.
  /// `answer` is called once, from the event loop; the question may be destroyed in it.
  static Result<std::unique_ptr<Question>> ask(sd_bus_message* call, const std::string& action,
                                               Answer answer);
  ~Question();
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;

 private:
  Question(sd_bus* bus, std::string id, Answer answer)
      : bus_(bus), id_(std::move(id)), answer_(std::move(answer)) {}
  static int on_reply(sd_bus_message* reply, void* self, sd_bus_error*);

  sd_bus* bus_;
  std::string id_;
  Answer answer_;
  Slot slot_;
  bool is_answered_ = false;
};

}  // namespace interlude::bus
