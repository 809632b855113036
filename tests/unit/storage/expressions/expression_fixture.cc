#include "tests/unit/storage/expressions/expression_fixture.h"

#include "storage/expressions/sqlite_expressions.h"

namespace millrace::expressions {

std::string value_of(const std::string& expression, const std::vector<Source>& row,
                     const std::string& time_zone) {
    ExpressionSet set{.columns = {},
                      .texts = {expression},
                      .time_zone = time_zone,
                      .now = WallTime{1'769'851'800'000}};
    std::vector<Cell> cells;
    for (const auto& source : row) {
        set.columns.push_back({.name = source.name, .data_type = source.data_type});
        cells.push_back(source.cell ? Cell{.text = *source.cell, .is_null = false}
                                    : Cell{.text = {}, .is_null = true});
    }
    auto compiled = SqliteExpressions().compile(set);
    if (!compiled.ok()) return "error: " + compiled.error().client_text();
    const auto values = compiled.value()->evaluate(cells);
    if (!values.ok()) return "row error: " + values.error().client_text();
    const auto& cell = values.value()[0];
    return cell.is_null ? "NULL" : std::string(cell.text);
}

}  // namespace millrace::expressions
