#pragma once
// MappingSnapshot: everything a file needs to know of its sink, frozen. The journal and files name
// it by SinkVersion, so later changes of the sink never touch rows that were already accepted.

#include <string>
#include <vector>

#include "core/model/backend_names.h"
#include "core/model/column.h"
#include "core/model/settings.h"
#include "core/model/sink.h"
#include "core/model/table_id.h"

namespace millrace {

struct MappingSnapshot {
    SinkKey sink;
    TargetName target = kDefaultTarget;
    TableId table;  // of the target
    std::vector<Column> columns;
    Settings settings;

    bool operator==(const MappingSnapshot&) const = default;
};

}  // namespace millrace
