#include "storage/target/sqlite/column_type.h"

#include <string>

#include "core/base/utf8_sequence.h"
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

bool is_utf8(std::string_view text) {
    return find_invalid_utf8(text) == text.size();
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

bool put_cell(sqlite::ValuePlace& place, DataType type, const std::optional<std::string_view>& cell,
              bool is_strict) {
    if (!cell) {
        place.put_null();
        return true;
    }
    switch (type) {
        case DataType::string:
            if (is_strict || is_utf8(*cell)) {
                place.put_borrowed(*cell);
            } else {
                place.put_borrowed_blob(*cell);
            }
            return true;
        case DataType::decimal:
        case DataType::date:
        case DataType::json:
            place.put_borrowed(*cell);
            return true;
        case DataType::integer: {
            const auto value = parse_integer(*cell);
            if (!value) return false;
            place.put(*value);
            return true;
        }
        case DataType::float64: {
            const auto value = parse_double(*cell);
            if (!value) return false;
            place.put(*value);
            return true;
        }
        case DataType::boolean: {
            const auto value = parse_boolean(*cell);
            if (!value) return false;
            place.put(std::int64_t{*value});
            return true;
        }
        case DataType::timestamp: {
            const auto value = parse_timestamp(*cell);
            if (!value) return false;
            if (value->view() == *cell) {  // as loads write it
                place.put_borrowed(*cell);
            } else {
                place.put_copy(value->view());
            }
            return true;
        }
    }
    return true;
}

}  // namespace millrace::target
