#include "device/record.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "device/overloaded.hpp"

namespace interlude::device {
namespace {

constexpr std::uint64_t kRecordFormat = 1;

// Writing.

json::Value to_json(const Plan& plan) {
  return {{"generation", plan.generation},
          {"previous", plan.previous},
          {"letter", plan.letter},
          {"content", plan.content},
          {"declined_through", plan.declined_through},
          {"published_at", plan.published_at},
          {"withdrawn", plan.withdrawn},
          {"later", plan.later},
          {"retired", plan.retired},
          {"started", sys::to_text(plan.started)}};
}

json::Value to_json(const Vigil& vigil) {
  json::Value units = json::Value::array();
  for (const UnitWatch& each : vigil.units) {
    json::Value unit = {{"name", each.name}};
    if (each.restarts > 0) unit["restarts"] = each.restarts;
    if (each.touched) unit["touched"] = true;
    if (each.revived) unit["revived"] = true;
    units.push_back(std::move(unit));
  }
  return {{"units", std::move(units)}, {"probes", vigil.probes}};
}

json::Value to_json(const State& state) {
  json::Value value = std::visit(
      Overloaded{
          [](const Idle&) { return json::Value::object(); },
          [](const Polling&) { return json::Value::object(); },
          [](const Waiting& now) {
            return json::Value{{"reason", name_of(now.reason)}, {"detail", now.detail}};
          },
          [](const Committed& now) {
            return json::Value{{"generation", now.generation}};
          },
          [](const Activating& now) {
            return json::Value{{"plan", to_json(now.plan)}, {"vigil", to_json(now.vigil)}};
          },
          [](const Probation& now) {
            json::Value all = {{"plan", to_json(now.plan)}, {"vigil", to_json(now.vigil)}};
            if (now.until) all["until"] = sys::to_text(*now.until);
            return all;
          },
          [](const RollingBack& now) {
            return json::Value{
                {"plan", to_json(now.plan)}, {"why", now.why}, {"vigil", to_json(now.vigil)}};
          },
          [](const RolledBack& now) {
            return json::Value{{"plan", to_json(now.plan)}, {"why", now.why}};
          },
          [](const RollbackFailed& now) {
            return json::Value{
                {"plan", to_json(now.plan)}, {"why", now.why}, {"problem", now.problem}};
          },
          [](const auto& now) {
            return json::Value{{"plan", to_json(now.plan)}};
          },
      },
      state);
  value["name"] = name_of(state);
  return value;
}

void put(json::Value& object, const char* name, const std::optional<sys::Time>& time) {
  if (time) object[name] = sys::to_text(*time);
}

json::Value to_json(const Activation& activation) {
  return {{"generation", activation.generation},
          {"letter", activation.letter},
          {"content", activation.content},
          {"published_at", activation.published_at},
          {"requested_at", sys::to_text(activation.requested_at)},
          {"active_at", sys::to_text(activation.active_at)},
          {"bytes_received", activation.bytes_received},
          {"payload_bytes", activation.payload_bytes},
          {"milliseconds", activation.milliseconds}};
}

json::Value to_json(const Polls& polls) {
  json::Value value = {{"failures", polls.failures}};
  put(value, "last", polls.last);
  put(value, "verified", polls.verified);
  put(value, "next", polls.next);
  return value;
}

json::Value to_json(const Expense& expense) {
  json::Value value = {{"received_bytes", expense.received_bytes},
                       {"payload_bytes", expense.payload_bytes},
                       {"milliseconds", expense.milliseconds}};
  put(value, "since", expense.since);
  return value;
}

json::Value to_json(const Rollouts& rollouts) {
  json::Value entries = json::Value::object();
  for (const auto& [id, entry] : rollouts.known.entries) entries[id] = to_json(entry);
  json::Value answers = json::Value::array();
  for (const Answer& each : rollouts.answers) {
    json::Value value = {
        {"letter", each.letter}, {"reason", name_of(each.reason)}, {"sentence", each.sentence}};
    put(value, "until", each.until);
    answers.push_back(std::move(value));
  }
  json::Value value = {{"signers", rollouts.known.signers},
                       {"as_of", sys::to_text(rollouts.known.as_of)},
                       {"expires", sys::to_text(rollouts.known.expires)},
                       {"heard", sys::to_text(rollouts.known.heard)},
                       {"entries", std::move(entries)},
                       {"answers", std::move(answers)}};
  put(value, "last_revert", rollouts.last_revert);
  put(value, "last_good", rollouts.last_good);
  return value;
}

// Reading. A Form reads member after member and keeps the first error, so that a reader of many
// members checks once, at its end. After an error values are empty.

class Form {
 public:
  Form(json::Reader reader, std::optional<Error>& error)
      : reader_(std::move(reader)), error_(&error) {}

  bool has(std::string_view name) const { return reader_.has(name); }
  std::string text(std::string_view name) { return kept(reader_.text_or(name, "")); }
  bool flag(std::string_view name) { return kept(reader_.boolean_or(name, false)); }
  std::vector<std::string> texts(std::string_view name) { return kept(reader_.texts(name)); }
  std::uint64_t number(std::string_view name) { return kept(reader_.number_or(name, 0)); }
  sys::Time time(std::string_view name) { return kept(sys::parse_time(kept(reader_.text(name)))); }
  std::optional<sys::Time> optional_time(std::string_view name) {
    if (!reader_.has(name)) return std::nullopt;
    return time(name);
  }
  Reason reason(std::string_view name) {
    return kept(rollout::parse_reason(kept(reader_.text(name))));
  }
  std::vector<ComponentState> components(std::string_view name) {
    return kept(components_from(kept(reader_.optional_elements(name))));
  }
  std::vector<Form> forms(std::string_view name) {
    std::vector<Form> all;
    for (const json::Reader& element : kept(reader_.optional_elements(name))) {
      all.emplace_back(element, *error_);
    }
    return all;
  }
  /// The object `name`; where it is absent, that is an error and this form stands in for it.
  Form form(std::string_view name) {
    const Result<json::Reader> inner = reader_.member(name);
    if (inner) return {*inner, *error_};
    note(inner.error());
    return *this;
  }
  rollout::Entry entry() { return kept(rollout::parse_entry(reader_)); }
  std::vector<std::pair<std::string, Form>> members(std::string_view name) {
    std::vector<std::pair<std::string, Form>> all;
    for (auto& [key, value] : kept(kept(reader_.member(name), reader_).members())) {
      all.emplace_back(key, Form(value, *error_));
    }
    return all;
  }
  void refuse(std::string_view problem) { note(reader_.error(problem)); }

 private:
  template <class T>
  T kept(Result<T> result) {
    if (result) return std::move(*result);
    note(result.error());
    return T{};
  }
  json::Reader kept(Result<json::Reader> result, const json::Reader& otherwise) {
    if (result) return *result;
    note(result.error());
    return otherwise;
  }
  void note(const Error& error) {
    if (!*error_)
      *error_ = error.kind() == ErrorKind::Corrupt ? error : reader_.error(error.message());
  }

  json::Reader reader_;
  std::optional<Error>* error_;
};

Plan plan_from(Form form) {
  Plan plan;
  plan.generation = form.text("generation");
  plan.previous = form.text("previous");
  plan.letter = form.text("letter");
  plan.content = form.text("content");
  plan.declined_through = form.text("declined_through");
  plan.published_at = form.text("published_at");
  plan.withdrawn = form.text("withdrawn");
  plan.started = form.time("started");
  plan.later = form.text("later");
  if (form.has("retired")) plan.retired = form.text("retired");
  if (plan.generation.empty() || plan.previous.empty()) form.refuse("a plan names two generations");
  return plan;
}

Vigil vigil_from(Form& state) {
  Vigil vigil;
  if (!state.has("vigil")) return vigil;
  Form form = state.form("vigil");
  for (Form& each : form.forms("units")) {
    vigil.units.push_back(
        {each.text("name"), each.number("restarts"), each.flag("touched"), each.flag("revived")});
  }
  vigil.probes = form.texts("probes");
  return vigil;
}

template <class S>
State planned(Form& form) {
  return S{plan_from(form.form("plan"))};
}

State state_from(Form form) {
  using Reader = State (*)(Form&);
  static const std::map<std::string, Reader, std::less<>> kReaders = {
      {"idle", [](Form&) -> State { return Idle{}; }},
      {"polling", [](Form&) -> State { return Polling{}; }},
      {"waiting",
       [](Form& f) -> State {
         return Waiting{f.reason("reason"), f.text("detail")};
       }},
      {"fetching", planned<Fetching>},
      {"rebuilding", planned<Rebuilding>},
      {"staged", planned<Staged>},
      {"activating",
       [](Form& f) -> State {
         return Activating{plan_from(f.form("plan")), vigil_from(f)};
       }},
      {"probation",
       [](Form& f) -> State {
         return Probation{plan_from(f.form("plan")), vigil_from(f), f.optional_time("until")};
       }},
      {"committed", [](Form& f) -> State { return Committed{f.text("generation")}; }},
      {"rolling-back",
       [](Form& f) -> State {
         return RollingBack{plan_from(f.form("plan")), f.text("why"), vigil_from(f)};
       }},
      {"rolled-back",
       [](Form& f) -> State {
         return RolledBack{plan_from(f.form("plan")), f.text("why")};
       }},
      {"rollback-failed",
       [](Form& f) -> State {
         return RollbackFailed{plan_from(f.form("plan")), f.text("why"), f.text("problem")};
       }},
      {"removing", planned<Removing>},
  };
  const auto reader = kReaders.find(form.text("name"));
  if (reader != kReaders.end()) return reader->second(form);
  form.refuse("unknown state");
  return Idle{};
}

Activation activation_from(Form form) {
  Activation activation;
  activation.generation = form.text("generation");
  activation.letter = form.text("letter");
  activation.content = form.text("content");
  activation.published_at = form.text("published_at");
  activation.requested_at = form.time("requested_at");
  activation.active_at = form.time("active_at");
  activation.bytes_received = form.number("bytes_received");
  activation.payload_bytes = form.number("payload_bytes");
  activation.milliseconds = form.number("milliseconds");
  return activation;
}

Polls polls_from(Form form) {
  return {form.optional_time("last"), form.optional_time("verified"), form.optional_time("next"),
          form.number("failures")};
}

Expense expense_from(Form form) {
  return {form.optional_time("since"), form.number("received_bytes"), form.number("payload_bytes"),
          form.number("milliseconds")};
}

Rollouts rollouts_from(Form form) {
  Rollouts rollouts;
  rollouts.known = {
      form.text("signers"), form.time("as_of"), form.time("expires"), form.time("heard"), {}};
  for (auto& [id, entry] : form.members("entries")) {
    rollouts.known.entries.emplace(id, entry.entry());
  }
  rollouts.last_revert = form.optional_time("last_revert");
  rollouts.last_good = form.optional_time("last_good");
  for (Form& each : form.forms("answers")) {
    rollouts.answers.push_back({each.text("letter"), each.reason("reason"), each.text("sentence"),
                                each.optional_time("until")});
  }
  return rollouts;
}

}  // namespace

json::Value to_json(const Record& record) {
  json::Value quarantine = json::Value::array();
  for (const Quarantined& each : record.quarantine) {
    quarantine.push_back({{"content", each.content}, {"letter", each.letter}, {"why", each.why}});
  }
  json::Value activations = json::Value::array();
  for (const Activation& each : record.activations) activations.push_back(to_json(each));
  json::Value skipped = json::Value::array();
  for (const ComponentState& each : record.skipped) skipped.push_back(to_json(each));
  json::Value value = {{"format", kRecordFormat},
                       {"state", to_json(record.state)},
                       {"declined_through", record.declined_through},
                       {"quarantine", std::move(quarantine)},
                       {"activations", std::move(activations)},
                       {"available", record.available},
                       {"skipped", std::move(skipped)},
                       {"watched_units", record.watched_units},
                       {"polls", to_json(record.polls)},
                       {"expense", to_json(record.expense)},
                       {"rollouts", to_json(record.rollouts)},
                       {"last_error", record.last_error}};
  if (!record.waits.empty()) value["waits"] = record.waits;
  put(value, "waits_since", record.waits_since);
  return value;
}

Result<Record> record_from(const json::Reader& document) {
  std::optional<Error> error;
  Form form(document, error);
  if (form.number("format") != kRecordFormat) form.refuse("unknown format");
  Record record;
  record.state = state_from(form.form("state"));
  record.declined_through = form.text("declined_through");
  for (Form& each : form.forms("quarantine")) {
    record.quarantine.push_back({each.text("content"), each.text("letter"), each.text("why")});
  }
  for (const Form& each : form.forms("activations")) {
    record.activations.push_back(activation_from(each));
  }
  record.available = form.text("available");
  record.skipped = form.components("skipped");
  record.waits = form.text("waits");
  record.waits_since = form.optional_time("waits_since");
  record.watched_units = form.texts("watched_units");
  record.polls = polls_from(form.form("polls"));
  record.expense = expense_from(form.form("expense"));
  if (form.has("rollouts")) record.rollouts = rollouts_from(form.form("rollouts"));
  record.last_error = form.text("last_error");
  if (error) return std::unexpected(*error);
  return record;
}

const Activation* find_activation(const Record& record, std::string_view generation) {
  const auto found = std::ranges::find(record.activations, generation, &Activation::generation);
  return found == record.activations.end() ? nullptr : &*found;
}

}  // namespace interlude::device
