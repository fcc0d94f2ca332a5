#include "fixture.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <set>
#include <utility>

#include "crypto/private_key.hpp"
#include "delta/delta.hpp"
#include "repository/publication.hpp"
#include "tuf/signing.hpp"

namespace interlude::crash {
namespace {

using improvement::Entry;
using improvement::EntryKind;
using improvement::FileChange;
using improvement::Payload;

constexpr std::string_view kRepository = "/repository";
constexpr std::string_view kWorkshop = "/workshop";

/// Fails the test at once, saying why: a broken fixture proves nothing.
void must(const Status& status) {
  if (!status) throw std::runtime_error("fixture: " + status.error().message());
}
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error("fixture: " + result.error().message());
  return std::move(*result);
}

Bytes numbered_lines(int count, const std::string& word) {
  std::string text;
  for (int line = 0; line < count; ++line) text += word + " " + std::to_string(line * 7919) + "\n";
  return to_bytes(text);
}

void make_baseline(sys::FileSystem& disk, const Path& root) {
  must(sys::make_directories(disk, join(root, "usr/lib"), 0755));
  must(sys::make_directories(disk, join(root, "usr/bin"), 0755));
  must(sys::make_directories(disk, join(root, "etc"), 0755));
  must(disk.write(join(root, "usr/lib/libx.so.1.0"), numbered_lines(300, "library"), 0644));
  must(disk.make_symlink("libx.so.1.0", join(root, "usr/lib/libx.so.1")));
  must(disk.write(join(root, "usr/bin/tool"), numbered_lines(100, "tool"), 0755));
  must(disk.write(join(root, "usr/bin/obsolete"), to_bytes("old\n"), 0755));
  must(disk.write(join(root, "etc/config"), to_bytes("mine\n"), 0640));
  must(disk.sync_tree(root));
}

Entry file_entry(ByteView content, std::uint32_t mode) {
  Entry entry;
  entry.mode = mode;
  entry.size = content.size();
  entry.digest = crypto::sha256(content);
  return entry;
}

Entry link_entry(const std::string& target) {
  Entry entry;
  entry.kind = EntryKind::Symlink;
  entry.mode = improvement::kLinkMode;
  entry.target = target;
  return entry;
}

Entry directory_entry() {
  Entry entry;
  entry.kind = EntryKind::Directory;
  entry.mode = 0755;
  return entry;
}

bool is_new_content(const FileChange& change) {
  const bool is_file = change.after && change.after->kind == EntryKind::Regular;
  return is_file && (!change.before || change.before->digest != change.after->digest);
}

Edition edition(const std::string& letter) {
  const Bytes library = numbered_lines(300, "library");
  const Bytes tool = numbered_lines(100, "tool");
  Bytes new_library = library;
  append(new_library, as_bytes("fixed in " + letter + "\n"));
  Bytes new_tool = tool;
  new_tool[50] = static_cast<std::uint8_t>(letter.front());
  const Bytes added = to_bytes("a rule of " + letter + "\n");
  Edition made;
  made.files = {
      {"etc/config", file_entry(as_bytes("mine\n"), 0640), file_entry(as_bytes("mine\n"), 0600)},
      {"usr/bin/obsolete", file_entry(as_bytes("old\n"), 0755), std::nullopt},
      {"usr/bin/tool", file_entry(tool, 0755), file_entry(new_tool, 0755)},
      {"usr/lib/libx.so.1", link_entry("libx.so.1.0"), link_entry("libx.so.1." + letter)},
      {"usr/lib/libx.so.1." + letter, std::nullopt, file_entry(new_library, 0644)},
      {"usr/share", std::nullopt, directory_entry()},
      {"usr/share/rules", std::nullopt, file_entry(added, 0444)},
  };
  made.fresh = {new_tool, new_library, added};
  return made;
}

Payload store_payload(sys::FileSystem& disk, const std::string& letter,
                      const std::string& component, Payload::From from, const Bytes& content) {
  Payload payload;
  payload.from = from;
  payload.name = improvement::payload_name(component, from, "");
  payload.size = content.size();
  payload.digest = crypto::sha256(content);
  must(disk.write(join(join(kWorkshop, letter), payload.name), content, 0644));
  return payload;
}

std::vector<ByteView> views_of(const std::vector<Bytes>& contents) {
  return {contents.begin(), contents.end()};
}

}  // namespace

Snapshot snapshot_of(sys::FileSystem& disk, const Path& root) {
  Snapshot all;
  must(sys::walk(disk, root, [&](const Path& path, const sys::FileInfo& info) -> Status {
    std::string line = std::to_string(info.mode) + " ";
    if (info.type == sys::FileType::Symlink) line += must(disk.read_link(join(root, path)));
    if (info.type == sys::FileType::Regular) {
      line += crypto::sha256(must(disk.read(join(root, path), 1U << 20U))).hex();
    }
    all[path] = line;
    return {};
  }));
  return all;
}

sys::Time start_time() {
  return must(sys::parse_time("2026-11-24T08:00:00Z"));
}

Publisher::Publisher(sys::Time now) : clock_(now) {
  must(disk_.make_directory(std::string(kRepository), 0700));
  must(disk_.make_directory(std::string(kWorkshop), 0700));
  must(repository().create(founding_));
  make_baseline(disk_, join(kWorkshop, "baseline"));
  trees_[""] = snapshot_of(disk_, join(kWorkshop, "baseline"));
}

Bytes Publisher::trusted_root() {
  return must(disk_.read(must(repository().trusted_root()), 1U << 20U));
}

tuf::Repository Publisher::repository() {
  return {disk_, clock_, ring_, std::string(kRepository), {}};
}

const crypto::Signer* Publisher::signer(const std::string& role) {
  const std::map<std::string, const tuf::RoleKeys*> roles = {
      {"root", &founding_.root},           {"targets", &founding_.targets},
      {"snapshot", &founding_.snapshot},   {"timestamp", &founding_.timestamp},
      {"platforms", &founding_.platforms}, {"rollout", &founding_.rollout}};
  return must(ring_.signer(roles.at(role)->ids().front()));
}

void Publisher::say(const std::map<std::string, rollout::Entry>& by_letter,
                    std::chrono::seconds ago) {
  const sys::Time now = clock_.now();
  clock_.set(now - ago);
  std::map<std::string, rollout::Entry> by_id;
  for (const auto& [letter, entry] : by_letter) by_id["local/box/1/" + letter] = entry;
  tuf::Repository all = repository();
  const auto word = must(repository::word_update(must(all.contents()), by_id, clock_.now()));
  must(all.publish(std::vector{word}));
  clock_.set(now);
}

void Publisher::renew_root() {
  must(repository().renew({"root"}));
}

void Publisher::recall(const std::string& letter, const rollout::Recall& recall) {
  tuf::Repository all = repository();
  const auto rollouts = must(repository::rollouts_of(must(all.contents())));
  const auto one = must(repository::select(rollouts, letter));
  must(all.publish(std::vector{repository::recall_update(one.front(), recall)}));
}

Bytes Publisher::sign(const json::Value& content, const std::string& role) {
  const crypto::Signer* const all[] = {signer(role)};
  return must(tuf::signed_file(content, all));
}

std::string Publisher::key_id(const std::string& role) {
  return tuf::key_id(*signer(role));
}

void Publisher::publish_through(const std::string& letter) {
  while (newest_ != letter) {
    newest_ = newest_.empty() ? "a" : std::string(1, static_cast<char>(newest_.front() + 1));
    publish(newest_);
  }
}

improvement::Component Publisher::component(const std::string& name, const std::string& letter,
                                            const Edition& wanted) {
  improvement::Component component;
  component.name = name;
  component.package = "libbox1";
  component.version_before = "1.0";
  component.version_after = "1.0-" + letter;
  component.files = wanted.files;
  std::vector<Bytes> old;
  for (const improvement::Reference& each : improvement::references(component, nullptr)) {
    old.push_back(must(disk_.read(join(join(kWorkshop, "baseline"), each.path), 1U << 20U)));
  }
  std::vector<Bytes> rebuilt = wanted.fresh;
  if (std::exchange(spoil_small_payload_, false)) rebuilt.front().front() ^= 1U;
  const auto add = [&](Payload::From from, const Bytes& content) {
    component.payloads.push_back(store_payload(disk_, letter, name, from, content));
  };
  add(Payload::From::Baseline, must(delta::make(views_of(old), views_of(rebuilt), {})));
  add(Payload::From::Full, must(delta::make({}, views_of(wanted.fresh), {})));
  adjust_(component);
  return component;
}

void Publisher::publish(const std::string& letter) {
  const Path folder = join(kWorkshop, letter);
  must(disk_.make_directory(folder, 0755));
  const Edition wanted = edition(letter);
  std::vector<improvement::Component> components;
  for (const std::string& name : std::set<std::string>{"box", core_}) {
    Edition part;
    std::size_t fresh = 0;
    for (const FileChange& change : wanted.files) {
      const bool is_rebuilt = is_new_content(change);
      const std::string owner = change.path.starts_with("usr/lib/") ? core_ : "box";
      if (owner == name) part.files.push_back(change);
      if (owner == name && is_rebuilt) part.fresh.push_back(wanted.fresh.at(fresh));
      if (is_rebuilt) ++fresh;
    }
    components.push_back(component(name, letter, part));
  }
  const improvement::Manifest manifest{must(improvement::Id::parse("local/box/1/" + letter)),
                                       "release-" + letter,
                                       {{"CVE-" + letter, components.front().name, "", "", {}}},
                                       components,
                                       {}};
  const Bytes text = to_bytes(improvement::serialize(manifest));
  const repository::Built built{must(improvement::parse_manifest(text)), text, folder};
  auto update = repository::list_update(built, schedule_, clock_.now());
  update.extra["rollout"] = rollout_;
  must(repository().publish({&update, 1}));

  Snapshot tree = trees_.at("");
  for (const FileChange& change : wanted.files) {
    tree.erase(change.path);
    if (!change.after) continue;
    std::string line = std::to_string(change.after->mode) + " ";
    if (change.after->kind == EntryKind::Regular) line += change.after->digest.hex();
    tree[change.path] = line + change.after->target;
  }
  trees_[letter] = tree;
}

device::Provisioning provisioning(Publisher& publisher) {
  device::Provisioning wanted;
  wanted.config.platform = "box";
  wanted.config.baseline_version = "1";
  wanted.config.urls = {std::string(kUrl)};
  wanted.config.tree = kBaselineFolder;
  wanted.trusted_root = publisher.trusted_root();
  return wanted;
}

sys::sim::FileSystem new_device(Publisher& publisher) {
  sys::sim::FileSystem disk;
  make_baseline(disk, std::string(kBaselineFolder));
  must(disk.make_directory("/device", 0755));
  must(device::provision(disk, Layout("/device"), provisioning(publisher)));
  must(disk.sync_tree("/"));
  return disk;
}

Status run_agent(sys::sim::FileSystem& disk, Publisher& publisher, const Work& work,
                 const OnStep& on_step, const Network& before, const Network& after, sys::Time now,
                 const device::Circumstances& circumstances, device::Workload* workload,
                 overlay::Mounts* mounts) {
  sys::sim::Clock clock(now);
  sys::sim::Random random(1);
  sys::sim::Transport transport;
  transport.mount(std::string(kUrl) + "/", publisher.disk(), join(kRepository, "public"));
  if (before) before(transport);
  const Layout layout("/device");
  const auto config = device::load_config(disk, layout);
  if (!config) return std::unexpected(config.error());
  device::DirectSource source(disk, transport, clock, layout.metadata(), layout.incoming(),
                              *config);
  device::Agent::Watch watch;
  watch.step = [&](std::string_view name) {
    if (on_step) on_step(disk, name);
  };
  watch.progress = [](std::string_view, double) { return true; };
  const auto agent = device::Agent::open({disk, clock, random, source, workload, mounts}, layout,
                                         *config, circumstances, std::move(watch));
  if (!agent) return std::unexpected(agent.error());
  const auto recovered = (*agent)->recover();
  if (!recovered) return std::unexpected(recovered.error());
  const Status done = work(**agent);
  if (after) after(transport);
  return done;
}

Status poll(device::Agent& agent) {
  return agent.run({device::Request::Kind::Automatic, std::nullopt, {}});
}

Work install(const std::string& letter) {
  return [letter = must(improvement::Letter::parse(letter))](device::Agent& agent) {
    return agent.run({device::Request::Kind::Install, letter, {}});
  };
}

Status remove(device::Agent& agent) {
  const auto removed = agent.remove();
  if (!removed) return std::unexpected(removed.error());
  return {};
}

std::string letter_on(sys::FileSystem& disk) {
  const Layout layout("/device");
  const std::string id = file_name_of(must(disk.read_link(layout.active())));
  if (id == kBaseline) return "";
  return must(device::Store(disk, layout).generation(id)).generation.letter;
}

Snapshot active_tree(sys::FileSystem& disk) {
  return snapshot_of(disk, must(disk.resolve(join(Layout("/device").active(), "tree"))));
}

}  // namespace interlude::crash
