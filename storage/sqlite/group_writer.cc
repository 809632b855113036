#include "storage/sqlite/group_writer.h"

#include <algorithm>
#include <utility>

namespace millrace::sqlite {
namespace {

// One long group would keep all of its writers waiting for the last of them.
constexpr std::size_t kGroupMax = 64;

}  // namespace

Result<void> GroupWriter::run(const Write& write, Sync sync) {
    Job job{.write = write, .sync = sync, .outcome = {}, .exception = nullptr};
    std::unique_lock lock(mutex_);
    waiting_.push_back(&job);
    while (!job.done) {
        if (committing_) {
            changed_.wait(lock);
            continue;
        }
        committing_ = true;
        const auto size = std::min(waiting_.size(), kGroupMax);
        const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(size);
        const std::vector<Job*> group(waiting_.begin(), end);
        waiting_.erase(waiting_.begin(), end);
        lock.unlock();
        commit(group);
        lock.lock();
        committing_ = false;
        for (auto* ended : group) ended->done = true;
        changed_.notify_all();
    }
    lock.unlock();
    if (job.exception) std::rethrow_exception(job.exception);
    return std::move(job.outcome);
}

void GroupWriter::commit(Group group) {
    auto begun = begin(group);
    if (!begun.ok()) {
        for (auto* job : group) job->outcome = begun.error();
        return;
    }
    if (group.size() == 1) {
        group[0]->outcome = run_alone(*group[0], std::move(begun).value());
        return;
    }
    const auto ended = run_together(group, std::move(begun).value());
    if (ended.ok()) return;
    if (ended.error().code() == Code::unknown_outcome) {
        for (auto* job : group) {
            if (job->outcome.ok()) job->outcome = ended.error();
        }
        return;
    }
    // Nothing of it happened: the others are not to blame.
    for (auto* job : group) commit(Group(&job, 1));
}

// NORMAL leaves the log unsynced at a commit; what matters is that it stays in order.
Result<Transaction> GroupWriter::begin(Group group) {
    const bool syncs = std::any_of(group.begin(), group.end(),
                                   [](const Job* job) { return job->sync == Sync::now; });
    if (syncs != syncs_) {
        TRY(database_.execute(syncs ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL"));
        syncs_ = syncs;
    }
    return Transaction::begin(database_);
}

// Errors  unknown_outcome: what did not fail by itself may have happened; else nothing happened
Result<void> GroupWriter::run_together(Group group, Transaction transaction) {
    for (auto* job : group) {
        TRY(database_.execute("SAVEPOINT job"));
        job->outcome = call(*job);
        // A full disk, for one, has ended the whole transaction: this then fails.
        if (!job->outcome.ok()) TRY(database_.execute("ROLLBACK TO job"));
        TRY(database_.execute("RELEASE job"));
    }
    return transaction.commit();
}

Result<void> GroupWriter::run_alone(Job& job, Transaction transaction) {
    TRY(call(job));
    return transaction.commit();
}

Result<void> GroupWriter::call(Job& job) {
    job.exception = nullptr;
    try {
        return job.write(database_);
    } catch (...) {
        job.exception = std::current_exception();
        return Error(Code::internal, "a write threw");
    }
}

}  // namespace millrace::sqlite
