#include "device/config.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <functional>
#include <map>

#include "device/own_system.hpp"
#include "sys/endpoint.hpp"

namespace interlude::device {
namespace {

constexpr std::uint64_t kLargestFile = 1ULL << 20U;
constexpr std::int64_t kLongestIntervalMinutes = 7 * 24 * 60;
constexpr std::uint16_t kProxyPort = 1080;  // libcurl's own default

constexpr std::int64_t kLongestProbationMinutes = 24 * 60;

using Setter = std::function<Status(Config&, const toml::node&)>;

Status set_text(std::string& field, const toml::node& node) {
  const auto text = node.value_exact<std::string>();
  if (!text) return fail(ErrorKind::Invalid, "expected a text in quotes");
  field = *text;
  return {};
}

Status set_name(std::string& field, const toml::node& node, std::string_view what) {
  if (const Status set = set_text(field, node); !set) return set;
  return check_name(field, what);
}

Status set_texts(std::vector<std::string>& field, const toml::node& node,
                 std::string_view example) {
  const toml::array* const list = node.as_array();
  if (list == nullptr || list->empty()) {
    return fail(ErrorKind::Invalid, fmt::format("expected a list, e.g. [\"{}\"]", example));
  }
  std::vector<std::string> texts;
  for (const toml::node& element : *list) {
    if (const Status set = set_text(texts.emplace_back(), element); !set) return set;
  }
  field = std::move(texts);
  return {};
}

Status check_url(const std::string& url) {
  if (url.starts_with("file:///")) return {};
  const auto endpoint = sys::endpoint_of(url);
  if (endpoint) return {};
  return fail(ErrorKind::Invalid,
              fmt::format("expected https://HOST/…, http://HOST/… or file:///FOLDER: {}",
                          endpoint.error().message()));
}

Status check_urls(const std::vector<std::string>& urls) {
  for (const std::string& url : urls) {
    if (const Status good = check_url(url); !good) return good;
  }
  return {};
}

/// "host:port" is what libcurl takes, too: an HTTP proxy.
Status check_proxy(const std::string& proxy) {
  if (proxy.empty()) return {};
  const std::size_t scheme = proxy.find("://");
  const auto endpoint = scheme == std::string::npos
                            ? sys::parse_endpoint(proxy, kProxyPort)
                            : sys::endpoint_of("http" + proxy.substr(scheme));
  if (endpoint) return {};
  return fail(ErrorKind::Invalid,
              fmt::format("expected http://HOST:PORT: {}", endpoint.error().message()));
}

Status check_ca_file(const Path& file) {
  if (file.empty() || file.starts_with('/')) return {};
  return fail(ErrorKind::Invalid, fmt::format("expected an absolute path, not \"{}\"", file));
}

Status set_urls(Config& config, const toml::node& node) {
  if (const Status set = set_texts(config.urls, node, "https://…"); !set) return set;
  return check_urls(config.urls);
}

Status set_proxy(Config& config, const toml::node& node) {
  if (const Status set = set_text(config.proxy, node); !set) return set;
  return check_proxy(config.proxy);
}

Status set_ca_file(Config& config, const toml::node& node) {
  if (const Status set = set_text(config.ca_file, node); !set) return set;
  return check_ca_file(config.ca_file);
}

Status set_redirect_hosts(Config& config, const toml::node& node) {
  if (const Status set = set_texts(config.redirect_hosts, node, "cdn.example.org"); !set) {
    return set;
  }
  for (const std::string& host : config.redirect_hosts) {
    const auto endpoint = sys::parse_endpoint(host, 443);
    if (!endpoint) return std::unexpected(endpoint.error());
  }
  return {};
}

Status set_interval(Config& config, const toml::node& node) {
  const auto minutes = node.value_exact<std::int64_t>();
  if (!minutes || *minutes < 1 || *minutes > kLongestIntervalMinutes) {
    return fail(ErrorKind::Invalid,
                fmt::format("expected whole minutes, 1 to {}", kLongestIntervalMinutes));
  }
  config.poll_interval = std::chrono::minutes(*minutes);
  return {};
}

Status set_probation(Config& config, const toml::node& node) {
  const auto minutes = node.value_exact<std::int64_t>();
  if (!minutes || *minutes < 0 || *minutes > kLongestProbationMinutes) {
    return fail(ErrorKind::Invalid,
                fmt::format("expected whole minutes, 0 to {}", kLongestProbationMinutes));
  }
  config.probation = std::chrono::minutes(*minutes);
  return {};
}

Status set_tree(Config& config, const toml::node& node) {
  if (const Status set = set_text(config.tree, node); !set) return set;
  if (!config.tree.starts_with('/')) return fail(ErrorKind::Invalid, "expected an absolute path");
  return {};
}

Status set_kind(Config& config, const toml::node& node) {
  const auto kind = node.value_exact<std::string>();
  if (kind != "tree" && kind != "overlay") {
    return fail(ErrorKind::Invalid, "expected \"tree\" or \"overlay\"");
  }
  config.backend = kind == "tree" ? Config::BackendKind::Tree : Config::BackendKind::Overlay;
  return {};
}

Status set_hard_links(Config& config, const toml::node& node) {
  const auto flag = node.value_exact<bool>();
  if (!flag) return fail(ErrorKind::Invalid, "expected true or false");
  config.hard_links = *flag;
  return {};
}

const std::map<std::string, Setter, std::less<>>& setters() {
  using Node = const toml::node&;
  static const std::map<std::string, Setter, std::less<>> all = {
      {"platform", [](Config& c, Node n) { return set_name(c.platform, n, "platform"); }},
      {"baseline_version",
       [](Config& c, Node n) { return set_name(c.baseline_version, n, "baseline_version"); }},
      {"source.name", [](Config& c, Node n) { return set_name(c.source, n, "source.name"); }},
      {"source.urls", set_urls},
      {"source.redirect_hosts", set_redirect_hosts},
      {"source.proxy", set_proxy},
      {"source.ca_file", set_ca_file},
      {"poll.interval_minutes", set_interval},
      {"probation_minutes", set_probation},
      {"backend.kind", [](Config& c, Node n) { return set_kind(c, n); }},
      {"backend.tree", set_tree},
      {"backend.hard_links", set_hard_links},
  };
  return all;
}

Error at(const Path& file, const toml::source_region& place, std::string_view problem) {
  return {ErrorKind::Invalid, fmt::format("{}:{}: {}", file, place.begin.line, problem)};
}

Status read_table(Config& config, const Path& file, const toml::table& table,
                  const std::string& prefix) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    if (const toml::table* const inner = node.as_table()) {
      if (const Status read = read_table(config, file, *inner, name + "."); !read) return read;
      continue;
    }
    const auto setter = setters().find(name);
    if (setter == setters().end()) {
      return std::unexpected(at(file, key.source(), fmt::format("unknown key \"{}\"", name)));
    }
    if (const Status set = setter->second(config, node); !set) {
      return std::unexpected(at(file, node.source(), name + ": " + set.error().message()));
    }
  }
  return {};
}

Status read_file(Config& config, sys::FileSystem& disk, const Path& file) {
  const Result<Bytes> text = disk.read(file, kLargestFile);
  if (!text) return std::unexpected(text.error().during("reading " + file));
  try {
    const toml::table table = toml::parse(as_text(*text), file);
    return read_table(config, file, table, "");
  } catch (const toml::parse_error& error) {
    return std::unexpected(at(file, error.source(), error.description()));
  }
}

Status check_complete(const Config& config, const Path& file) {
  const std::pair<std::string_view, bool> required[] = {
      {"platform", !config.platform.empty()},
      {"baseline_version", !config.baseline_version.empty()},
      {"source.urls", !config.urls.empty()},
      {"backend.tree", config.backend == Config::BackendKind::Overlay || !config.tree.empty()},
  };
  for (const auto& [key, present] : required) {
    if (!present) return fail(ErrorKind::Invalid, fmt::format("{}: {} is missing", file, key));
  }
  return {};
}

/// What the operating system says of itself where no file of ours says it.
void complete(Config& config, sys::FileSystem& disk, const Layout& layout) {
  if (!config.platform.empty() && !config.baseline_version.empty()) return;
  OwnSystem own = read_own_system(disk, layout);
  if (config.platform.empty()) config.platform = std::move(own.platform);
  if (config.baseline_version.empty()) config.baseline_version = std::move(own.baseline_version);
}

Status read_shipped(Config& config, sys::FileSystem& disk, const Layout& layout) {
  if (!sys::exists(disk, layout.shipped_agent_toml())) return {};
  return read_file(config, disk, layout.shipped_agent_toml());
}

/// `text` as a TOML string.
std::string quoted(const std::string& text) {
  std::ostringstream out;
  out << toml::table{{"x", text}};
  return out.str().substr(out.str().find('=') + 2);
}

/// `texts` as what stands between the brackets of a TOML list.
std::string list_of(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + quoted(text);
  return list;
}

}  // namespace

Result<Config> load_defaults(sys::FileSystem& disk, const Layout& layout) {
  Config config;
  if (const Status read = read_shipped(config, disk, layout); !read) {
    return std::unexpected(read.error());
  }
  complete(config, disk, layout);
  return config;
}

Result<Config> load_config(sys::FileSystem& disk, const Layout& layout) {
  Config config;
  if (!sys::exists(disk, layout.agent_toml())) {
    return fail(ErrorKind::NotFound, layout.agent_toml() +
                                         " does not exist: provision this device with "
                                         "`interlude device init`");
  }
  if (const Status read = read_shipped(config, disk, layout); !read) {
    return std::unexpected(read.error());
  }
  if (const Status read = read_file(config, disk, layout.agent_toml()); !read) {
    return std::unexpected(read.error());
  }
  if (sys::exists(disk, layout.drop_ins())) {
    const auto names = disk.list(layout.drop_ins());
    if (!names) return std::unexpected(names.error());
    for (const std::string& name : *names) {
      if (!name.ends_with(".toml")) continue;
      const Status read = read_file(config, disk, join(layout.drop_ins(), name));
      if (!read) return std::unexpected(read.error());
    }
  }
  complete(config, disk, layout);
  if (const Status checked = check_complete(config, layout.agent_toml()); !checked) {
    return std::unexpected(checked.error());
  }
  return config;
}

Status check_source(const Config& config) {
  if (const Status good = check_urls(config.urls); !good)
    return std::unexpected(good.error().during("--url"));
  if (const Status good = check_proxy(config.proxy); !good)
    return std::unexpected(good.error().during("--proxy"));
  if (const Status good = check_ca_file(config.ca_file); !good)
    return std::unexpected(good.error().during("--ca-file"));
  return {};
}

std::string to_toml(const Config& config) {
  std::string text =
      "# Written by `interlude device init`. Further files agent.d/*.toml win over this one.\n";
  if (!config.platform.empty()) text += fmt::format("platform = {}\n", quoted(config.platform));
  if (!config.baseline_version.empty()) {
    text += fmt::format("baseline_version = {}\n", quoted(config.baseline_version));
  }
  if (config.probation) text += fmt::format("probation_minutes = {}\n", config.probation->count());
  text += fmt::format("\n[source]\nname = {}\nurls = [{}]\n", quoted(config.source),
                      list_of(config.urls));
  if (!config.proxy.empty()) text += fmt::format("proxy = {}\n", quoted(config.proxy));
  if (!config.ca_file.empty()) text += fmt::format("ca_file = {}\n", quoted(config.ca_file));
  if (!config.redirect_hosts.empty()) {
    text += fmt::format("redirect_hosts = [{}]\n", list_of(config.redirect_hosts));
  }
  text +=
      fmt::format("\n[poll]\ninterval_minutes = {}\n",
                  std::chrono::duration_cast<std::chrono::minutes>(config.poll_interval).count());
  if (config.backend == Config::BackendKind::Overlay) {
    return text + "\n[backend]\nkind = \"overlay\"\n";
  }
  if (!config.tree.empty()) {
    text += fmt::format("\n[backend]\nkind = \"tree\"\ntree = {}\nhard_links = {}\n",
                        quoted(config.tree), config.hard_links);
  }
  return text;
}

}  // namespace interlude::device
