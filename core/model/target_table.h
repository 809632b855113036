#pragma once
// TargetTable: a table among all targets. The same id in two targets names two tables.

#include <compare>

#include "core/model/backend_names.h"
#include "core/model/table_id.h"

namespace millrace {

struct TargetTable {
    TargetName target = kDefaultTarget;
    TableId table;

    auto operator<=>(const TargetTable&) const = default;
};

}  // namespace millrace
