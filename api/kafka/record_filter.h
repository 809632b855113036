#pragma once
// RecordFilter: the records of a source for which an expression over their fields is true: those
// that become no row, KafkaSettings::drop_where, and those that delete one, delete_where.
//
// A field that a record lacks is NULL, as is JSON's null; of a record that is no object nothing is
// true. An expression that is NULL is not true.
//
// Thread  one.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/kafka/kafka_settings.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/ports/row_expressions.h"

namespace millrace::kafka {

class RecordFilter {
public:
    // Errors  invalid: the expression is none
    static Result<std::unique_ptr<RecordFilter>> make(const DropRule& rule,
                                                      ExpressionCompiler& compiler, WallTime now);

    // `record` is JSON.
    // Errors  invalid: the expression has no value for it
    Result<bool> is_true_of(std::string_view record);

private:
    RecordFilter(std::vector<std::string> fields, std::unique_ptr<RowExpressions> expression)
        : fields_(std::move(fields)), expression_(std::move(expression)) {}

    const std::vector<std::string> fields_;
    const std::unique_ptr<RowExpressions> expression_;
    std::vector<std::string> texts_;
    std::vector<Cell> cells_;
};

}  // namespace millrace::kafka
