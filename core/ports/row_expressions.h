#pragma once
// RowExpressions: what the expressions of a load make of one row; ExpressionCompiler makes them of
// their text, once a load.
//
// An expression is of the SQL that Apache Doris' users write in the headers `columns`, `where` and
// `delete`: literals, columns, operators, CASE, and the functions that docs/stream-load.md lists.
// It sees one row and nothing else: no table, no file, no other row.
//
// Thread  RowExpressions: one at a time; ExpressionCompiler: any.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/model/cell.h"
#include "core/model/data_type.h"

namespace millrace {

// A column that expressions may name, without regard to case.
struct SourceColumn {
    std::string name;
    DataType data_type = DataType::string;  // as what its text is compared and computed with

    bool operator==(const SourceColumn&) const = default;
};

struct ExpressionSet {
    std::vector<SourceColumn> columns;
    std::vector<std::string> texts;  // each one expression
    std::string time_zone;           // "UTC", "+08:00"; of the functions of time
    WallTime now;                    // what now() says, in all rows
};

class RowExpressions {
public:
    virtual ~RowExpressions() = default;

    // The value of each expression for a row of `columns` cells, in the order of the texts. The
    // values live until the next call. A boolean is "1" or "0".
    // Errors  invalid: it has no value for this row (it takes too many steps, a text is too long)
    virtual Result<std::span<const Cell>> evaluate(std::span<const Cell> row) = 0;
};

class ExpressionCompiler {
public:
    virtual ~ExpressionCompiler() = default;

    // Errors  invalid, for the client, with the place: no expression, an unknown column, a function
    //         that is not there
    virtual Result<std::unique_ptr<RowExpressions>> compile(const ExpressionSet& set) = 0;
};

}  // namespace millrace
