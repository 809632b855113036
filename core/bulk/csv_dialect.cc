#include "core/bulk/csv_dialect.h"

#include <utility>

namespace millrace::bulk {
namespace {

std::string plain(const std::string& text) {
    auto result = unescaped_separator(text);
    return result.ok() ? std::move(result).value() : text;
}

std::optional<char> char_of(const std::string& text) {
    return text.size() == 1 ? std::optional(text.front()) : std::nullopt;
}

void apply(const CsvParser& parser, CsvDialect& dialect) {
    if (parser.separator) dialect.separator = plain(*parser.separator);
    if (parser.quote) dialect.quote = char_of(*parser.quote);
    if (parser.escape) dialect.escape = char_of(*parser.escape);
    if (const auto& text = parser.line_separator) {
        dialect.line_separator = *text == "auto" ? "" : plain(*text);
    }
    if (parser.null_value) dialect.null_value = *parser.null_value;
    dialect.header = parser.header.value_or(dialect.header);
    dialect.repeated_header = parser.repeated_header.value_or(dialect.repeated_header);
}

}  // namespace

CsvDialect dialect_of(const CsvParser& configured, const CsvParser& of_table) {
    CsvDialect dialect;
    apply(configured, dialect);
    apply(of_table, dialect);
    return dialect;
}

CsvFormat format_of(const CsvDialect& dialect) {
    CsvFormat format;
    format.column_separator = dialect.separator;
    format.line_delimiter = dialect.line_separator.empty() ? "\n" : dialect.line_separator;
    format.enclose = dialect.quote;
    if (dialect.quote) format.escape = dialect.escape;
    format.strips_enclosure = true;
    format.null_text = dialect.null_value;
    format.empty_field_as_null = dialect.null_value.empty();
    return format;
}

}  // namespace millrace::bulk
