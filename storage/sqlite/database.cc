#include "storage/sqlite/database.h"

#include <sqlite3.h>

#include "storage/sqlite/early_writes.h"
#include "storage/sqlite/last_error.h"
#include "storage/sqlite/sqlite_error.h"

namespace millrace::sqlite {
namespace {

constexpr std::uint64_t kPageCacheBytes = 8 << 20;
constexpr int kStepsBetweenLooks = 10'000;  // of SQLite's machine: a millisecond or less

// Makes the file a WAL database; SQLite keeps the old mode without an error where it cannot.
Result<void> use_wal(Database& database) {
    TRY_ASSIGN(auto statement, database.prepare("PRAGMA journal_mode = WAL"));
    TRY_ASSIGN(const bool found, statement.step());
    const auto mode = found ? Row(statement).text() : std::string();
    if (mode != "wal") {
        return Error(Code::unavailable, fmt::format("journal mode is \"{}\", not \"wal\"", mode));
    }
    return {};
}

Result<void> configure(Database& database, const OpenOptions& options) {
    TRY(database.limit_page_cache(kPageCacheBytes));
    TRY(database.execute("PRAGMA foreign_keys = ON"));
    if (options.read_only) return {};
    TRY(database.execute(fmt::format("PRAGMA page_size = {}", options.page_bytes)));
    TRY(use_wal(database));
    int keeps = options.keeps_log_files ? 1 : 0;
    sqlite3_file_control(database.handle(), "main", SQLITE_FCNTL_PERSIST_WAL, &keeps);
    TRY(database.execute("PRAGMA synchronous = FULL"));
    if (!options.commits_checkpoint) TRY(database.execute("PRAGMA wal_autocheckpoint = 0"));
    // One large transaction must not leave a large log behind for ever.
    TRY_ASSIGN(auto limit, database.prepare("PRAGMA journal_size_limit = 67108864"));
    TRY(limit.step());
    return {};
}

int is_set(void* stop) {
    return *static_cast<const std::atomic<bool>*>(stop) ? 1 : 0;
}

// The connection has committed `pages` to its log, of all that are in it.
int note_log_pages(void* log_pages, sqlite3* /*database*/, const char* /*name*/, int pages) {
    *static_cast<std::uint64_t*>(log_pages) = static_cast<std::uint64_t>(pages);
    return SQLITE_OK;
}

}  // namespace

Query::~Query() {
    if (statement_ == nullptr) return;
    statement_->reset();
    statement_->clear_bindings();
}

void Database::Close::operator()(sqlite3* handle) const noexcept {
    sqlite3_close_v2(handle);
}

Database::Database(Database&&) noexcept = default;

Database& Database::operator=(Database&& other) noexcept {
    statements_ = std::move(other.statements_);  // before the connection they belong to
    handle_ = std::move(other.handle_);
    log_pages_ = std::move(other.log_pages_);
    return *this;
}

Database::~Database() {
    statements_.clear();
}

Result<Database> Database::open(const std::string& path, const OpenOptions& options) {
    const int access =
        options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    write_early();
    sqlite3* handle = nullptr;
    const int rc = sqlite3_open_v2(path.c_str(), &handle,
                                   access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    Database database(handle);
    const auto doing = fmt::format("open {}", path);
    if (rc != SQLITE_OK) {
        auto error =
            handle == nullptr ? error_from(rc, "out of memory") : sqlite::last_error(handle);
        return std::move(error).in(doing);
    }
    sqlite3_busy_timeout(handle, static_cast<int>(options.busy_timeout.count()));
    TRY(configure(database, options).in(doing));
    if (!options.commits_checkpoint) {
        sqlite3_wal_hook(handle, note_log_pages, database.log_pages_.get());
    }
    return database;
}

Error Database::last_error() const {
    return sqlite::last_error(handle());
}

Result<void> Database::execute(const std::string& sql) {
    if (sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
        return last_error();
    }
    return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int rc = sqlite3_prepare_v3(handle(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (rc != SQLITE_OK) return last_error();
    return Statement(statement);
}

Result<Query> Database::query(std::string_view sql) {
    auto found = statements_.find(sql);
    if (found == statements_.end()) {
        TRY_ASSIGN(auto statement, prepare(sql));
        found = statements_.emplace(sql, std::move(statement)).first;
    }
    check(sqlite3_stmt_busy(found->second.handle()) == 0, "used twice at the same time: {}", sql);
    return Query(found->second);
}

std::uint64_t Database::changes() const {
    return static_cast<std::uint64_t>(sqlite3_changes64(handle()));
}

bool Database::in_transaction() const {
    return sqlite3_get_autocommit(handle()) == 0;
}

Result<std::string> Database::collation_of(const std::string& table,
                                           const std::string& column) const {
    const char* collation = nullptr;
    const int rc = sqlite3_table_column_metadata(handle(), "main", table.c_str(), column.c_str(),
                                                 nullptr, &collation, nullptr, nullptr, nullptr);
    if (rc != SQLITE_OK) return last_error();
    return std::string(collation);
}

Result<void> Database::limit_page_cache(std::uint64_t bytes) {
    return execute(fmt::format("PRAGMA cache_size = -{}", bytes / 1024));
}

void Database::release_memory() {
    sqlite3_db_release_memory(handle());  // cannot fail
}

Result<bool> Database::checkpoint() {
    int pages = 0;
    int moved = 0;
    const int rc =
        sqlite3_wal_checkpoint_v2(handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &pages, &moved);
    if (rc != SQLITE_OK) return last_error();
    return pages == moved;
}

void Database::give_up_when(const std::atomic<bool>* stop) {
    // SQLite hands the pointer to is_set() and does nothing else with it.
    sqlite3_progress_handler(handle(), stop == nullptr ? 0 : kStepsBetweenLooks,
                             stop == nullptr ? nullptr : is_set,
                             const_cast<std::atomic<bool>*>(stop));
}

bool Database::has_moved() const {
    int moved = 0;
    const int rc = sqlite3_file_control(handle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return rc == SQLITE_OK && moved != 0;
}

}  // namespace millrace::sqlite
