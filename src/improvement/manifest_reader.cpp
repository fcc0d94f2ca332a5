// Reads a manifest's form, member by member; every error names its place. What must hold between
// the parts is manifest_check.cpp's. docs/formats/manifest.md, section 4.

#include <fmt/format.h>

#include <algorithm>

#include "base/hex.hpp"
#include "improvement/manifest.hpp"
#include "improvement/manifest_check.hpp"
#include "improvement/manifest_names.hpp"
#include "json/json.hpp"

namespace interlude::improvement {
namespace {

using json::Reader;

/// Passes values on and keeps the first error, so that many members can be read in a row and
/// checked once.
class FirstError {
 public:
  template <class T>
  T operator()(Result<T> result) {
    if (result) return std::move(*result);
    keep(result.error());
    return T{};
  }
  void operator()(const Status& status) {
    if (!status) keep(status.error());
  }
  void keep(const Error& error) {
    if (!error_) error_ = error;
  }

  bool any() const { return error_.has_value(); }
  std::unexpected<Error> get() const { return std::unexpected(*error_); }

 private:
  std::optional<Error> error_;
};

/// `value`, or the first error met while it was read.
template <class T>
Result<T> unless_failed(const FirstError& failed, T&& value) {
  if (failed.any()) return failed.get();
  return std::forward<T>(value);
}

/// A member's value with the place of the member, for checks beyond its type.
Status placed(const Reader& parent, std::string_view member, const Status& status) {
  if (status) return {};
  const Result<Reader> place = parent.member(member);
  return std::unexpected((place ? *place : parent).error(status.error().message()));
}

Result<crypto::Sha256> read_digest(const Reader& parent) {
  const Result<std::string> digits = parent.text("sha256");
  if (!digits) return std::unexpected(digits.error());
  const Result<crypto::Sha256> digest = crypto::Sha256::from_hex(*digits);
  if (digest) return *digest;
  return std::unexpected(parent.member("sha256")->error(digest.error().message()));
}

Result<std::uint64_t> read_size(const Reader& parent) {
  const Result<std::uint64_t> size = parent.number("size");
  if (!size || *size <= kLargestFile) return size;
  return std::unexpected(parent.member("size")->error(
      fmt::format("{} bytes are more than the largest size, {}", *size, kLargestFile)));
}

template <class Enum, std::size_t count>
Result<Enum> read_enum(const Reader& parent, std::string_view member, Enum otherwise,
                       const std::array<std::pair<Enum, std::string_view>, count>& names) {
  const Result<std::string> text = parent.text_or(member, name_in(names, otherwise));
  if (!text) return std::unexpected(text.error());
  for (const auto& [value, name] : names) {
    if (name == *text) return value;
  }
  return std::unexpected(
      parent.member(member)->error(fmt::format("\"{}\" is not known here", text->substr(0, 40))));
}

Result<std::uint32_t> read_mode(const Reader& parent, std::uint32_t otherwise) {
  if (!parent.has("mode")) return otherwise;
  const Result<std::string> digits = parent.text("mode");
  if (!digits) return std::unexpected(digits.error());
  const bool octal = digits->size() == 4 &&
                     std::ranges::all_of(*digits, [](char c) { return c >= '0' && c <= '7'; });
  if (!octal) return std::unexpected(parent.member("mode")->error("expected four octal digits"));
  return static_cast<std::uint32_t>(std::stoul(*digits, nullptr, 8));
}

Result<std::uint32_t> read_owner(const Reader& parent, std::string_view member,
                                 std::uint32_t otherwise) {
  const Result<std::uint64_t> id = parent.number_or(member, otherwise);
  if (!id) return std::unexpected(id.error());
  // The highest number means "no change" to chown(2) and is nobody's.
  if (*id < 0xffffffffU) return static_cast<std::uint32_t>(*id);
  return std::unexpected(parent.member(member)->error("not a user or group number"));
}

Result<std::map<std::string, Bytes>> read_attributes(const Reader& parent,
                                                     std::map<std::string, Bytes> otherwise) {
  if (!parent.has("attributes")) return otherwise;
  const auto members = parent.member("attributes")->members();
  if (!members) return std::unexpected(members.error());
  std::map<std::string, Bytes> attributes;
  for (const auto& [name, value] : *members) {
    if (!is_kept_attribute(name)) {
      return std::unexpected(value.error("only security.capability and user.* can be set"));
    }
    const Result<std::string> digits = value.text();
    if (!digits) return std::unexpected(digits.error());
    Result<Bytes> bytes = from_hex(*digits);
    if (!bytes) return std::unexpected(value.error(bytes.error().message()));
    attributes.emplace(name, std::move(*bytes));
  }
  return attributes;
}

Result<std::string> read_target(const Reader& parent) {
  Result<std::string> target = parent.text("target");
  if (!target || (!target->empty() && target->size() < 4096)) {
    return target;
  }
  return std::unexpected(parent.member("target")->error("not a symbolic link's target"));
}

Result<Entry> read_entry(const Reader& reader, const std::optional<Entry>& before) {
  FirstError failed;
  // An absent kind means a file, also where the path was something else before.
  const EntryKind kind = failed(read_enum(reader, "kind", EntryKind::Regular, kKindNames));
  if (failed.any()) return failed.get();
  Entry entry = usual_entry(kind, before);
  const bool stated = states_content(kind, before);
  if (kind == EntryKind::Regular) {
    if (stated || reader.has("sha256")) entry.digest = failed(read_digest(reader));
    if (stated || reader.has("size")) entry.size = failed(read_size(reader));
  }
  if (kind == EntryKind::Symlink) entry.target = failed(read_target(reader));
  entry.mode = failed(read_mode(reader, entry.mode));
  entry.uid = failed(read_owner(reader, "uid", entry.uid));
  entry.gid = failed(read_owner(reader, "gid", entry.gid));
  entry.attributes = failed(read_attributes(reader, entry.attributes));
  if (kind == EntryKind::Symlink && entry.mode != kLinkMode) {
    failed.keep(reader.error("a symbolic link has mode 0777"));
  }
  return unless_failed(failed, std::move(entry));
}

Status check_change(const Reader& reader, const FileChange& change) {
  if (const Status good = placed(reader, "path", check_canonical(change.path)); !good) return good;
  if (!change.before && !change.after) {
    return std::unexpected(reader.error("has neither \"before\" nor \"after\""));
  }
  if (change.before == change.after) {
    return std::unexpected(reader.error("\"before\" and \"after\" are the same"));
  }
  const bool both = change.before && change.after;
  if (both && (change.before->kind == EntryKind::Directory) !=
                  (change.after->kind == EntryKind::Directory)) {
    return std::unexpected(
        reader.error("a directory cannot turn into something else, nor anything into a directory"));
  }
  if (change.after && gains_privilege(change.before, *change.after)) {
    return std::unexpected(reader.error("a new setuid or setgid bit"));
  }
  return {};
}

Result<FileChange> read_change(const Reader& reader) {
  FirstError failed;
  FileChange change;
  change.path = failed(reader.text("path"));
  if (reader.has("before")) {
    change.before = failed(read_entry(*reader.member("before"), std::nullopt));
  }
  if (failed.any()) return failed.get();
  if (reader.has("after")) {
    change.after = failed(read_entry(*reader.member("after"), change.before));
  }
  if (!failed.any()) failed(check_change(reader, change));
  return unless_failed(failed, std::move(change));
}

Result<std::string> read_letter(const Reader& reader) {
  Result<std::string> text = reader.text("letter");
  if (!text) return text;
  const Result<Letter> letter = Letter::parse(*text);
  if (letter) return text;
  return std::unexpected(reader.member("letter")->error(letter.error().message()));
}

Result<Payload> read_payload(const Reader& reader, const std::string& component) {
  FirstError failed;
  Payload payload;
  failed(reader.member("from").has_value()
             ? Status{}
             : Status(std::unexpected(reader.member("from").error())));
  payload.from = failed(read_enum(reader, "from", Payload::From::Full, kFromNames));
  if (payload.from == Payload::From::Letter) payload.letter = failed(read_letter(reader));
  payload.name =
      failed(reader.text_or("name", payload_name(component, payload.from, payload.letter)));
  payload.size = failed(read_size(reader));
  payload.digest = failed(read_digest(reader));
  if (!failed.any() && reader.has("name")) {
    failed(placed(reader, "name", check_name(payload.name, "payload")));
  }
  return unless_failed(failed, std::move(payload));
}

/// Units, or patterns of them, each once.
Result<std::vector<std::string>> read_units(const Reader& reader, std::string_view member,
                                            bool patterns) {
  Result<std::vector<std::string>> names = reader.texts(member);
  if (!names) return names;
  for (const std::string& name : *names) {
    const Status good = placed(reader, member, check_unit_name(name, patterns));
    if (!good) return std::unexpected(good.error());
  }
  return names;
}

Result<RestartRules> read_restart(const Reader& reader) {
  FirstError failed;
  RestartRules rules;
  rules.units = failed(read_units(reader, "units", false));
  rules.never = failed(read_units(reader, "never", true));
  return unless_failed(failed, std::move(rules));
}

Result<Probe> read_probe(const Reader& reader) {
  FirstError failed;
  Probe probe;
  probe.name = failed(reader.text("name"));
  probe.command = failed(reader.texts("command"));
  const std::string unit = failed(reader.text_or("unit", ""));
  const std::string connect = failed(reader.text_or("connect", ""));
  const std::uint64_t seconds = failed(reader.number_or("seconds", probe.seconds));
  if (failed.any()) return failed.get();
  if (!probe.command.empty()) probe.kind = Probe::Kind::Command;
  if (!connect.empty()) probe.kind = Probe::Kind::Socket;
  probe.target = probe.kind == Probe::Kind::Socket ? connect : unit;
  probe.seconds = static_cast<std::uint32_t>(std::min<std::uint64_t>(seconds, 0xffffU));
  const int kinds =
      (probe.command.empty() ? 0 : 1) + (unit.empty() ? 0 : 1) + (connect.empty() ? 0 : 1);
  if (kinds != 1) {
    return std::unexpected(reader.error("has one of \"command\", \"unit\" and \"connect\""));
  }
  const Status good = check_probe(probe);
  if (!good) return std::unexpected(reader.error(good.error().message()));
  return probe;
}

/// What a device does when a component switches, and how it tells whether that worked.
void read_operation(FirstError& failed, const Reader& reader, Component& component) {
  if (reader.has("restart")) component.restart = failed(read_restart(*reader.member("restart")));
  for (const Reader& each : failed(reader.optional_elements("probes"))) {
    component.probes.push_back(failed(read_probe(each)));
  }
  if (component.probes.size() > kMostProbes) failed.keep(reader.error("has too many probes"));
}

Result<Component> read_component(const Reader& reader) {
  FirstError failed;
  Component component;
  component.name = failed(reader.text("name"));
  component.version_before = failed(reader.text_or("version_before", ""));
  component.version_after = failed(reader.text_or("version_after", ""));
  component.package = failed(reader.text_or("package", ""));
  component.apply = failed(read_enum(reader, "apply", Apply::LiveWithRestart, kApplyNames));
  if (failed.any()) return failed.get();
  failed(placed(reader, "name", check_name(component.name, "component")));

  for (const Reader& file : failed(reader.optional_elements("files"))) {
    component.files.push_back(failed(read_change(file)));
    if (failed.any()) return failed.get();
    const std::size_t count = component.files.size();
    if (count > 1 && component.files[count - 2].path >= component.files[count - 1].path) {
      return std::unexpected(file.error("is not sorted by path, each path once"));
    }
  }
  if (component.files.empty()) failed.keep(reader.error("has no files"));
  for (const Reader& payload : failed(reader.optional_elements("payloads"))) {
    component.payloads.push_back(failed(read_payload(payload, component.name)));
  }
  read_operation(failed, reader, component);
  return unless_failed(failed, std::move(component));
}

Result<Advisory> read_advisory(const Reader& reader) {
  FirstError failed;
  Advisory advisory;
  advisory.id = failed(reader.text("id"));
  advisory.component = failed(reader.text("component"));
  advisory.impact = failed(reader.text_or("impact", ""));
  advisory.description = failed(reader.text_or("description", ""));
  advisory.references = failed(reader.texts("references"));
  return unless_failed(failed, std::move(advisory));
}

Result<Allowance> read_allowance(const Reader& reader) {
  FirstError failed;
  Allowance allowance;
  allowance.rule = failed(reader.text("rule"));
  allowance.reason = failed(reader.text("reason"));
  return unless_failed(failed, std::move(allowance));
}

Result<Id> read_id(const Reader& top) {
  const Result<std::string> text = top.text("id");
  if (!text) return std::unexpected(text.error());
  Result<Id> id = Id::parse(*text);
  if (id) return id;
  return std::unexpected(top.member("id")->error(id.error().message()));
}

Status check_format(const Reader& top) {
  const Result<std::uint64_t> format = top.number("format");
  if (!format) return std::unexpected(format.error());
  if (*format == kManifestFormat) return {};
  return std::unexpected(top.member("format")->error(
      fmt::format("{} is not known here; expected {}", *format, kManifestFormat)));
}

template <class T>
std::vector<T> read_list(FirstError& failed, const Reader& top, std::string_view member,
                         Result<T> (*read)(const Reader&)) {
  std::vector<T> all;
  for (const Reader& element : failed(top.optional_elements(member))) {
    if (failed.any()) break;
    all.push_back(failed(read(element)));
  }
  return all;
}

/// Control characters could drive the terminal that shows a text, and canonical JSON, which writes
/// them as they are, could not be read again.
bool has_control(const json::Value& value) {
  const auto in_text = [](const std::string& text) {
    return std::ranges::any_of(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  };
  if (value.is_string()) return in_text(value.get_ref<const std::string&>());
  if (value.is_object()) {
    return std::ranges::any_of(value.items(), [&](const auto& member) {
      return in_text(member.key()) || has_control(member.value());
    });
  }
  return value.is_array() && std::ranges::any_of(value, has_control);
}

}  // namespace

Result<Manifest> parse_manifest(ByteView text) {
  if (text.size() > kLargestManifest) {
    return fail(ErrorKind::Corrupt,
                fmt::format("manifest.json: longer than {} bytes", kLargestManifest));
  }
  const Result<json::Value> value = json::parse(text);
  if (!value) return std::unexpected(value.error().during("manifest.json"));
  if (has_control(*value)) {
    return fail(ErrorKind::Corrupt, "manifest.json: a text has a control character");
  }
  const Reader top(*value, "manifest.json");
  if (const Status known = check_format(top); !known) return std::unexpected(known.error());
  Result<Id> id = read_id(top);
  if (!id) return std::unexpected(id.error());

  FirstError failed;
  Manifest manifest{std::move(*id), failed(top.text_or("release", "")), {}, {}, {}};
  manifest.advisories = read_list<Advisory>(failed, top, "advisories", read_advisory);
  manifest.components = read_list<Component>(failed, top, "components", read_component);
  manifest.allowances = read_list<Allowance>(failed, top, "allowances", read_allowance);
  if (failed.any()) return failed.get();
  if (manifest.components.empty()) return std::unexpected(top.error("has no components"));
  failed(check_consistency(manifest));
  return unless_failed(failed, std::move(manifest));
}

Result<Apply> parse_apply(std::string_view name) {
  for (const auto& [apply, known] : kApplyNames) {
    if (known == name) return apply;
  }
  return fail(ErrorKind::Invalid,
              fmt::format("\"{}\" is no apply mode: expected live, live-with-restart, "
                          "when-not-running or at-boot",
                          name));
}

}  // namespace interlude::improvement
