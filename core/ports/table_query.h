#pragma once
// TableQuery: read-only SQL over the tables of one bucket, for targets that have the tables in a
// database of our own.
//
// A query sees the tables of its bucket and nothing else: no other bucket, no import log, no file,
// no setting. It can change nothing. What is wrong with a query is part of the answer.
//
// Thread  any; each query has a connection of its own.
// Errors  unavailable; corrupt

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/ports/target.h"

namespace millrace {

struct QueryLimits {
    Milliseconds time{10'000};
    std::uint64_t rows = 100'000;         // of the answer
    std::uint64_t bytes = 64 << 20;       // of the values of the answer
    std::uint64_t cache_bytes = 8 << 20;  // of pages, and of each sort in memory
};

struct QueryRequest {
    std::string bucket;              // "in.c-pinot"
    std::string sql;                 // one SELECT; SET statements before it are skipped
    std::uint64_t default_rows = 0;  // where the query has no LIMIT; 0: all
    QueryLimits limits;
    std::function<bool()> is_stopped = {};  // ends the query soon after it is true; from its thread
};

struct QueryColumn {
    std::string name;      // as the query names it
    std::string declared;  // "INTEGER", as the table says; empty for what is computed
    std::string table;     // of the bucket, where it comes from; empty as above
    std::string column;    // the same

    bool operator==(const QueryColumn&) const = default;
};

struct QueryProblem {
    enum class Kind {
        syntax,          // it is no SQL that is understood
        unknown_table,   //
        unknown_column,  //
        not_allowed,     // it wants something that queries may not do
        time,            // it takes longer than its limit
        size,            // its answer or one of its values is larger than its limit
        stopped,         // nobody waits for it any more
        failed           // it has no value
    };
    Kind kind = Kind::failed;
    std::string text;
};

struct QueryAnswer {
    std::vector<QueryColumn> columns;
    std::vector<std::vector<TableCell>> rows;  // each as long as columns
    std::uint64_t rows_in_tables = 0;          // of the tables that it read, at most
    std::optional<QueryProblem> problem;       // then nothing else counts
};

class TableQuery {
public:
    virtual ~TableQuery() = default;

    virtual Result<QueryAnswer> query(const QueryRequest& request) = 0;
};

}  // namespace millrace
