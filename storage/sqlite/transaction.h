#pragma once
// Transaction: BEGIN IMMEDIATE .. commit(); rolled back if it ends without commit().

#include "core/base/result.h"
#include "storage/sqlite/database.h"

namespace millrace::sqlite {

class Transaction {
public:
    // Errors  unavailable: another connection holds the write lock for longer than the busy timeout
    static Result<Transaction> begin(Database& database);

    Transaction(Transaction&& other) noexcept
        : database_(std::exchange(other.database_, nullptr)) {}
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();

    // Errors  unknown_outcome: the commit may have happened; unavailable: it did not
    Result<void> commit();

private:
    explicit Transaction(Database& database) : database_(&database) {}
    void roll_back() noexcept;

    Database* database_;  // null once it has ended
};

}  // namespace millrace::sqlite
