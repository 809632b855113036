#include "api/upload/sure_commit.h"

#include <memory>
#include <utility>

#include "core/base/error_names.h"
#include "core/base/time.h"

namespace millrace::upload {
namespace {

constexpr Milliseconds kDelayedAtMost = std::chrono::seconds(300);

struct Commit {
    const UploadPorts& ports;
    LoadNumber load;
    SteadyTime until;
    std::function<void(Result<Load>)> done;
};

void start(const std::shared_ptr<Commit>& commit);

void resolve(const std::shared_ptr<Commit>& commit, const Error& error) {
    const auto& ports = commit->ports;
    const bool may_wait = error.name() == error_names::kLoadCommitDelayed &&
                          ports.stores.clock.steady() < commit->until;
    if (may_wait) return start(commit);
    const auto aborted = ports.ends.abort(commit->load, "its commit failed");
    const bool is_committed =
        error.name() == error_names::kLoadAlreadyCommitted ||
        (!aborted.ok() && aborted.error().name() == error_names::kLoadAlreadyCommitted);
    if (!is_committed) return commit->done(error);
    auto load = ports.stores.loads.find_load(commit->load);
    if (!load.ok()) return commit->done(load.error());
    if (!load.value()) return commit->done(error);
    commit->done(std::move(*load.value()));
}

// What is to be resolved waits for the catalog: on a thread of the pool.
void start(const std::shared_ptr<Commit>& commit) {
    commit->ports.ends.commit(commit->load, [commit](Result<Load> outcome) {
        if (outcome.ok()) return commit->done(std::move(outcome));
        commit->ports.pool.post([commit, error = outcome.error()] { resolve(commit, error); });
    });
}

}  // namespace

void commit_surely(const UploadPorts& ports, LoadNumber load,
                   std::function<void(Result<Load>)> done) {
    start(std::make_shared<Commit>(Commit{.ports = ports,
                                          .load = load,
                                          .until = ports.stores.clock.steady() + kDelayedAtMost,
                                          .done = std::move(done)}));
}

}  // namespace millrace::upload
