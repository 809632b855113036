#include "core/ports/target.h"

namespace millrace {

TableSpec table_spec(const TableId& table, const std::vector<Column>& columns) {
    TableSpec spec{.id = table, .columns = {}};
    for (const auto& column : columns) {
        spec.columns.push_back({.name = column.name,
                                .primary_key = column.primary_key,
                                .data_type = column.data_type});
    }
    return spec;
}

}  // namespace millrace
