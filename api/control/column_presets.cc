#include "api/control/column_presets.h"

#include <string>

namespace millrace::control {
namespace {

// A value that is not there, or is empty, is NULL; of a text it is empty.
Column path(std::string_view name, std::string_view where, DataType type = DataType::string) {
    return {.type = ColumnType::path,
            .name = std::string(name),
            .data_type = type,
            .path = std::string(where),
            .default_value = "",
            .raw_string = true};
}

Column path(std::string_view name, DataType type = DataType::string) {
    return path(name, name, type);
}

// An object or list that every record has.
Column json(std::string_view name) {
    return {.type = ColumnType::path,
            .name = std::string(name),
            .data_type = DataType::json,
            .path = std::string(name)};
}

std::vector<Column> logs() {
    return {path("timestamp", DataType::timestamp),
            path("observed_timestamp", DataType::timestamp),
            path("severity_number", DataType::integer),
            path("severity_text"),
            path("service_name", R"(resource["service.name"])"),
            path("body"),
            path("trace_id"),
            path("span_id"),
            json("attributes"),
            json("resource"),
            json("scope")};
}

std::vector<Column> metrics() {
    return {path("timestamp", DataType::timestamp),
            path("start_timestamp", DataType::timestamp),
            path("service_name", R"(resource["service.name"])"),
            path("metric_name"),
            path("metric_type"),
            path("metric_unit"),
            path("value", DataType::float64),
            path("count", DataType::integer),
            path("sum", DataType::float64),
            path("min", DataType::float64),
            path("max", DataType::float64),
            path("is_monotonic", DataType::boolean),
            path("aggregation_temporality"),
            json("attributes"),
            json("resource"),
            {.type = ColumnType::body, .name = "point"}};
}

std::vector<Column> traces() {
    return {path("timestamp", DataType::timestamp),
            path("end_timestamp", DataType::timestamp),
            path("trace_id"),
            path("span_id"),
            path("parent_span_id"),
            path("service_name", R"(resource["service.name"])"),
            path("name"),
            path("kind"),
            path("status_code"),
            path("status_message"),
            json("attributes"),
            json("events"),
            json("links"),
            json("resource")};
}

}  // namespace

std::vector<Column> preset_columns(std::string_view name) {
    if (name == "otel-logs") return logs();
    if (name == "otel-metrics") return metrics();
    if (name == "otel-traces") return traces();
    return {};
}

}  // namespace millrace::control
