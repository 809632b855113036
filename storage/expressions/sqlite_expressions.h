#pragma once
// SqliteExpressions: expressions that SQLite evaluates, over one row at a time.
//
// Each text is parsed and checked here; what remains is SQL of our own, prepared once, in which
// columns and literals are parameters. A column or a literal alone needs no SQLite.
//
// See  docs/stream-load.md ("Expressions"); storage/sqlite/pure_connection.h holds what it may do

#include "core/ports/row_expressions.h"

namespace millrace::expressions {

class SqliteExpressions : public ExpressionCompiler {
public:
    // A value of a row may be a view of the row that evaluate() was given.
    Result<std::unique_ptr<RowExpressions>> compile(const ExpressionSet& set) override;
};

}  // namespace millrace::expressions
