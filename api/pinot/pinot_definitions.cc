#include "api/pinot/pinot_definitions.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "api/pinot/transform_jsonnet.h"
#include "core/base/crc32c.h"
#include "core/model/entity_id.h"

namespace millrace::pinot {
namespace {

constexpr std::string_view kIdPrefix = "pinot-";
constexpr std::string_view kHeaderPrefix = "__header$";
constexpr std::size_t kTemplateMax = 4096;  // as those of the REST API

constexpr std::string_view kOnError = "mapping.onError";
constexpr std::string_view kUploadInterval = "storage.level.staging.upload.trigger.interval";
constexpr std::string_view kImportCount = "storage.level.target.import.trigger.count";
constexpr std::string_view kImportInterval = "storage.level.target.import.trigger.interval";
constexpr std::string_view kImportSize = "storage.level.target.import.trigger.size";

// A setting's own bounds hold, but for the least time: these files are small on purpose.
std::int64_t within(std::string_view key, std::uint64_t value) {
    const auto* const spec = find_setting(key);
    const auto largest = static_cast<std::uint64_t>(spec->max);
    return std::max(spec->min, static_cast<std::int64_t>(std::min(value, largest)));
}

// Whether a missing value is NULL.
bool is_nullable(const PinotField& field, const PinotSchema& schema, const PinotTable& table) {
    const bool is_key =
        std::ranges::find(schema.primary_key, field.name) != schema.primary_key.end();
    return !is_key && (table.has_nulls || schema.has_column_nulls);
}

// What is stored where a message has no value; nothing: such a message is a reject. Empty is NULL.
std::optional<std::string> default_value(const PinotField& field, const PinotSchema& schema,
                                         const PinotTable& table) {
    if (field.not_null) return std::nullopt;
    if (is_nullable(field, schema, table) && stored_as(field.type) != DataType::string) return "";
    auto value = field.default_value ? field.default_value : default_of(field.type, field.kind);
    if (!field.is_single) {
        const bool is_text = stored_as(field.type) == DataType::string;
        if (!value) return "[]";
        return is_text ? fmt::format("[{}]", Json(*value).dump()) : fmt::format("[{}]", *value);
    }
    return value.value_or("");
}

// The same as Jsonnet.
std::string default_in_template(const PinotField& field, const PinotSchema& schema,
                                const PinotTable& table) {
    const auto value = default_value(field, schema, table);
    if (!value) return "error 'it has no value'";
    return jsonnet_text(*value);
}

// A column whose name says which part of a message besides its value it has.
void set_metadata(Column& column, const PinotField& field, const PinotSchema& schema,
                  const PinotTable& table, PinotFindings& findings) {
    column.raw_string = false;
    const auto has_type = [&](std::initializer_list<PinotType> types) {
        if (field.is_single && std::ranges::find(types, field.type) != types.end()) return;
        findings.error(fmt::format("The column '{}' cannot be of the type {}", field.name,
                                   to_string(field.type)));
    };
    using enum PinotType;
    if (field.name == "__key") {
        column.type = ColumnType::kafka_key;
        column.default_value = default_value(field, schema, table);
        has_type({string, bytes, integer, long_integer, json, uuid});
    } else if (field.name.starts_with(kHeaderPrefix) && field.name.size() > kHeaderPrefix.size()) {
        column.type = ColumnType::kafka_header;
        column.argument = field.name.substr(kHeaderPrefix.size());
        column.default_value = default_value(field, schema, table);
        has_type({string, bytes, integer, long_integer, json, uuid});
    } else if (field.name == "__metadata$offset") {
        column.type = ColumnType::kafka_offset;
        has_type({string, long_integer, big_decimal});
    } else if (field.name == "__metadata$partition") {
        column.type = ColumnType::kafka_partition;
        has_type({string, integer, long_integer});
    } else if (field.name == "__metadata$recordTimestamp") {
        column.type = ColumnType::kafka_timestamp;
        has_type({string, timestamp});
    } else {
        findings.error(
            fmt::format("The column '{}' is not supported: of a message there are "
                        "__key, __header$NAME, __metadata$offset, "
                        "__metadata$partition and __metadata$recordTimestamp",
                        field.name));
    }
}

void set_template(Column& column, std::string text, PinotFindings& findings) {
    column.type = ColumnType::jsonnet;
    column.template_text = std::move(text);
    if (column.template_text.size() > kTemplateMax) {
        findings.error(
            fmt::format("The transform function of column '{}' is too long", column.name));
    }
}

}  // namespace

SourceId source_of_table(std::string_view table) {
    const auto normal = normalized_id(table);
    const auto room = kEntityIdLengthMax - kIdPrefix.size();
    if (normal == table && normal.size() <= room) {
        return SourceId(std::string(kIdPrefix) + normal);
    }
    const auto sum = fmt::format("{:08x}", crc32c(0, table));
    auto part = normal.substr(0, room - sum.size() - 1);
    if (!part.empty() && part.back() != '-') part += '-';
    return SourceId(fmt::format("{}{}{}", kIdPrefix, part, sum));
}

Result<TableId> table_of(const PinotOptions& options, std::string_view table) {
    auto id = TableId::parse(fmt::format("{}.{}", options.bucket, table));
    if (id.ok()) return id;
    if (!TableId::parse(fmt::format("{}.t", options.bucket)).ok()) {
        return Error(Code::invalid,
                     fmt::format("the option pinot.bucket has no bucket: \"{}\"", options.bucket));
    }
    return Error(
        Code::invalid,
        fmt::format("'tableName': {} must be 1 to 96 letters, digits, '_' and '-'", table));
}

std::vector<Column> columns_of(const PinotSchema& schema, const PinotTable& table,
                               PinotFindings& findings) {
    std::map<std::string, std::string> transforms;
    for (const auto& transform : table.transforms) {
        transforms.emplace(transform.column, transform.function);
    }
    std::vector<Column> columns;
    for (const auto& field : schema.fields) {
        Column column;
        column.name = field.name;
        column.primary_key =
            std::ranges::find(schema.primary_key, field.name) != schema.primary_key.end();
        column.data_type = field.is_single ? stored_as(field.type) : DataType::json;
        column.raw_string = true;
        const auto transform = transforms.find(field.name);
        if (field.name.starts_with("__") && transform == transforms.end()) {
            set_metadata(column, field, schema, table, findings);
        } else if (transform != transforms.end()) {
            auto text = transform_template(field.name, transform->second,
                                           default_in_template(field, schema, table));
            if (text.ok()) {
                set_template(column, std::move(text).value(), findings);
            } else {
                findings.error(fmt::format("Invalid transform function '{}' for column '{}': {}",
                                           transform->second, field.name,
                                           text.error().client_text()));
            }
        } else if (field.type == PinotType::timestamp && field.is_single) {
            set_template(column,
                         timestamp_template(field.name, default_in_template(field, schema, table)),
                         findings);
        } else {
            column.type = ColumnType::path;
            column.path = path_of_column(field.name);
            column.default_value = default_value(field, schema, table);
        }
        columns.push_back(std::move(column));
    }
    if (columns.empty()) findings.error("The schema must have at least one column");
    return columns;
}

SettingOverrides sink_settings_of(const PinotStream& stream, const PinotOptions& options) {
    // The other half is for the way there: gathering messages, closing, uploading, importing.
    const auto waits = options.freshness / 2;
    const auto interval = std::min(waits, stream.flush_time.value_or(waits));
    SettingOverrides settings;
    settings.emplace(kOnError, std::string("keep"));
    settings.emplace(kUploadInterval, std::int64_t{interval.count()});
    settings.emplace(kImportInterval, std::int64_t{interval.count()});
    if (stream.flush_rows) settings.emplace(kImportCount, within(kImportCount, *stream.flush_rows));
    if (stream.flush_bytes) settings.emplace(kImportSize, within(kImportSize, *stream.flush_bytes));
    return settings;
}

}  // namespace millrace::pinot
