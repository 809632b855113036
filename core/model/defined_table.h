#pragma once
// DefinedTable: one that a client has made for loads, with no sink. Its target has it under its id.
//
// A value may be NULL where the column is nullable; who loads checks that, because a table of a
// target, which sinks may write to as well, does not.

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/ids.h"
#include "core/model/backend_names.h"
#include "core/model/csv_parser.h"
#include "core/model/data_type.h"
#include "core/model/mapping_snapshot.h"
#include "core/model/table_id.h"
#include "core/model/target_table.h"
#include "core/model/version.h"

namespace millrace {

struct TableKey {
    ProjectId project;
    BranchId branch;
    TableId table;

    auto operator<=>(const TableKey&) const = default;
};

struct DefinedColumn {
    std::string name;  // unique in its table without regard to case
    DataType data_type = DataType::string;
    bool primary_key = false;
    bool nullable = true;  // false in the primary key

    bool operator==(const DefinedColumn&) const = default;
};

// How uploads write to it: as one load, which is there whole or not at all, or batch by batch, each
// there as it comes.
enum class TableKind { logical, standalone };

inline std::string_view to_string(TableKind kind) {
    return kind == TableKind::logical ? "logical" : "standalone";
}

struct DefinedTable {
    TableKey key;
    TargetName target = kDefaultTarget;
    std::vector<DefinedColumn> columns;  // at least one
    Stamp created;
    TableKind kind = TableKind::logical;
    CsvParser csv_parser;           // of uploads, where it is other than in the configuration
    bool is_being_dropped = false;  // it takes no new load

    bool operator==(const DefinedTable&) const = default;

    TargetTable in_target() const { return {.target = target, .table = key.table}; }
};

// What a load into the table begins with (LoadSpec::table).
MappingSnapshot mapping_of(const DefinedTable& table);

}  // namespace millrace
