#include "api/kafka/record_filter.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

namespace millrace::kafka {

using Json = nlohmann::json;

namespace {

// NULL and zero are not; a boolean of the record is its text.
bool is_true(const Cell& cell) {
    if (cell.is_null || cell.text.empty()) return false;
    double number = 0;
    const auto* const end = cell.text.data() + cell.text.size();
    const auto [stop, failure] = std::from_chars(cell.text.data(), end, number);
    if (failure == std::errc() && stop == end) return number != 0;
    return cell.text == "true";
}

}  // namespace

Result<std::unique_ptr<RecordFilter>> RecordFilter::make(const DropRule& rule,
                                                         ExpressionCompiler& compiler,
                                                         WallTime now) {
    ExpressionSet set{.columns = {}, .texts = {rule.expression}, .time_zone = "UTC", .now = now};
    std::vector<std::string> fields;
    for (const auto& field : rule.fields) {
        set.columns.push_back({.name = field.name, .data_type = field.data_type});
        fields.push_back(field.field);
    }
    TRY_ASSIGN(auto expression, compiler.compile(set));
    return std::unique_ptr<RecordFilter>(
        new RecordFilter(std::move(fields), std::move(expression)));
}

Result<bool> RecordFilter::is_true_of(std::string_view record) {
    const auto json = Json::parse(record, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) return false;  // whoever maps it says what it is
    texts_.assign(fields_.size(), {});
    cells_.clear();
    for (std::size_t i = 0; i < fields_.size(); ++i) {
        const auto found = json.find(fields_[i]);
        const bool is_null = found == json.end() || found->is_null();
        if (!is_null) {
            texts_[i] = found->is_string()
                            ? found->get<std::string>()
                            : found->dump(-1, ' ', false, Json::error_handler_t::replace);
        }
        cells_.push_back({.text = texts_[i], .is_null = is_null});
    }
    TRY_ASSIGN(const auto values, expression_->evaluate(cells_));
    return is_true(values.front());
}

}  // namespace millrace::kafka
