#include "storage/target/sqlite/column_type.h"

#include <string>

#include "core/model/timestamp.h"

namespace millrace::target {
namespace {

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (auto& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
}

template <typename T>
Result<void> bind_parsed(sqlite::Statement& statement, int position, const T& value) {
    if (!value) return Error(Code::corrupt, "the cell is no value of its data type");
    statement.bind(position, *value);
    return {};
}

}  // namespace

std::string_view declared_as(DataType type) {
    switch (type) {
        case DataType::string:
            return "TEXT";
        case DataType::integer:
            return "INTEGER";
        case DataType::decimal:
            return "DECIMAL_TEXT";
        case DataType::float64:
            return "DOUBLE";
        case DataType::boolean:
            return "BOOLEAN";
        case DataType::date:
            return "DATE";
        case DataType::timestamp:
            return "TIMESTAMP";
        case DataType::json:
            return "JSON_TEXT";
    }
    return "TEXT";
}

// Names that we do not give are of users who made the table; the first rule that fits decides.
bool keeps(std::string_view declared, DataType type) {
    const auto lower = lower_case(declared);
    const auto has = [&](std::string_view part) { return lower.find(part) != std::string::npos; };
    for (const auto known : {DataType::decimal, DataType::json}) {
        if (lower == lower_case(declared_as(known))) return type == known;
    }
    if (has("int")) return type == DataType::integer;
    if (lower.empty() || has("char") || has("clob") || has("text") || has("blob")) {
        return type == DataType::string;
    }
    if (has("real") || has("floa") || has("doub")) return type == DataType::float64;
    return lower == lower_case(declared_as(type));
}

Result<void> bind_cell(sqlite::Statement& statement, int position, DataType type,
                       std::optional<std::string_view> cell) {
    if (!cell) {
        statement.bind(position, std::nullopt);
        return {};
    }
    switch (type) {
        case DataType::string:
        case DataType::decimal:
        case DataType::date:
        case DataType::json:
            statement.bind_borrowed(position, *cell);
            return {};
        case DataType::integer:
            return bind_parsed(statement, position, parse_integer(*cell));
        case DataType::float64:
            return bind_parsed(statement, position, parse_double(*cell));
        case DataType::boolean:
            return bind_parsed(statement, position, parse_boolean(*cell));
        case DataType::timestamp:
            return bind_parsed(statement, position, parse_timestamp(*cell));
    }
    return {};
}

}  // namespace millrace::target
