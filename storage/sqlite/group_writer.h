#pragma once
// GroupWriter: the writing connection of a file, shared by threads. Writes that come while another
// one commits become one transaction, with one commit and one sync for all of them.
//
// A write that fails is undone alone: the others of its group do not notice.
//
// Thread   any; writes run one after the other, on the thread of the first caller.
// Durable  a write that returned, unless it was one that needs no sync of its own (Sync::later):
//          that is as durable as the next one that does. The order stays: a power loss takes the
//          last of them, never an earlier one without the later.

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

#include "core/base/result.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/transaction.h"

namespace millrace::sqlite {

class GroupWriter {
public:
    enum class Sync { now, later };
    using Write = std::function<Result<void>(Database&)>;

    explicit GroupWriter(Database database) : database_(std::move(database)) {}

    // Runs `write` in a transaction and returns when that is committed, or with what it failed; an
    // exception of it comes out here. It may run twice if a write before it ended the transaction.
    // Errors  those of `write`, Transaction::begin() and Transaction::commit()
    Result<void> run(const Write& write, Sync sync = Sync::now);

    // How many writes wait for the one that commits.
    std::size_t waiting() const {
        const std::lock_guard lock(mutex_);
        return waiting_.size();
    }

private:
    struct Job {
        const Write& write;
        Sync sync;
        Result<void> outcome;
        std::exception_ptr exception;
        bool done = false;
    };
    using Group = std::span<Job* const>;

    void commit(Group group);
    Result<Transaction> begin(Group group);
    Result<void> run_together(Group group, Transaction transaction);
    Result<void> run_alone(Job& job, Transaction transaction);
    Result<void> call(Job& job);

    mutable std::mutex mutex_;  // of what follows up to database_
    std::condition_variable changed_;
    std::vector<Job*> waiting_;
    bool committing_ = false;

    Database database_;  // of the thread that commits
    bool syncs_ = true;
};

}  // namespace millrace::sqlite
