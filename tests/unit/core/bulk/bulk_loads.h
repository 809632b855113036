#pragma once
// Small loads for tests: tables and expressions in a few words, and what a BulkReader makes of a
// body.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/bulk/bulk_reader.h"
#include "core/ports/row_expressions.h"

namespace millrace::bulk {

// "id INTEGER KEY, name, n DOUBLE NOT NULL": STRING where no type is named.
DefinedTable table_of(std::string_view columns);

// "a, b, c=a*10" as the header `columns` has it.
std::vector<BulkColumn> columns_of(std::string_view text);

// Knows `x` and `x op y`, where op is one of + * = <= > and x and y are columns, numbers or
// 'texts'. Anything with a NULL is NULL; `fail` is an error of the row.
class FakeCompiler final : public ExpressionCompiler {
public:
    Result<std::unique_ptr<RowExpressions>> compile(const ExpressionSet& set) override;
};

struct Load {
    Result<void> result;
    SliceHeader header;
    std::string csv;
    std::uint64_t rows = 0;  // as take() counts them
    BulkCounts counts;
    std::string log;
    std::string first_error;
};

// Fails the test if the load cannot begin.
Load load(const BulkSpec& spec, const std::vector<std::string_view>& pieces);
inline Load load(const BulkSpec& spec, std::string_view body) {
    return load(spec, std::vector{body});
}

// Why the load cannot begin.
std::string refusal(const BulkSpec& spec);

// "total loaded filtered unselected"
std::string counts_of(const Load& load);

}  // namespace millrace::bulk
