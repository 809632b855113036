#pragma once
// CsvDialect: how the CSV of uploads is written: `csvParser.*` of the configuration, or of a table.
//
// See  docs/upload.md ("CSV")

#include <optional>
#include <string>

#include "core/bulk/bulk_format.h"
#include "core/model/csv_parser.h"

namespace millrace::bulk {

struct CsvDialect {
    std::string separator = ",";
    std::optional<char> quote = '"';   // none: no value is quoted
    std::optional<char> escape = '"';  // within quotes, before a quote or another escape
    std::string line_separator;        // empty: LF, or CRLF
    bool header = true;                // the first record has the names of the columns
    bool repeated_header = true;       // and so may any later one, which is no row then
    std::string null_value;            // what is NULL where it is not quoted

    bool operator==(const CsvDialect&) const = default;
};

// The dialect that a table has: what it says itself, else the configuration, else the defaults.
// Both are checked.
CsvDialect dialect_of(const CsvParser& configured, const CsvParser& of_table);

// Its records; the header of a body is to be added.
CsvFormat format_of(const CsvDialect& dialect);

}  // namespace millrace::bulk
