#include "core/mapping/row_check.h"

#include <fmt/format.h>

#include <string>

#include "core/mapping/column_error.h"
#include "core/mapping/json_check.h"
#include "core/mapping/json_text.h"
#include "core/mapping/key_length.h"
#include "core/mapping/text_problem.h"
#include "core/model/time_form.h"

namespace millrace::mapping {
namespace {

// Of a cell that is no value of the column's data type. The cell is the sender's: cut.
Error misfit(const ColumnPlan& column, std::string_view cell, std::string_view reason) {
    constexpr std::size_t kShownMax = 64;
    std::string shown;
    append_json_string(shown, cell.substr(0, kShownMax));
    if (cell.size() > kShownMax) shown += "...";
    return bad_value(column, fmt::format("the value {} is not {}: {}", shown,
                                         to_string(column.data_type), reason));
}

// Checks the cell of a column that is not of type STRING, makes what is NULL empty, and a time in
// another form one in `time`.
Result<void> check_type(const ColumnPlan& column, std::string_view& cell, JsonCheck& json,
                        std::string& time) {
    if (is_null(column.data_type, cell)) {
        if (column.primary_key) return bad_value(column, "a primary key cannot be NULL");
        cell = {};
    } else if (column.data_type == DataType::json) {
        if (!json.is_json(cell)) return misfit(column, cell, json.problem());
    } else if (column.time_form != TimeForm::text) {
        const auto parsed = parse_time(column.time_form, cell);
        if (!parsed)
            return misfit(column, cell, fmt::format("expected {}", rule_of(column.time_form)));
        time = parsed->view();
        cell = time;
    } else if (!fits(column.data_type, cell)) {
        return misfit(column, cell, fmt::format("expected {}", rule_of(column.data_type)));
    }
    return {};
}

}  // namespace

Result<void> RowCheck::look(const ColumnPlan& column, std::string_view& cell) {
    if (column.data_type != DataType::string) {
        TRY(check_type(column, cell, scratch_.json_check, scratch_.time_text));
    }
    if (!rules_.is_strict) return {};
    if (const auto problem = text_problem(column.data_type, cell, true)) {
        return bad_value(column, fmt::format("{}, which the target cannot hold", *problem));
    }
    if (!column.primary_key) return {};
    key_bytes_ += key_bytes(cell);
    if (key_bytes_ > rules_.key_bytes_max && rules_.key_bytes_max > 0)
        return bad_value(column, key_too_long_text(rules_.key_bytes_max));
    return {};
}

Result<void> check_default(const ColumnPlan& column) {
    if (!column.texts->if_missing || column.data_type == DataType::string) return {};
    JsonCheck json;
    std::string time;
    std::string_view cell = *column.texts->if_missing;
    const auto checked = check_type(column, cell, json, time);
    if (checked.ok()) return {};
    return Error(Code::invalid, checked.error().client_text() + ", in defaultValue");
}

}  // namespace millrace::mapping
