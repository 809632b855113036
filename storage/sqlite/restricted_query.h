#pragma once
// RestrictedQuery: one query of a stranger on a database that has more than the stranger may see.
//
// SQLite's authorizer lets it read the named tables and call functions that only compute; all else
// is refused, whatever the query or a view of the database says: ATTACH, PRAGMA, writing, schema
// tables, recursion, other functions. Time, depth and the length of values have limits; LIKE tells
// upper from lower case. Its functions stay on the connection.
//
// Lifetime  the database outlives it, and is used for nothing else meanwhile.
// Thread    that of the database.

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/statement.h"

namespace millrace::sqlite {

class RestrictedQuery {
public:
    struct Rules {
        std::set<std::string, std::less<>> tables;  // of the file; views too
        std::set<std::string, std::less<>> views;   // temporary ones, of the caller
        Milliseconds time{10'000};
        int value_bytes_max = 8 << 20;
        std::function<bool()> is_stopped = {};  // ends the query soon after it is true
    };
    // What is wrong with the query, in SQLite's words.
    struct Problem {
        enum class Kind {
            text,     // it cannot be prepared
            time,     // it takes too long
            stopped,  // as Rules::is_stopped says
            size,     // a value is too long
            value,    // it has no value
        };
        Kind kind = Kind::text;
        std::string message;
    };
    struct Column {
        std::string name;
        std::string declared;  // empty for what is computed
        std::string table;     // the same
        std::string column;    // the same
    };
    enum class Step { row, end, problem };

    RestrictedQuery(Database& database, Rules rules);
    ~RestrictedQuery();
    RestrictedQuery(const RestrictedQuery&) = delete;
    RestrictedQuery& operator=(const RestrictedQuery&) = delete;

    // Once, and first. Nothing where all is right.
    // Errors  those of reading the file, as of next()
    Result<std::optional<Problem>> prepare(std::string_view sql);

    std::vector<Column> columns() const;

    // After the end or a problem not again.
    Result<Step> next();
    Row row() const { return Row(*statement_); }
    const Problem& problem() const { return problem_; }

private:
    struct State;

    Result<std::optional<Problem>> failed(int rc, Problem::Kind otherwise) const;

    Database& database_;
    const std::unique_ptr<State> state_;  // its address is SQLite's
    std::optional<Statement> statement_;
    Problem problem_;
};

}  // namespace millrace::sqlite
