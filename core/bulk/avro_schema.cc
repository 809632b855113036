#include "core/bulk/avro_schema.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/shown_text.h"

namespace millrace::bulk {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kShown = 100;
constexpr std::size_t kFieldsMax = 1001;
constexpr std::size_t kDepthMax = 64;  // of the JSON

Error invalid(std::string text) {
    return Error(Code::invalid, std::move(text));
}

struct Named {
    std::string_view base;
    std::string_view logical;
    AvroType type;
};

constexpr std::array<Named, 14> kTypes = {{
    {"boolean", "", AvroType::boolean},
    {"int", "", AvroType::int32},
    {"long", "", AvroType::int64},
    {"float", "", AvroType::float32},
    {"double", "", AvroType::float64},
    {"string", "", AvroType::string},
    {"enum", "", AvroType::enumeration},
    {"int", "date", AvroType::date},
    {"int", "time-millis", AvroType::time_millis},
    {"long", "time-micros", AvroType::time_micros},
    {"long", "timestamp-millis", AvroType::timestamp_millis},
    {"long", "timestamp-micros", AvroType::timestamp_micros},
    {"long", "local-timestamp-millis", AvroType::timestamp_millis},
    {"long", "local-timestamp-micros", AvroType::timestamp_micros},
}};

std::string text_of(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string shown(const Json& type) {
    const auto text = type.is_string() ? type.get<std::string>()
                                       : type.dump(-1, ' ', false, Json::error_handler_t::replace);
    return shortened(text, kShown);
}

class FieldParser {
public:
    Result<AvroField> parse(const Json& json) {
        AvroField field;
        if (!json.is_object()) return invalid("A field of the Avro schema is no object.");
        field.name = text_of(json, "name");
        const auto type = json.find("type");
        if (field.name.empty() || type == json.end()) {
            return invalid("A field of the Avro schema has no name, or no type.");
        }
        if (!type->is_array()) {
            TRY(set_type(*type, field));
            return field;
        }
        field.is_union = true;
        TRY(set_union(*type, field));
        return field;
    }

private:
    Result<void> set_union(const Json& branches, AvroField& field) {
        const Json* value = nullptr;
        for (std::size_t i = 0; i < branches.size(); ++i) {
            const bool is_null = branches[i].is_string() && branches[i] == "null";
            if (is_null && !field.null_is_first) {
                field.null_is_first = i == 0;
            } else if (!is_null && value == nullptr) {
                value = &branches[i];
            } else {
                return not_taken(branches, field.name);
            }
        }
        if (value == nullptr) return not_taken(branches, field.name);
        return set_type(*value, field);
    }

    Result<void> set_type(const Json& type, AvroField& field) {
        if (type.is_string()) {
            const auto known = enumerations_.find(type.get<std::string>());
            if (known != enumerations_.end()) {
                field.type = AvroType::enumeration;
                field.symbols = known->second;
                return {};
            }
            return set_named(type.get<std::string>(), "", type, field);
        }
        if (!type.is_object()) return not_taken(type, field.name);
        const auto base = text_of(type, "type");
        if (base == "enum") return set_enumeration(type, field);
        return set_named(base, text_of(type, "logicalType"), type, field);
    }

    // A logical type that is not known is the type below it, as the specification says; those that
    // would change the value are not taken.
    static Result<void> set_named(std::string_view base, std::string_view logical, const Json& type,
                                  AvroField& field) {
        if (logical == "decimal" || base == "enum") return not_taken(type, field.name);
        const Named* plain = nullptr;
        for (const auto& known : kTypes) {
            if (known.base != base) continue;
            if (known.logical.empty()) plain = &known;
            if (known.logical == logical) {
                field.type = known.type;
                return {};
            }
        }
        if (plain == nullptr) return not_taken(type, field.name);
        field.type = plain->type;
        return {};
    }

    Result<void> set_enumeration(const Json& type, AvroField& field) {
        const auto symbols = type.find("symbols");
        const auto name = text_of(type, "name");
        if (symbols == type.end() || !symbols->is_array() || symbols->empty() || name.empty()) {
            return not_taken(type, field.name);
        }
        for (const auto& symbol : *symbols) {
            if (!symbol.is_string()) return not_taken(type, field.name);
            field.symbols.push_back(symbol.get<std::string>());
        }
        field.type = AvroType::enumeration;
        enumerations_[name] = field.symbols;
        return {};
    }

    static Error not_taken(const Json& type, std::string_view field) {
        return invalid(fmt::format(
            "The field \"{}\" of the Avro schema has the type {}, which uploads do not take; there "
            "are boolean, int, long, float, double, string and enum, the logical types date, time "
            "and timestamp, and unions of one of them with null.",
            shortened(field, kShown), shown(type)));
    }

    std::map<std::string, std::vector<std::string>> enumerations_;
};

bool is_too_deep(std::string_view json) {
    std::size_t depth = 0;
    for (const char c : json) {
        if (c == '{' || c == '[') ++depth;
        if ((c == '}' || c == ']') && depth > 0) --depth;
        if (depth > kDepthMax) return true;
    }
    return false;
}

}  // namespace

std::string_view to_string(AvroType type) {
    switch (type) {
        case AvroType::boolean:
            return "boolean";
        case AvroType::int32:
            return "int";
        case AvroType::int64:
            return "long";
        case AvroType::float32:
            return "float";
        case AvroType::float64:
            return "double";
        case AvroType::string:
            return "string";
        case AvroType::enumeration:
            return "enum";
        case AvroType::date:
            return "int/date";
        case AvroType::time_millis:
            return "int/time-millis";
        case AvroType::time_micros:
            return "long/time-micros";
        case AvroType::timestamp_millis:
            return "long/timestamp-millis";
        case AvroType::timestamp_micros:
            return "long/timestamp-micros";
    }
    return "";
}

Result<std::vector<AvroField>> parse_avro_schema(std::string_view json) {
    if (is_too_deep(json)) return invalid("The Avro schema is nested too deep.");
    const auto schema = Json::parse(json, nullptr, false);
    if (!schema.is_object() || text_of(schema, "type") != "record") {
        return invalid("The Avro schema is no record.");
    }
    const auto fields = schema.find("fields");
    if (fields == schema.end() || !fields->is_array() || fields->empty()) {
        return invalid("The record of the Avro schema has no fields.");
    }
    if (fields->size() > kFieldsMax) return invalid("The Avro schema has too many fields.");
    FieldParser parser;
    std::vector<AvroField> found;
    for (const auto& field : *fields) {
        TRY_ASSIGN(auto parsed, parser.parse(field));
        found.push_back(std::move(parsed));
    }
    return found;
}

bool fits(AvroType type, DataType data_type) {
    switch (data_type) {
        case DataType::string:
            return type == AvroType::string || type == AvroType::enumeration ||
                   type == AvroType::time_millis || type == AvroType::time_micros;
        case DataType::integer:
            return type == AvroType::int32 || type == AvroType::int64;
        case DataType::decimal:
            return type == AvroType::int32 || type == AvroType::int64 || type == AvroType::string;
        case DataType::float64:
            return type == AvroType::float32 || type == AvroType::float64 ||
                   type == AvroType::int32 || type == AvroType::int64;
        case DataType::boolean:
            return type == AvroType::boolean;
        case DataType::date:
            return type == AvroType::date;
        case DataType::timestamp:
            return type == AvroType::timestamp_millis || type == AvroType::timestamp_micros;
        case DataType::json:
            return type == AvroType::string;
    }
    return false;
}

}  // namespace millrace::bulk
