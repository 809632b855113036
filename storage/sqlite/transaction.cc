#include "storage/sqlite/transaction.h"

#include <sqlite3.h>

#include "storage/sqlite/last_error.h"

namespace millrace::sqlite {

Result<Transaction> Transaction::begin(Database& database) {
    TRY(database.execute("BEGIN IMMEDIATE"));
    return Transaction(database);
}

Transaction::~Transaction() {
    roll_back();
}

Result<void> Transaction::commit() {
    check(database_ != nullptr, "commit() of a transaction that has ended");
    auto* handle = database_->handle();
    if (sqlite3_exec(handle, "COMMIT", nullptr, nullptr, nullptr) == SQLITE_OK) {
        database_ = nullptr;
        return {};
    }
    auto error = last_commit_error(handle);
    roll_back();
    return error;
}

void Transaction::roll_back() noexcept {
    // Some errors have already rolled back; a rollback that fails leaves nothing more to do.
    if (database_ != nullptr && database_->in_transaction()) {
        sqlite3_exec(database_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
    database_ = nullptr;
}

}  // namespace millrace::sqlite
