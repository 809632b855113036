#include "core/otlp/json_schema.h"

#include <array>

namespace millrace::otlp {
namespace {

using Kind = JsonKind;

constexpr JsonField one(std::string_view name, std::uint32_t number, const JsonMessage& message) {
    return {.name = name, .number = number, .kind = Kind::message, .message = &message};
}

constexpr JsonField many(std::string_view name, std::uint32_t number, const JsonMessage& message) {
    return {.name = name,
            .number = number,
            .kind = Kind::message,
            .repeated = true,
            .message = &message};
}

constexpr JsonField value(std::string_view name, std::uint32_t number, Kind kind) {
    return {.name = name, .number = number, .kind = kind};
}

constexpr JsonField values(std::string_view name, std::uint32_t number, Kind kind) {
    return {.name = name, .number = number, .kind = kind, .repeated = true};
}

constexpr JsonField of_names(std::string_view name, std::uint32_t number,
                             std::span<const JsonEnum> names) {
    return {.name = name, .number = number, .kind = Kind::enumerated, .names = names};
}

constexpr auto kSeverities = std::to_array<JsonEnum>({
    {"SEVERITY_NUMBER_UNSPECIFIED", 0}, {"SEVERITY_NUMBER_TRACE", 1},
    {"SEVERITY_NUMBER_TRACE2", 2},      {"SEVERITY_NUMBER_TRACE3", 3},
    {"SEVERITY_NUMBER_TRACE4", 4},      {"SEVERITY_NUMBER_DEBUG", 5},
    {"SEVERITY_NUMBER_DEBUG2", 6},      {"SEVERITY_NUMBER_DEBUG3", 7},
    {"SEVERITY_NUMBER_DEBUG4", 8},      {"SEVERITY_NUMBER_INFO", 9},
    {"SEVERITY_NUMBER_INFO2", 10},      {"SEVERITY_NUMBER_INFO3", 11},
    {"SEVERITY_NUMBER_INFO4", 12},      {"SEVERITY_NUMBER_WARN", 13},
    {"SEVERITY_NUMBER_WARN2", 14},      {"SEVERITY_NUMBER_WARN3", 15},
    {"SEVERITY_NUMBER_WARN4", 16},      {"SEVERITY_NUMBER_ERROR", 17},
    {"SEVERITY_NUMBER_ERROR2", 18},     {"SEVERITY_NUMBER_ERROR3", 19},
    {"SEVERITY_NUMBER_ERROR4", 20},     {"SEVERITY_NUMBER_FATAL", 21},
    {"SEVERITY_NUMBER_FATAL2", 22},     {"SEVERITY_NUMBER_FATAL3", 23},
    {"SEVERITY_NUMBER_FATAL4", 24},
});
constexpr auto kSpanKinds = std::to_array<JsonEnum>({
    {"SPAN_KIND_UNSPECIFIED", 0},
    {"SPAN_KIND_INTERNAL", 1},
    {"SPAN_KIND_SERVER", 2},
    {"SPAN_KIND_CLIENT", 3},
    {"SPAN_KIND_PRODUCER", 4},
    {"SPAN_KIND_CONSUMER", 5},
});
constexpr auto kStatusCodes = std::to_array<JsonEnum>({
    {"STATUS_CODE_UNSET", 0},
    {"STATUS_CODE_OK", 1},
    {"STATUS_CODE_ERROR", 2},
});
constexpr auto kTemporalities = std::to_array<JsonEnum>({
    {"AGGREGATION_TEMPORALITY_UNSPECIFIED", 0},
    {"AGGREGATION_TEMPORALITY_DELTA", 1},
    {"AGGREGATION_TEMPORALITY_CUMULATIVE", 2},
});

// A value is in itself: so the messages are declared first.
extern const JsonMessage kAnyValue;
extern const JsonMessage kKeyValue;

constexpr auto kListFields = std::to_array<JsonField>({many("values", 1, kAnyValue)});
constexpr JsonMessage kArrayValue{kListFields};
constexpr auto kEntryFields = std::to_array<JsonField>({many("values", 1, kKeyValue)});
constexpr JsonMessage kKeyValueList{kEntryFields};
constexpr auto kAnyFields = std::to_array<JsonField>({
    value("stringValue", 1, Kind::text),
    value("boolValue", 2, Kind::boolean),
    value("intValue", 3, Kind::int64),
    value("doubleValue", 4, Kind::real),
    one("arrayValue", 5, kArrayValue),
    one("kvlistValue", 6, kKeyValueList),
    value("bytesValue", 7, Kind::bytes),
});
const JsonMessage kAnyValue{kAnyFields};
constexpr auto kKeyValueFields = std::to_array<JsonField>({
    value("key", 1, Kind::text),
    one("value", 2, kAnyValue),
});
const JsonMessage kKeyValue{kKeyValueFields};

constexpr auto kResourceFields = std::to_array<JsonField>({many("attributes", 1, kKeyValue)});
constexpr JsonMessage kResource{kResourceFields};
constexpr auto kScopeFields = std::to_array<JsonField>({
    value("name", 1, Kind::text),
    value("version", 2, Kind::text),
    many("attributes", 3, kKeyValue),
});
constexpr JsonMessage kScope{kScopeFields};

constexpr auto kLogFields = std::to_array<JsonField>({
    value("timeUnixNano", 1, Kind::fixed64),
    value("observedTimeUnixNano", 11, Kind::fixed64),
    of_names("severityNumber", 2, kSeverities),
    value("severityText", 3, Kind::text),
    one("body", 5, kAnyValue),
    many("attributes", 6, kKeyValue),
    value("droppedAttributesCount", 7, Kind::uint32),
    value("flags", 8, Kind::fixed32),
    value("traceId", 9, Kind::trace_id),
    value("spanId", 10, Kind::span_id),
    value("eventName", 12, Kind::text),
});
constexpr JsonMessage kLog{kLogFields};
constexpr auto kScopeLogsFields = std::to_array<JsonField>({
    one("scope", 1, kScope),
    many("logRecords", 2, kLog),
});
constexpr JsonMessage kScopeLogs{kScopeLogsFields};
constexpr auto kResourceLogsFields = std::to_array<JsonField>({
    one("resource", 1, kResource),
    many("scopeLogs", 2, kScopeLogs),
});
constexpr JsonMessage kResourceLogs{kResourceLogsFields};
constexpr auto kLogsFields = std::to_array<JsonField>({many("resourceLogs", 1, kResourceLogs)});
constexpr JsonMessage kLogs{kLogsFields};

constexpr auto kEventFields = std::to_array<JsonField>({
    value("timeUnixNano", 1, Kind::fixed64),
    value("name", 2, Kind::text),
    many("attributes", 3, kKeyValue),
});
constexpr JsonMessage kEvent{kEventFields};
constexpr auto kLinkFields = std::to_array<JsonField>({
    value("traceId", 1, Kind::trace_id),
    value("spanId", 2, Kind::span_id),
    value("traceState", 3, Kind::text),
    many("attributes", 4, kKeyValue),
    value("flags", 6, Kind::fixed32),
});
constexpr JsonMessage kLink{kLinkFields};
constexpr auto kStatusFields = std::to_array<JsonField>({
    value("message", 2, Kind::text),
    of_names("code", 3, kStatusCodes),
});
constexpr JsonMessage kStatus{kStatusFields};
constexpr auto kSpanFields = std::to_array<JsonField>({
    value("traceId", 1, Kind::trace_id),
    value("spanId", 2, Kind::span_id),
    value("traceState", 3, Kind::text),
    value("parentSpanId", 4, Kind::span_id),
    value("name", 5, Kind::text),
    of_names("kind", 6, kSpanKinds),
    value("startTimeUnixNano", 7, Kind::fixed64),
    value("endTimeUnixNano", 8, Kind::fixed64),
    many("attributes", 9, kKeyValue),
    value("droppedAttributesCount", 10, Kind::uint32),
    many("events", 11, kEvent),
    value("droppedEventsCount", 12, Kind::uint32),
    many("links", 13, kLink),
    value("droppedLinksCount", 14, Kind::uint32),
    one("status", 15, kStatus),
    value("flags", 16, Kind::fixed32),
});
constexpr JsonMessage kSpan{kSpanFields};
constexpr auto kScopeSpansFields = std::to_array<JsonField>({
    one("scope", 1, kScope),
    many("spans", 2, kSpan),
});
constexpr JsonMessage kScopeSpans{kScopeSpansFields};
constexpr auto kResourceSpansFields = std::to_array<JsonField>({
    one("resource", 1, kResource),
    many("scopeSpans", 2, kScopeSpans),
});
constexpr JsonMessage kResourceSpans{kResourceSpansFields};
constexpr auto kTracesFields = std::to_array<JsonField>({many("resourceSpans", 1, kResourceSpans)});
constexpr JsonMessage kTraces{kTracesFields};

constexpr auto kExemplarFields = std::to_array<JsonField>({
    value("timeUnixNano", 2, Kind::fixed64),
    value("asDouble", 3, Kind::real),
    value("asInt", 6, Kind::sfixed64),
    value("spanId", 4, Kind::span_id),
    value("traceId", 5, Kind::trace_id),
    many("filteredAttributes", 7, kKeyValue),
});
constexpr JsonMessage kExemplar{kExemplarFields};
constexpr auto kNumberPointFields = std::to_array<JsonField>({
    value("startTimeUnixNano", 2, Kind::fixed64),
    value("timeUnixNano", 3, Kind::fixed64),
    value("asDouble", 4, Kind::real),
    value("asInt", 6, Kind::sfixed64),
    many("exemplars", 5, kExemplar),
    many("attributes", 7, kKeyValue),
    value("flags", 8, Kind::uint32),
});
constexpr JsonMessage kNumberPoint{kNumberPointFields};
constexpr auto kHistogramPointFields = std::to_array<JsonField>({
    value("startTimeUnixNano", 2, Kind::fixed64),
    value("timeUnixNano", 3, Kind::fixed64),
    value("count", 4, Kind::fixed64),
    value("sum", 5, Kind::real),
    values("bucketCounts", 6, Kind::fixed64),
    values("explicitBounds", 7, Kind::real),
    many("exemplars", 8, kExemplar),
    many("attributes", 9, kKeyValue),
    value("flags", 10, Kind::uint32),
    value("min", 11, Kind::real),
    value("max", 12, Kind::real),
});
constexpr JsonMessage kHistogramPoint{kHistogramPointFields};
constexpr auto kBucketsFields = std::to_array<JsonField>({
    value("offset", 1, Kind::sint32),
    values("bucketCounts", 2, Kind::uint64),
});
constexpr JsonMessage kBuckets{kBucketsFields};
constexpr auto kExponentialPointFields = std::to_array<JsonField>({
    many("attributes", 1, kKeyValue),
    value("startTimeUnixNano", 2, Kind::fixed64),
    value("timeUnixNano", 3, Kind::fixed64),
    value("count", 4, Kind::fixed64),
    value("sum", 5, Kind::real),
    value("scale", 6, Kind::sint32),
    value("zeroCount", 7, Kind::fixed64),
    one("positive", 8, kBuckets),
    one("negative", 9, kBuckets),
    value("flags", 10, Kind::uint32),
    many("exemplars", 11, kExemplar),
    value("min", 12, Kind::real),
    value("max", 13, Kind::real),
    value("zeroThreshold", 14, Kind::real),
});
constexpr JsonMessage kExponentialPoint{kExponentialPointFields};
constexpr auto kQuantileFields = std::to_array<JsonField>({
    value("quantile", 1, Kind::real),
    value("value", 2, Kind::real),
});
constexpr JsonMessage kQuantile{kQuantileFields};
constexpr auto kSummaryPointFields = std::to_array<JsonField>({
    value("startTimeUnixNano", 2, Kind::fixed64),
    value("timeUnixNano", 3, Kind::fixed64),
    value("count", 4, Kind::fixed64),
    value("sum", 5, Kind::real),
    many("quantileValues", 6, kQuantile),
    many("attributes", 7, kKeyValue),
    value("flags", 8, Kind::uint32),
});
constexpr JsonMessage kSummaryPoint{kSummaryPointFields};

constexpr auto kGaugeFields = std::to_array<JsonField>({many("dataPoints", 1, kNumberPoint)});
constexpr JsonMessage kGauge{kGaugeFields};
constexpr auto kSumFields = std::to_array<JsonField>({
    many("dataPoints", 1, kNumberPoint),
    of_names("aggregationTemporality", 2, kTemporalities),
    value("isMonotonic", 3, Kind::boolean),
});
constexpr JsonMessage kSum{kSumFields};
constexpr auto kHistogramFields = std::to_array<JsonField>({
    many("dataPoints", 1, kHistogramPoint),
    of_names("aggregationTemporality", 2, kTemporalities),
});
constexpr JsonMessage kHistogram{kHistogramFields};
constexpr auto kExponentialFields = std::to_array<JsonField>({
    many("dataPoints", 1, kExponentialPoint),
    of_names("aggregationTemporality", 2, kTemporalities),
});
constexpr JsonMessage kExponential{kExponentialFields};
constexpr auto kSummaryFields = std::to_array<JsonField>({many("dataPoints", 1, kSummaryPoint)});
constexpr JsonMessage kSummary{kSummaryFields};
constexpr auto kMetricFields = std::to_array<JsonField>({
    value("name", 1, Kind::text),
    value("description", 2, Kind::text),
    value("unit", 3, Kind::text),
    one("gauge", 5, kGauge),
    one("sum", 7, kSum),
    one("histogram", 9, kHistogram),
    one("exponentialHistogram", 10, kExponential),
    one("summary", 11, kSummary),
});
constexpr JsonMessage kMetric{kMetricFields};
constexpr auto kScopeMetricsFields = std::to_array<JsonField>({
    one("scope", 1, kScope),
    many("metrics", 2, kMetric),
});
constexpr JsonMessage kScopeMetrics{kScopeMetricsFields};
constexpr auto kResourceMetricsFields = std::to_array<JsonField>({
    one("resource", 1, kResource),
    many("scopeMetrics", 2, kScopeMetrics),
});
constexpr JsonMessage kResourceMetrics{kResourceMetricsFields};
constexpr auto kMetricsFields =
    std::to_array<JsonField>({many("resourceMetrics", 1, kResourceMetrics)});
constexpr JsonMessage kMetrics{kMetricsFields};

}  // namespace

const JsonMessage& json_request_of(Signal signal) {
    switch (signal) {
        case Signal::logs:
            return kLogs;
        case Signal::metrics:
            return kMetrics;
        case Signal::traces:
            return kTraces;
    }
    return kLogs;
}

}  // namespace millrace::otlp
