#pragma once
// InsertSelect: the statement of a load by SQL, as `/api/_http_stream` takes it: which columns of
// which table a row of the body sets, and to what.
//
//   INSERT INTO db.t [WITH LABEL l] [(a, b)]
//   SELECT expression [AS name], ... | * FROM http_stream("format" = "csv", ...) [WHERE condition]
//
// A column of a CSV body is called c1, c2 and so on; a JSON body has its keys.
//
// See  docs/stream-load.md ("Loads by SQL")

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/bulk/bulk_format.h"
#include "core/bulk/bulk_mapping.h"
#include "core/model/defined_table.h"

namespace millrace::stream_load {

struct InsertSelect {
    struct Property {
        std::string name;   // in lower case
        std::string value;  // without its quotes
    };

    std::string database;
    std::string table;
    std::string label;                     // empty: the statement has none
    std::vector<std::string> targets;      // empty: all columns of the table, in its order
    std::vector<std::string> expressions;  // empty: `*`
    std::string where;                     // empty: every row
    std::vector<Property> properties;      // of http_stream(), in their order
    std::vector<std::string> names;        // of the body that expressions may mean, each once
};

// Errors  invalid, for the client: it is no such statement, or has a part that is not there
Result<InsertSelect> parse_insert_select(std::string_view sql);

// The mapping that the statement is for this table; `format` is that of its properties.
// Errors  invalid, for the client: a column that is not there, another number of columns than
//         expressions
Result<void> apply(const InsertSelect& statement, const DefinedTable& table,
                   bulk::BulkFormat& format, bulk::BulkMapping& mapping);

}  // namespace millrace::stream_load
