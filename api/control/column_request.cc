#include "api/control/column_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>

#include "api/control/api_errors.h"
#include "core/mapping/path.h"
#include "core/model/column_rules.h"

namespace millrace::control {
namespace {

constexpr TextLength kNameLength{.min = 1, .max = 128};
constexpr TextLength kArgumentLength{.min = 1, .max = 256};
constexpr TextLength kPathLength{.min = 0, .max = 4096};
constexpr TextLength kDefaultLength{.min = 0, .max = 4096};
constexpr TextLength kEngineLength{.min = 0, .max = 100};
constexpr TextLength kEngineReasonLength{.min = 0, .max = 1000};
constexpr TextLength kTemplateLength{.min = 1, .max = 4096};
constexpr std::string_view kReservedPrefixes[] = {"sqlite_", "_millrace"};
// Of a table that is loaded into: in a body they say whether a record deletes, and which is newer.
constexpr std::string_view kSignsOfLoads[] = {"sys_op", "__doris_delete_sign__",
                                              "__doris_sequence_col__"};

// As the target compares names: ASCII letters without regard to case.
std::string folded(std::string_view name) {
    std::string text(name);
    std::transform(text.begin(), text.end(), text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

bool has_control_character(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

void check_name(const std::string& name, const std::string& path, Problems& problems) {
    if (has_control_character(name)) {
        problems.add(kBadRequest, fmt::format("{} must not contain control characters", path));
    }
    for (const auto prefix : kReservedPrefixes) {
        if (!folded(name).starts_with(prefix)) continue;
        problems.add(kBadRequest,
                     fmt::format("column name \"{}\" is reserved: names must not begin "
                                 "with \"sqlite_\" or \"_millrace\"",
                                 name));
    }
}

std::optional<ColumnType> read_type(ObjectReader& reader, Problems& problems) {
    const auto text = reader.required_text("type", {.min = 0, .max = 100});
    if (!text) return std::nullopt;
    const auto type = column_type_from(*text);
    if (!type) {
        problems.add(
            kInvalidEnumValue,
            fmt::format("value of {} must be one of \"uuid\", \"datetime\", \"ip\", \"body\", "
                        "\"headers\", \"path\", \"template\", \"eventId\", \"header\", \"query\", "
                        "\"clientCertificate\", \"kafkaKey\", \"kafkaTopic\", \"kafkaPartition\", "
                        "\"kafkaOffset\", "
                        "\"kafkaTimestamp\", \"kafkaHeader\" but got value \"{}\"",
                        reader.path_of("type"), *text));
    }
    return type;
}

// STRING where it is absent.
std::optional<DataType> read_data_type(ObjectReader& reader, Problems& problems,
                                       std::string_view field = "dataType") {
    const auto text = reader.text(field, {.min = 0, .max = 100});
    if (!text) return DataType::string;
    const auto type = data_type_from(*text);
    if (!type) {
        problems.add(kInvalidEnumValue,
                     fmt::format("value of {} must be one of \"STRING\", \"INTEGER\", \"DECIMAL\", "
                                 "\"DOUBLE\", \"BOOLEAN\", \"DATE\", \"TIMESTAMP\", \"JSON\" but "
                                 "got value \"{}\"",
                                 reader.path_of(field), *text));
    }
    return type;
}

// {"type": "TIMESTAMP", "from": "epoch-s"}, or its type alone, as a text.
void read_stored_type(ObjectReader& reader, Column& column, Problems& problems) {
    const auto* const given = reader.any("dataType");
    if (given == nullptr || !given->is_object()) {
        column.data_type = read_data_type(reader, problems).value_or(DataType::string);
        return;
    }
    const auto path = reader.path_of("dataType");
    ObjectReader parts(*given, path, problems);
    column.data_type = read_data_type(parts, problems, "type").value_or(DataType::string);
    if (parts.any("type") == nullptr) parts.missing("type");
    const auto from = parts.required_text("from", {.min = 0, .max = 100});
    parts.finish();
    if (!from) return;
    const auto form = time_form_from(*from);
    if (!form) {
        problems.add(kInvalidEnumValue,
                     fmt::format("value of {}.from must be one of \"epoch-s\", \"epoch-ms\", "
                                 "\"epoch-us\", \"epoch-ns\", \"rfc2822\" but got value \"{}\"",
                                 path, *from));
    } else if (column.data_type != DataType::timestamp) {
        problems.add(kBadRequest, fmt::format("{}.from needs the type \"TIMESTAMP\"", path));
    } else {
        column.time_form = *form;
    }
}

// Which header or parameter the column has, where its type has one.
void read_argument(ObjectReader& reader, std::optional<ColumnType> type, Column& column,
                   Problems& problems) {
    const auto field = type ? argument_field(*type) : std::string_view();
    for (const std::string_view other : {"header", "parameter"}) {
        const auto text = reader.text(other, kArgumentLength);
        if (other == field && text) {
            column.argument = *text;
        } else if (other == field) {
            problems.add(kBadRequest,
                         fmt::format("column \"{}\" is missing {}", column.name, field));
        } else if (text && type) {
            problems.add(kBadRequest, fmt::format("column \"{}\" of type \"{}\" takes no {}",
                                                  column.name, to_string(*type), other));
        }
    }
}

void check_template(const Column& column, bool given, Problems& problems) {
    if (!given) {
        problems.add(kBadRequest, fmt::format("column \"{}\" is missing template", column.name));
    }
}

// The object "template" of a column; empty where it is absent or wrong.
std::string read_template(const Json& json, const std::string& path, Problems& problems) {
    ObjectReader reader(json, path, problems);
    const auto language = reader.required_text("language", {.min = 0, .max = 100});
    if (language && *language != "jsonnet") {
        problems.add(kInvalidEnumValue,
                     fmt::format("value of {} must be one of \"jsonnet\" but got value \"{}\"",
                                 reader.path_of("language"), *language));
    }
    const auto content = reader.required_text("content", kTemplateLength);
    reader.finish();
    return content.value_or("");
}

void check_no_sign(const std::string& name, Problems& problems) {
    for (const auto sign : kSignsOfLoads) {
        if (folded(name) != sign) continue;
        problems.add(
            kBadRequest,
            fmt::format("column name \"{}\" is reserved: in what is loaded it is no value, "
                        "but says what becomes of its record",
                        name));
    }
}

DefinedColumn parse_defined_column(const Json& json, const std::string& path, Problems& problems) {
    DefinedColumn column;
    ObjectReader reader(json, path, problems);
    if (const auto name = reader.required_text("name", kNameLength)) {
        column.name = *name;
        check_name(*name, reader.path_of("name"), problems);
        check_no_sign(*name, problems);
    }
    column.data_type = read_data_type(reader, problems).value_or(DataType::string);
    column.primary_key = reader.boolean("primaryKey").value_or(false);
    const auto nullable = reader.boolean("nullable");
    if (column.primary_key && nullable.value_or(false)) {
        problems.add(kBadRequest, fmt::format("column \"{}\" is in the primary key, so it cannot "
                                              "be nullable",
                                              column.name));
    }
    column.nullable = nullable.value_or(!column.primary_key);
    reader.finish();
    return column;
}

// One call of `parse` for each object of the array.
template <typename Parsed, typename Parse>
std::vector<Parsed> parse_each(const Json& array, std::string_view path, std::size_t columns_max,
                               Problems& problems, Parse parse) {
    std::vector<Parsed> columns;
    if (array.empty() || array.size() > columns_max) {
        problems.add(
            kInvalidLength,
            array.empty()
                ? fmt::format("length of {} must be greater or equal than 1 but got value [] "
                              "(len=0)",
                              path)
                : fmt::format("length of {} must be lesser or equal than {} but got {} items "
                              "(len={})",
                              path, columns_max, array.size(), array.size()));
        return columns;
    }
    std::set<std::string> names;
    for (std::size_t i = 0; i < array.size(); ++i) {
        const auto column_path = fmt::format("{}[{}]", path, i);
        if (!array[i].is_object()) {
            problems.add(kInvalidFieldType,
                         fmt::format("invalid value for \"{}\", must be an object", column_path));
            continue;
        }
        auto column = parse(array[i], column_path, problems);
        if (!column.name.empty() && !names.insert(folded(column.name)).second) {
            problems.add(kBadRequest,
                         fmt::format("column name \"{}\" is used more than once (names are "
                                     "compared without regard to case)",
                                     column.name));
        }
        columns.push_back(std::move(column));
    }
    return columns;
}

}  // namespace

Column parse_column(const Json& json, const std::string& path, Problems& problems) {
    Column column;
    ObjectReader reader(json, path, problems);
    const auto type = read_type(reader, problems);
    if (const auto name = reader.required_text("name", kNameLength)) {
        column.name = *name;
        check_name(*name, reader.path_of("name"), problems);
    }
    column.primary_key = reader.boolean("primaryKey").value_or(false);
    read_stored_type(reader, column, problems);
    read_argument(reader, type, column, problems);
    const auto json_path = reader.text("path", kPathLength);
    column.default_value = reader.text("defaultValue", kDefaultLength);
    const auto raw_string = reader.boolean("rawString");
    column.raw_string = raw_string.value_or(false);
    const auto* const json_template = reader.object("template");
    if (json_template != nullptr) {
        column.template_text = read_template(*json_template, reader.path_of("template"), problems);
    }
    if (type == ColumnType::jsonnet) {  // what answers show
        reader.text("engine", kEngineLength);
        reader.text("engineReason", kEngineReasonLength);
    }
    reader.finish();
    if (!type) return column;

    column.type = *type;
    if (!can_be(*type, column.data_type)) {
        problems.add(kBadRequest,
                     fmt::format("column \"{}\" of type \"{}\" cannot have the dataType \"{}\"",
                                 column.name, to_string(*type), to_string(column.data_type)));
    }
    if (*type == ColumnType::path) {
        if (!json_path || json_path->empty()) {
            problems.add(kBadRequest, fmt::format("column \"{}\" is missing path", column.name));
        } else {
            column.path = *json_path;
            const auto checked = mapping::check_path(column.path);
            if (!checked.ok()) {
                problems.add(kBadRequest, fmt::format("column \"{}\": {}", column.name,
                                                      checked.error().client_text()));
            }
        }
    } else if (*type == ColumnType::jsonnet) {
        check_template(column, json_template != nullptr, problems);
        if (json_path || column.default_value) {
            problems.add(kBadRequest,
                         fmt::format("column \"{}\" of type \"template\" takes no path "
                                     "or defaultValue",
                                     column.name));
        }
    } else if (may_be_missing(*type) && (json_path || raw_string)) {
        problems.add(kBadRequest,
                     fmt::format("column \"{}\" of type \"{}\" takes no path or rawString",
                                 column.name, to_string(*type)));
    } else if (!may_be_missing(*type) && (json_path || column.default_value || raw_string)) {
        problems.add(kBadRequest,
                     fmt::format("column \"{}\" of type \"{}\" takes no path, defaultValue "
                                 "or rawString",
                                 column.name, to_string(*type)));
    }
    if (*type != ColumnType::jsonnet && json_template != nullptr) {
        problems.add(kBadRequest, fmt::format("column \"{}\" of type \"{}\" takes no template",
                                              column.name, to_string(*type)));
    }
    return column;
}

std::vector<Column> parse_columns(const Json& array, std::string_view path, std::size_t columns_max,
                                  Problems& problems) {
    return parse_each<Column>(array, path, columns_max, problems, parse_column);
}

std::vector<DefinedColumn> parse_defined_columns(const Json& array, std::string_view path,
                                                 std::size_t columns_max, Problems& problems) {
    return parse_each<DefinedColumn>(array, path, columns_max, problems, parse_defined_column);
}

}  // namespace millrace::control
