#pragma once
// CsvParser: `csvParser.*`, how the CSV of uploads is written, as a configuration or a table says
// it. What a table does not say is that of the configuration.
//
// See  docs/upload.md ("CSV")

#include <optional>
#include <string>

#include "core/base/result.h"

namespace millrace {

struct CsvParser {
    std::optional<std::string> separator;       // "," or "\t", "\x01"
    std::optional<std::string> quote;           // one character, or "none"
    std::optional<std::string> escape;          // one character, or "none"
    std::optional<std::string> line_separator;  // "auto", "\n", "\r\n"
    std::optional<std::string> null_value;
    std::optional<bool> header;
    std::optional<bool> repeated_header;

    bool operator==(const CsvParser&) const = default;
    bool is_empty() const { return *this == CsvParser{}; }
};

// "\t", "\n", "\r", "\\" and "\x1f" as what they stand for.
// Errors  invalid: a backslash with something else behind it
Result<std::string> unescaped_separator(const std::string& text);

// Errors  invalid, with the name of what is wrong
Result<void> check_csv_parser(const CsvParser& parser);

}  // namespace millrace
