#pragma once
// The row that deletes another one: only the cells of its primary key, which must be known of the
// record.

#include <cstdint>
#include <string>

#include "core/base/result.h"
#include "core/mapping/scratch.h"
#include "core/mapping/sink_plan.h"

namespace millrace::mapping {

// See SourceMapper::append_delete().
Result<void> append_delete_row(const SinkPlan& sink, Scratch& scratch, std::uint64_t row_bytes_max,
                               std::string& out);

}  // namespace millrace::mapping
