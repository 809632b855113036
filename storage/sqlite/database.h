#pragma once
// Database: one connection to an SQLite file. Query: a use of one of its cached statements.
//
// Thread   one at a time.
// Durable  a committed transaction survives a power loss (WAL, synchronous=FULL).
// Errors   see storage/sqlite/sqlite_error.h

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/base/result.h"
#include "storage/sqlite/statement.h"

struct sqlite3;

namespace millrace::sqlite {

struct OpenOptions {
    bool read_only = false;                        // else the file is created if it is not there
    std::chrono::milliseconds busy_timeout{5000};  // how long to wait for locks of others
    std::uint32_t page_bytes = 4096;  // of a file that is created; SQLite's own default
    // Whether a commit moves the log into the file when it is long. Only where no other connection
    // writes to the file: see docs/adr/0010-sqlite-checkpoints.md.
    bool commits_checkpoint = true;
    // Whether the files of the log stay when the last connection has closed, empty: without them a
    // user who may not write to the folder cannot read.
    bool keeps_log_files = false;
};

// A cached statement while it is used; gives it back reset and without bindings.
class Query {
public:
    explicit Query(Statement& statement) : statement_(&statement) {}
    Query(Query&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
    Query& operator=(Query&&) = delete;
    ~Query();

    Statement* operator->() { return statement_; }
    Row row() const { return Row(*statement_); }

private:
    Statement* statement_;
};

class Database {
public:
    static Result<Database> open(const std::string& path, const OpenOptions& options);

    Database(Database&&) noexcept;
    Database& operator=(Database&&) noexcept;
    ~Database();

    // Runs statements that return no rows.
    Result<void> execute(const std::string& sql);

    Result<Statement> prepare(std::string_view sql);

    // The statement for `sql`, prepared at the first use. Not to be used twice at the same time.
    Result<Query> query(std::string_view sql);

    // Prepares and runs a query with `values` bound and hands it over before its first step().
    template <typename... Values>
    Result<Query> query(std::string_view sql, const Values&... values) {
        TRY_ASSIGN(auto prepared, query(sql));
        prepared->bind_all(values...);
        return prepared;
    }

    // Runs a cached statement that returns no rows; returns how many rows it changed.
    template <typename... Values>
    Result<std::uint64_t> run(std::string_view sql, const Values&... values) {
        TRY_ASSIGN(auto prepared, query(sql, values...));
        TRY(prepared->run());
        return changes();
    }

    // The first column of the first row; corrupt if there is no row.
    template <typename... Values>
    Result<std::int64_t> number(std::string_view sql, const Values&... values) {
        TRY_ASSIGN(auto prepared, query(sql, values...));
        TRY_ASSIGN(const bool found, prepared->step());
        if (!found) return Error(Code::corrupt, fmt::format("no row for: {}", sql));
        return prepared.row().integer();
    }

    // Rows changed by the last INSERT, UPDATE or DELETE.
    std::uint64_t changes() const;

    bool in_transaction() const;

    // How a column compares texts, "BINARY" if nobody has said so.
    // Errors  internal: there is no such column
    Result<std::string> collation_of(const std::string& table, const std::string& column) const;

    // What pages of the file may have in memory from now on, 8 MB at first. Outside a transaction.
    Result<void> limit_page_cache(std::uint64_t bytes);

    // Gives back the memory of pages that are only kept for the next use. Outside a transaction.
    void release_memory();

    // Pages in the log after the last commit of this connection that wrote any; 0 where commits
    // checkpoint.
    std::uint64_t log_pages() const { return *log_pages_; }

    // Moves the log into the file as far as its readers let; returns whether all of it. The caller
    // sees to it that nothing writes to the file meanwhile, also no other process.
    Result<bool> checkpoint();

    // Statements end with unavailable soon after `stop` is set, in the middle if they are long;
    // null takes that back. `stop` lives until then.
    void give_up_when(const std::atomic<bool>* stop);

    // True if the file was removed or replaced under the open connection.
    bool has_moved() const;

    sqlite3* handle() const { return handle_.get(); }

private:
    struct Close {
        void operator()(sqlite3* handle) const noexcept;
    };
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>()(text);
        }
    };

    explicit Database(sqlite3* handle) : handle_(handle) {}
    Error last_error() const;

    // Its address is SQLite's: it stays when this moves, and goes after the connection.
    std::unique_ptr<std::uint64_t> log_pages_ = std::make_unique<std::uint64_t>(0);
    std::unique_ptr<sqlite3, Close> handle_;
    std::unordered_map<std::string, Statement, TextHash, std::equal_to<>> statements_;
};

}  // namespace millrace::sqlite
