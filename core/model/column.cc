#include "core/model/column.h"

namespace millrace {

std::string_view to_string(ColumnType type) {
    switch (type) {
        case ColumnType::uuid:
            return "uuid";
        case ColumnType::datetime:
            return "datetime";
        case ColumnType::ip:
            return "ip";
        case ColumnType::body:
            return "body";
        case ColumnType::headers:
            return "headers";
        case ColumnType::path:
            return "path";
        case ColumnType::jsonnet:
            return "template";
        case ColumnType::event_id:
            return "eventId";
        case ColumnType::header:
            return "header";
        case ColumnType::query:
            return "query";
        case ColumnType::client_certificate:
            return "clientCertificate";
        case ColumnType::kafka_key:
            return "kafkaKey";
        case ColumnType::kafka_topic:
            return "kafkaTopic";
        case ColumnType::kafka_partition:
            return "kafkaPartition";
        case ColumnType::kafka_offset:
            return "kafkaOffset";
        case ColumnType::kafka_timestamp:
            return "kafkaTimestamp";
        case ColumnType::kafka_header:
            return "kafkaHeader";
    }
    return "uuid";
}

std::optional<ColumnType> column_type_from(std::string_view text) {
    for (const auto type :
         {ColumnType::uuid, ColumnType::datetime, ColumnType::ip, ColumnType::body,
          ColumnType::headers, ColumnType::path, ColumnType::jsonnet, ColumnType::event_id,
          ColumnType::header, ColumnType::query, ColumnType::client_certificate,
          ColumnType::kafka_key, ColumnType::kafka_topic, ColumnType::kafka_partition,
          ColumnType::kafka_offset, ColumnType::kafka_timestamp, ColumnType::kafka_header}) {
        if (text == to_string(type)) return type;
    }
    if (text == "id") return ColumnType::uuid;
    if (text == "json") return ColumnType::path;
    return std::nullopt;
}

std::string_view argument_field(ColumnType type) {
    switch (type) {
        case ColumnType::header:
        case ColumnType::kafka_header:
            return "header";
        case ColumnType::query:
            return "parameter";
        default:
            return {};
    }
}

bool may_be_missing(ColumnType type) {
    return type == ColumnType::path || type == ColumnType::kafka_key ||
           type == ColumnType::client_certificate || !argument_field(type).empty();
}

}  // namespace millrace
