#include "core/model/column_rules.h"

namespace millrace {

bool can_be(ColumnType type, DataType data_type) {
    if (data_type == DataType::string) return true;
    switch (type) {
        case ColumnType::uuid:
        case ColumnType::ip:
        case ColumnType::event_id:
        case ColumnType::client_certificate:
        case ColumnType::kafka_topic:
            return false;
        case ColumnType::kafka_partition:
        case ColumnType::kafka_offset:
            return data_type == DataType::integer || data_type == DataType::decimal ||
                   data_type == DataType::float64;
        case ColumnType::datetime:
        case ColumnType::kafka_timestamp:
            return data_type == DataType::timestamp;
        case ColumnType::headers:
            return data_type == DataType::json;
        case ColumnType::body:
        case ColumnType::path:
        case ColumnType::jsonnet:
        case ColumnType::header:
        case ColumnType::query:
        case ColumnType::kafka_key:
        case ColumnType::kafka_header:
            return true;
    }
    return false;
}

}  // namespace millrace
