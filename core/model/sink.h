#pragma once
// Sink: maps every record of its source to one row of one table.

#include <compare>
#include <optional>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/model/backend_names.h"
#include "core/model/column.h"
#include "core/model/settings.h"
#include "core/model/signal.h"
#include "core/model/source.h"
#include "core/model/table_id.h"
#include "core/model/version.h"

namespace millrace {

struct SinkKey {
    SourceKey source;
    SinkId sink;

    auto operator<=>(const SinkKey&) const = default;
};

struct Sink {
    SinkKey key;
    SinkNumber number;  // internal, never reused
    std::string name;
    std::string description;
    TargetName target = kDefaultTarget;
    TableId table;  // of the target
    std::vector<Column> columns;
    std::vector<Signal> signals;  // of an OTLP source: those whose records it takes; empty: all
    SettingOverrides settings;
    MappingVersion mapping;  // of the MappingSnapshot in force
    Version version;
    Stamp created;
    std::optional<Deleted> deleted;
    std::optional<Disabled> disabled;

    bool is_active() const { return !deleted && !disabled; }
};

}  // namespace millrace
