#include "api/pinot/pinot_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "api/pinot/pinot_time.h"

namespace millrace::pinot {
namespace {

constexpr std::size_t kColumnNameMax = 128;
constexpr std::string_view kVirtualColumns[] = {"$docId", "$hostName", "$segmentName",
                                                "$partitionId"};

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (auto& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
}

// A value of defaultNullValue as text.
std::string scalar_text(const Json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
}

void check_name(const std::string& name, PinotFindings& findings) {
    if (name.find_first_of(" \t\n") != std::string::npos) {
        findings.error(fmt::format("The column name \"{}\" should not contain blank space.", name));
        return;
    }
    if (std::ranges::find(kVirtualColumns, name) != std::end(kVirtualColumns)) {
        findings.error(
            fmt::format("The column name \"{}\" is reserved for a built-in virtual column.", name));
        return;
    }
    const auto lower = lower_case(name);
    const bool has_control = std::ranges::any_of(
        name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    if (name.size() > kColumnNameMax || has_control || lower.starts_with("sqlite_") ||
        lower.starts_with("_millrace")) {
        findings.error(fmt::format(
            "The column name \"{}\" cannot be used: it has {} bytes at most, no control "
            "characters, and does not begin with \"sqlite_\" or \"_millrace\"",
            name, kColumnNameMax));
    }
}

void read_default(DocumentReader& reader, PinotField& field, PinotFindings& findings) {
    const auto* const value = reader.any("defaultNullValue");
    if (value == nullptr) return;
    const auto text = scalar_text(*value);
    const bool is_float = field.type == PinotType::float32 || field.type == PinotType::float64;
    if (is_float && text == "NaN") {
        findings.error(
            fmt::format("NaN as null default value is not managed yet for {}", field.name));
        return;
    }
    if (is_float && (text == "-Infinity" || text == "Infinity")) {
        findings.warn(fmt::format("'{}' of column {} is stored as NULL",
                                  reader.pointer_of("defaultNullValue"), field.name));
        return;
    }
    auto stored = stored_default(field.type, text);
    if (!stored) {
        findings.error(
            fmt::format("Cannot convert value: '{}' to type: {}", text, to_string(field.type)));
        return;
    }
    field.default_value = std::move(stored);
}

void read_date_time(DocumentReader& reader, PinotField& field, PinotFindings& findings) {
    const auto format = reader.text("format");
    const auto granularity = reader.text("granularity");
    reader.any("sampleValue");
    if (!field.is_single) findings.error("Unsupported multi-value for date time field.");
    if (!format) {
        findings.error(
            fmt::format("Must provide valid 'format' for date time column: {}", field.name));
    } else if (!is_date_time_format(*format)) {
        findings.error(fmt::format("Invalid format: {}", *format));
    }
    if (!granularity) {
        findings.error(
            fmt::format("Must provide valid 'granularity' for date time column: {}", field.name));
    } else if (!is_granularity(*granularity)) {
        findings.error(fmt::format("Invalid granularity: {}", *granularity));
    }
}

void read_field(const Json& json, const std::string& pointer, FieldKind kind, PinotSchema& schema,
                PinotFindings& findings) {
    DocumentReader reader(json, pointer, findings);
    PinotField field{.kind = kind};
    field.name = reader.text("name").value_or("");
    const auto type = reader.text("dataType");
    field.is_single = reader.boolean("singleValueField").value_or(true);
    field.not_null = reader.boolean("notNull").value_or(false);
    for (const auto* const key :
         {"description", "tags", "fieldId", "fieldType", "metadata", "allowTrailingZeros"}) {
        reader.any(key);
    }
    reader.no_effect("maxLength", "values are stored whole");
    reader.no_effect("maxLengthExceedStrategy", "values are stored whole");
    reader.refuse("aliases", "a column has one name");
    reader.refuse("transformFunction", "use transformConfigs of the table");
    reader.refuse("virtualColumnProvider", "there are no virtual columns");
    if (kind == FieldKind::complex) reader.any("childFieldSpecs");

    if (field.name.empty()) {
        findings.error(fmt::format("'{}' must not be empty", reader.pointer_of("name")));
    } else {
        check_name(field.name, findings);
        const auto lower = lower_case(field.name);
        const bool is_twice = std::ranges::any_of(schema.fields, [&](const PinotField& other) {
            return lower_case(other.name) == lower;
        });
        if (is_twice) {
            findings.error(fmt::format("Field spec already exists for column: {}", field.name));
        }
    }
    const auto known = type ? pinot_type_from(*type) : std::nullopt;
    if (!known || !can_be(kind, *known)) {
        findings.error(fmt::format("Unsupported data type: {} in {} field: {}",
                                   type.value_or("null"), to_string(kind), field.name));
    } else {
        field.type = *known;
        if (field.type == PinotType::json && !field.is_single) {
            findings.error("JSON columns cannot be of multi-value type");
        }
        if (kind == FieldKind::metric && !field.is_single) {
            findings.error(fmt::format("Unsupported multi-value for metric field: {}", field.name));
        }
        read_default(reader, field, findings);
    }
    if (kind == FieldKind::date_time) read_date_time(reader, field, findings);
    reader.finish();
    schema.fields.push_back(std::move(field));
}

}  // namespace

const PinotField* PinotSchema::find(std::string_view field) const {
    const auto found = std::ranges::find(fields, field, &PinotField::name);
    return found == fields.end() ? nullptr : &*found;
}

PinotSchema read_pinot_schema(const Json& document, PinotFindings& findings) {
    PinotSchema schema;
    DocumentReader reader(document, "", findings);
    schema.name = reader.text("schemaName").value_or("");
    if (schema.name.empty()) {
        findings.error("'schemaName' should not be null or empty");
    } else if (schema.name.find("__") != std::string::npos) {
        findings.error("'schemaName' cannot contain double underscore ('__')");
    }
    reader.any("description");
    reader.any("tags");
    schema.has_column_nulls = reader.boolean("enableColumnBasedNullHandling").value_or(false);
    reader.refuse("timeFieldSpec",
                  "TimeFieldSpec is deprecated, use dateTimeFieldSpecs "
                  "(https://github.com/apache/pinot/issues/2756)");
    for (const auto& [key, kind] : {std::pair{"dimensionFieldSpecs", FieldKind::dimension},
                                    std::pair{"metricFieldSpecs", FieldKind::metric},
                                    std::pair{"dateTimeFieldSpecs", FieldKind::date_time},
                                    std::pair{"complexFieldSpecs", FieldKind::complex}}) {
        const auto* const specs = reader.array(key);
        if (specs == nullptr) continue;
        for (std::size_t i = 0; i < specs->size(); ++i) {
            const auto pointer = fmt::format("{}/{}", reader.pointer_of(key), i);
            if ((*specs)[i].is_object()) {
                read_field((*specs)[i], pointer, kind, schema, findings);
            } else {
                findings.error(fmt::format("'{}' must be an object", pointer));
            }
        }
    }
    schema.primary_key = reader.texts("primaryKeyColumns");
    std::set<std::string> keys;
    for (const auto& key : schema.primary_key) {
        const auto* const field = schema.find(key);
        if (field == nullptr || !keys.insert(key).second) {
            findings.error("The primary key column must exist");
        } else if (!field->is_single) {
            findings.error(fmt::format("The primary key column {} must be single-value", key));
        }
    }
    reader.finish();
    return schema;
}

Result<void> check_compatible(const PinotSchema& before, const PinotSchema& after) {
    const auto incompatible = [](std::string reason) {
        return Error(Code::invalid, std::move(reason));
    };
    for (const auto& field : before.fields) {
        const auto* const now = after.find(field.name);
        if (now == nullptr) {
            return incompatible(fmt::format("Missing column: {}", field.name));
        }
        if (now->type != field.type) {
            return incompatible(fmt::format("dataType mismatch for column: {}, {} was {}",
                                            field.name, to_string(now->type),
                                            to_string(field.type)));
        }
        if (now->is_single != field.is_single) {
            return incompatible(
                fmt::format("singleValueField mismatch for column: {}", field.name));
        }
    }
    if (before.primary_key != after.primary_key) {
        return incompatible("primaryKeyColumns mismatch: the key of a table cannot change");
    }
    return {};
}

}  // namespace millrace::pinot
