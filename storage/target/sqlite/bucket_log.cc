#include "storage/target/sqlite/bucket_log.h"

#include "storage/sqlite/transaction.h"

namespace millrace::target {
namespace {

constexpr std::uint64_t kMovedPages = 1000;  // as SQLite does by itself

}  // namespace

bool is_log_long(const sqlite::Database& database) {
    return database.log_pages() >= kMovedPages;
}

Result<bool> move_log(sqlite::Database& database, const std::string& path) {
    TRY_ASSIGN(const auto lock, sqlite::Transaction::begin(database));
    TRY_ASSIGN(auto mover, sqlite::Database::open(path, {.commits_checkpoint = false}));
    return mover.checkpoint();
}

// The log begins anew, and is cut, with the first commit after all of it was moved. This one writes
// a number of the user's back as it is.
Result<void> cut_log(sqlite::Database& database) {
    TRY_ASSIGN(auto transaction, sqlite::Transaction::begin(database));
    TRY_ASSIGN(const auto version, database.number("PRAGMA user_version"));
    TRY(database.execute(fmt::format("PRAGMA user_version = {}", version)));
    return transaction.commit();
}

}  // namespace millrace::target
