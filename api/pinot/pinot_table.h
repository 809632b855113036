#pragma once
// PinotTable: what a table configuration of Pinot says, checked as Pinot checks it.
//
// See  docs/pinot.md

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/pinot/pinot_findings.h"
#include "api/pinot/pinot_schema.h"
#include "api/pinot/pinot_stream.h"

namespace millrace::pinot {

inline constexpr std::string_view kRealtimeSuffix = "_REALTIME";
inline constexpr std::string_view kOfflineSuffix = "_OFFLINE";

struct PinotTransform {
    std::string column;
    std::string function;
};

struct PinotTable {
    std::string name;  // without its suffix
    std::string time_column;
    PinotStream stream;
    std::vector<PinotTransform> transforms;
    std::string filter;         // the filter function; empty: none
    bool has_nulls = false;     // nullHandlingEnabled
    bool keeps_last = false;    // upsertConfig of mode FULL
    std::string delete_column;  // a message with a true one deletes its row; empty: none does
};

// The name of a table without "_REALTIME" or "_OFFLINE".
std::string raw_table_name(std::string_view name);

// `before` is what the table reads with now, null for a new one.
PinotTable read_pinot_table(const Json& document, const kafka::KafkaSettings* before, WallTime now,
                            PinotFindings& findings);

// What can be checked only with the schema.
void check_with_schema(const PinotTable& table, const PinotSchema& schema, PinotFindings& findings);

// The document as it is stored and shown: with the name of a real-time table, without secrets.
Json shown_table(Json document);

}  // namespace millrace::pinot
