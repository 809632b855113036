#pragma once
// What tests begin loads with.

#include <string>

#include "core/model/load.h"

namespace millrace::testing_support {

// A table with the one column "id".
inline MappingSnapshot load_table(const LoadScope& scope, const std::string& name, bool keyed) {
    MappingSnapshot snapshot;
    snapshot.sink.source = {.project = scope.project, .branch = scope.branch, .source = {}};
    snapshot.table = TableId::parse(name).value();
    Column column;
    column.type = ColumnType::path;
    column.name = "id";
    column.path = "id";
    column.primary_key = keyed;
    snapshot.columns = {column};
    return snapshot;
}

inline LoadSpec load_into(const MappingSnapshot& table, const LoadScope& scope,
                          const std::string& label, const VolumeId& volume) {
    return {.scope = scope,
            .label = label,
            .table = table,
            .volume = volume,
            .times = {},
            .info = "{}"};
}

// LoadStores::has_room on a disk that never fills.
inline Result<void> always_room(const VolumeId&) {
    return {};
}

}  // namespace millrace::testing_support
