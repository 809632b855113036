#pragma once
// PinotDefinitions: the source and the sink that a schema and a table of Pinot become.
//
//     table "transcript" -> source "pinot-transcript" of kind kafka, sink "rows" of it,
//                           table "in.c-pinot.transcript"
//
// See  docs/pinot.md

#include <string>
#include <string_view>
#include <vector>

#include "api/pinot/pinot_findings.h"
#include "api/pinot/pinot_schema.h"
#include "api/pinot/pinot_table.h"
#include "core/base/time.h"
#include "core/model/column.h"
#include "core/model/settings.h"
#include "core/model/sink.h"
#include "core/model/source.h"
#include "core/model/table_id.h"

namespace millrace::pinot {

inline constexpr std::string_view kSinkId = "rows";

struct PinotOptions {
    bool is_open = false;                  // also without a token
    std::string bucket = "in.c-pinot";     //
    Milliseconds freshness{500};           // from a message to its row in the table
    Milliseconds query_time{10'000};       //
    std::uint64_t query_bytes = 64 << 20;  // of an answer
    std::uint32_t query_rows = 100'000;    // the same
};

// Part of the id says which name it was, where the id cannot: "fooBar" -> "pinot-foo-bar-1a2b3c4d".
SourceId source_of_table(std::string_view table);

// Errors  invalid: it has other characters than letters, digits, _ and -
Result<TableId> table_of(const PinotOptions& options, std::string_view table);

// One for each field. What cannot be is an error.
std::vector<Column> columns_of(const PinotSchema& schema, const PinotTable& table,
                               PinotFindings& findings);

// When the files of the sink are uploaded and imported.
SettingOverrides sink_settings_of(const PinotStream& stream, const PinotOptions& options);

}  // namespace millrace::pinot
