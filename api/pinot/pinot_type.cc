#include "api/pinot/pinot_type.h"

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/time.h"
#include "core/base/uuid.h"

namespace millrace::pinot {
namespace {

constexpr std::array<std::pair<PinotType, std::string_view>, 15> kNames{{
    {PinotType::integer, "INT"},
    {PinotType::long_integer, "LONG"},
    {PinotType::float32, "FLOAT"},
    {PinotType::float64, "DOUBLE"},
    {PinotType::big_decimal, "BIG_DECIMAL"},
    {PinotType::boolean, "BOOLEAN"},
    {PinotType::timestamp, "TIMESTAMP"},
    {PinotType::string, "STRING"},
    {PinotType::json, "JSON"},
    {PinotType::bytes, "BYTES"},
    {PinotType::uuid, "UUID"},
    {PinotType::map, "MAP"},
    {PinotType::open_struct, "OPEN_STRUCT"},
    {PinotType::list, "LIST"},
    {PinotType::struct_type, "STRUCT"},
}};

std::string trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return "";
    return std::string(text.substr(begin, text.find_last_not_of(" \t") - begin + 1));
}

bool is_hex(std::string_view text) {
    return text.size() % 2 == 0 && std::ranges::all_of(text, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
           });
}

}  // namespace

std::string_view to_string(PinotType type) {
    for (const auto& [known, name] : kNames) {
        if (known == type) return name;
    }
    return "";
}

std::optional<PinotType> pinot_type_from(std::string_view text) {
    for (const auto& [type, name] : kNames) {
        if (name == text) return type;
    }
    return std::nullopt;
}

std::string_view to_string(FieldKind kind) {
    switch (kind) {
        case FieldKind::dimension:
            return "DIMENSION";
        case FieldKind::metric:
            return "METRIC";
        case FieldKind::date_time:
            return "DATE_TIME";
        case FieldKind::complex:
            return "COMPLEX";
    }
    return "";
}

bool can_be(FieldKind kind, PinotType type) {
    using enum PinotType;
    const bool is_complex =
        type == map || type == open_struct || type == list || type == struct_type;
    switch (kind) {
        case FieldKind::dimension:
            return !is_complex;
        case FieldKind::metric:
            return type == integer || type == long_integer || type == float32 || type == float64 ||
                   type == big_decimal || type == bytes;
        case FieldKind::date_time:
            return type == integer || type == long_integer || type == float32 || type == float64 ||
                   type == timestamp || type == string;
        case FieldKind::complex:
            return is_complex;
    }
    return false;
}

DataType stored_as(PinotType type) {
    switch (type) {
        case PinotType::integer:
        case PinotType::long_integer:
            return DataType::integer;
        case PinotType::float32:
        case PinotType::float64:
            return DataType::float64;
        case PinotType::big_decimal:
            return DataType::decimal;
        case PinotType::boolean:
            return DataType::boolean;
        case PinotType::timestamp:
            return DataType::timestamp;
        case PinotType::string:
        case PinotType::bytes:
        case PinotType::uuid:
            return DataType::string;
        case PinotType::json:
        case PinotType::map:
        case PinotType::open_struct:
        case PinotType::list:
        case PinotType::struct_type:
            return DataType::json;
    }
    return DataType::string;
}

std::optional<std::string> default_of(PinotType type, FieldKind kind) {
    const bool is_metric = kind == FieldKind::metric;
    switch (type) {
        case PinotType::integer:
            return is_metric ? "0" : "-2147483648";
        case PinotType::long_integer:
            return is_metric ? "0" : "-9223372036854775808";
        case PinotType::float32:
        case PinotType::float64:
            if (is_metric) return "0.0";
            return std::nullopt;
        case PinotType::big_decimal:
            return "0";
        case PinotType::boolean:
            return "false";
        case PinotType::timestamp:
            return "1970-01-01T00:00:00.000Z";
        case PinotType::string:
        case PinotType::json:
            return "null";
        case PinotType::bytes:
            return "";
        case PinotType::uuid:
            return "00000000-0000-0000-0000-000000000000";
        case PinotType::map:
        case PinotType::open_struct:
        case PinotType::struct_type:
            return "{}";
        case PinotType::list:
            return "[]";
    }
    return std::nullopt;
}

std::optional<std::string> stored_default(PinotType type, std::string_view text) {
    const auto value = trimmed(text);
    switch (type) {
        case PinotType::integer: {
            const auto number = parse_integer(value);
            if (!number || *number < std::numeric_limits<std::int32_t>::min() ||
                *number > std::numeric_limits<std::int32_t>::max()) {
                return std::nullopt;
            }
            return value;
        }
        case PinotType::long_integer:
        case PinotType::float32:
        case PinotType::float64:
        case PinotType::big_decimal:
            if (value.empty() || !fits(stored_as(type), value)) return std::nullopt;
            return value;
        case PinotType::boolean:
            if (value == "true" || value == "1") return "true";
            return value == "false" || value == "0" ? std::optional<std::string>("false")
                                                    : std::nullopt;
        case PinotType::timestamp:
            if (const auto millis = parse_integer(value)) return format_utc(WallTime{*millis});
            if (value.empty() || !fits(DataType::timestamp, value)) return std::nullopt;
            return value;
        case PinotType::string:
            return std::string(text);
        case PinotType::uuid:
            return parse_uuid(value) ? std::optional(value) : std::nullopt;
        case PinotType::bytes:
            return is_hex(value) ? std::optional(value) : std::nullopt;
        case PinotType::json:
        case PinotType::map:
        case PinotType::open_struct:
        case PinotType::list:
        case PinotType::struct_type:
            if (!nlohmann::json::accept(value)) return std::nullopt;
            return value;
    }
    return std::nullopt;
}

}  // namespace millrace::pinot
