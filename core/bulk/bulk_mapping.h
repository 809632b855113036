#pragma once
// BulkMapping: what becomes of the source columns of a body: which column of the table each is,
// what is computed, which rows count.
//
// See  docs/stream-load.md

#include <optional>
#include <string>
#include <vector>

namespace millrace::bulk {

struct BulkColumn {
    std::string name;
    std::optional<std::string> expression;  // else it is the next source column

    bool operator==(const BulkColumn&) const = default;
};

enum class MergeType { append, erase, merge };  // "DELETE" is erase

struct BulkMapping {
    std::vector<BulkColumn> columns;          // empty: those of the table, in its order, and hidden
    std::vector<std::string> hidden_columns;  // only where `columns` is empty
    // Whether a source column sets the column of the table of its name; else only an expression
    // sets one, source columns are text, and `where` sees nothing else.
    bool sets_by_name = true;
    std::string where;  // empty: every row
    MergeType merge = MergeType::append;
    std::string delete_condition;                // of merge only
    std::optional<std::string> sequence_column;  // orders the rows of a key: the highest stays
    bool partial_columns = false;                // only the columns of the load are set
    bool strict = false;  // a value that does not convert filters its row; else NULL
    // Of the hidden column that says whether a row deletes: 0 and 1 are its only values. A table
    // without a key has it too then, and 0 in it.
    bool exact_delete_sign = false;
    double max_filter_ratio = 0.0;  // of filtered among selected rows; more fails the load
    std::string time_zone = "UTC";
};

}  // namespace millrace::bulk
