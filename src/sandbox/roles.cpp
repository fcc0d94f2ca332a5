// What the three processes do: first what needs files or rights, then the lock, then their work.

#include "device/direct_source.hpp"
#include "sandbox/confine.hpp"
#include "sandbox/conversation.hpp"
#include "sandbox/fetcher.hpp"
#include "sandbox/mirror_files.hpp"
#include "sandbox/verifier.hpp"
#include "sys/curl/transport.hpp"
#include "sys/file_transport.hpp"
#include "sys/posix/clock.hpp"
#include "sys/posix/file_system.hpp"

namespace interlude::sandbox {
namespace {

using sys::posix::UniqueFd;

/// What resolving names reads.
const std::vector<Path> kNameService = {"/etc", "/run", "/usr", "/lib", "/lib64", "/var/run"};

/// Files from the worker, everything else from the fetcher.
class Either final : public sys::Transport {
 public:
  Either(sys::Transport& files, sys::Transport& network) : files_(files), network_(network) {}

  Result<sys::Response> get(const sys::Request& request, const sys::BodySink& sink) override {
    const bool is_file = request.url.starts_with(sys::kFileScheme);
    return (is_file ? files_ : network_).get(request, sink);
  }
  std::uint64_t received_bytes() const override {
    return files_.received_bytes() + network_.received_bytes();
  }
  std::optional<std::uint64_t> retry_after_seconds() const override {
    return network_.retry_after_seconds();
  }

 private:
  sys::Transport& files_;
  sys::Transport& network_;
};

void refuse(Channel& asker, const Error& error) {
  Writer reply(Message::Failed);
  write(reply, error);
  write(reply, Tally());
  (void)asker.send(reply.bytes());  // who hears nothing learns of the end
}

void be_verifier(const Assignment& assignment, pid_t parent, std::vector<UniqueFd> given) {
  Channel worker(std::move(given.at(0)));
  Report report(worker);
  RemoteTransport network(Channel(std::move(given.at(1))), [&] { report.again(); });
  sys::FileTransport files([&](const Path& file) { return open_through(worker, file); });
  Either transport(files, network);
  sys::posix::FileSystem disk;
  sys::posix::Clock clock;
  const Path& library = assignment.layout.library();
  const Status locked =
      confine({Role::Verifier,
               assignment.account,
               library,
               {{}, {assignment.layout.seen(), assignment.layout.incoming()}, false}},
              parent);
  if (!locked) return refuse(worker, locked.error().during("locking in the verifying process"));
  // Seen from its root.
  device::DirectSource source(disk, transport, clock, file_name_of(assignment.layout.seen()),
                              file_name_of(assignment.layout.incoming()), assignment.config);
  verify_for(worker, source);
}

void be_fetcher(const Assignment& assignment, pid_t parent, std::vector<UniqueFd> given) {
  FetchService service(Channel(std::move(given.at(0))));
  sys::curl::Options options;
  options.proxy = assignment.config.proxy;
  options.ca_file = assignment.config.ca_file;
  options.aborted = [&] { return service.stopped(); };
  options.dialer =
      std::make_shared<RemoteDialer>(Channel(std::move(given.at(1))), assignment.destinations);
  sys::curl::Transport transport(std::move(options));
  const Status locked =
      confine({Role::Fetcher, assignment.account, assignment.layout.library(), {}}, parent);
  if (!locked) return service.refuse(locked.error().during("locking in the fetching process"));
  service.serve(transport);
}

void be_connector(const Assignment& assignment, pid_t parent, std::vector<UniqueFd> given) {
  Channel fetcher(std::move(given.at(0)));
  const Status locked =
      confine({Role::Connector, assignment.account, "/", {kNameService, {}, true}}, parent);
  if (!locked) return refuse(fetcher, locked.error().during("locking in the connecting process"));
  connect_for(fetcher, assignment.destinations.connects);
}

}  // namespace

Roles usual_roles() {
  return {be_verifier, be_fetcher, be_connector};
}

}  // namespace interlude::sandbox
