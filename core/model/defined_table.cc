#include "core/model/defined_table.h"

namespace millrace {

MappingSnapshot mapping_of(const DefinedTable& table) {
    MappingSnapshot mapping;
    mapping.sink.source = {
        .project = table.key.project, .branch = table.key.branch, .source = SourceId()};
    mapping.target = table.target;
    mapping.table = table.key.table;
    for (const auto& defined : table.columns) {
        Column column;
        column.type = ColumnType::path;
        column.name = defined.name;
        column.path = defined.name;
        column.primary_key = defined.primary_key;
        column.data_type = defined.data_type;
        mapping.columns.push_back(std::move(column));
    }
    return mapping;
}

}  // namespace millrace
