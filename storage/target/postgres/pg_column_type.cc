#include "storage/target/postgres/pg_column_type.h"

namespace millrace::postgres {

std::string_view declared_as(DataType type) {
    switch (type) {
        case DataType::string:
            return "text";
        case DataType::integer:
            return "bigint";
        case DataType::decimal:
            return "numeric";
        case DataType::float64:
            return "double precision";
        case DataType::boolean:
            return "boolean";
        case DataType::date:
            return "date";
        case DataType::timestamp:
            return "timestamp with time zone";
        case DataType::json:
            return "jsonb";
    }
    return "text";
}

bool keeps(std::string_view declared, DataType type) {
    if (declared == declared_as(type)) return true;
    switch (type) {
        case DataType::string:
            return declared == "character varying";
        case DataType::integer:
            return declared == "numeric";
        case DataType::json:
            return declared == "json";
        case DataType::decimal:
        case DataType::float64:
        case DataType::boolean:
        case DataType::date:
        case DataType::timestamp:
            return false;
    }
    return false;
}

}  // namespace millrace::postgres
