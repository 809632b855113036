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
    }
    return "uuid";
}

std::optional<ColumnType> column_type_from(std::string_view text) {
    for (const auto type :
         {ColumnType::uuid, ColumnType::datetime, ColumnType::ip, ColumnType::body,
          ColumnType::headers, ColumnType::path, ColumnType::jsonnet}) {
        if (text == to_string(type)) return type;
    }
    if (text == "id") return ColumnType::uuid;
    if (text == "json") return ColumnType::path;
    return std::nullopt;
}

}  // namespace millrace
