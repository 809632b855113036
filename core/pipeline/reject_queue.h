#pragma once
// RejectQueue hands the rejects of all loops to the store: what gathers while it writes is one
// transaction, so a sync pays for many requests.
//
// Thread   submit() from any; the store is called on `executor`, and so is Done.
// Durable  when Done is called with kept.

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "core/base/guarded.h"
#include "core/base/result.h"
#include "core/model/reject.h"
#include "core/ports/executor.h"
#include "core/ports/reject_store.h"

namespace millrace::pipeline {

// What became of the rejects of a request.
enum class RejectOutcome {
    kept,
    full,    // a sink has as many as it may keep: they are refused
    failed,  // the store did not take them, or too many wait for it: they may be sent again
};

// Why a record whose rejects have `failed` was not taken. overloaded stream.in.rejectsUnavailable
Error rejects_unavailable();

class RejectQueue {
public:
    using Done = std::function<void(RejectOutcome)>;

    struct Options {
        std::uint64_t waiting_bytes_max = 64 << 20;  // beyond it they fail
        std::function<void(const Error&)> failed;    // the store; on the executor
    };

    RejectQueue(RejectStore& store, Executor& executor, Options options)
        : store_(store), executor_(executor), options_(std::move(options)) {}

    // Queues the rejects of one request; `done` is called once, never from here.
    void submit(RejectGroup group, Done done);

    // Rejects since the start, by what became of them; any thread.
    struct Counts {
        std::uint64_t kept = 0;
        std::uint64_t not_kept = 0;
    };
    Counts counts() const { return {.kept = kept_.load(), .not_kept = not_kept_.load()}; }

private:
    struct Waiting {
        std::vector<RejectGroup> groups;
        std::vector<Done> done;  // of each group
        std::uint64_t bytes = 0;
        bool is_posted = false;
    };

    void write();
    void count(const RejectGroup& group, RejectOutcome outcome);

    RejectStore& store_;
    Executor& executor_;
    const Options options_;
    Guarded<Waiting> waiting_;
    std::atomic<std::uint64_t> kept_ = 0;
    std::atomic<std::uint64_t> not_kept_ = 0;
};

}  // namespace millrace::pipeline
