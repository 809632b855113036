#include "core/model/csv_parser_rules.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>

namespace millrace {
namespace {

std::string plain(const std::string& text) {
    const auto unescaped = unescaped_separator(text);
    return unescaped.ok() ? unescaped.value() : text;
}

bool has(std::string_view text, std::string_view part) {
    return !part.empty() && text.find(part) != std::string_view::npos;
}

}  // namespace

Result<void> check_csv_together(const CsvParser& configured, const CsvParser& of_table) {
    const auto in_force = [&](std::optional<std::string> CsvParser::*field, const char* usual) {
        return (of_table.*field).value_or((configured.*field).value_or(usual));
    };
    const auto separator = plain(in_force(&CsvParser::separator, ","));
    const auto quoted = in_force(&CsvParser::quote, "\"");
    const auto quote = quoted == "none" ? std::string() : quoted;
    const auto escaped = in_force(&CsvParser::escape, "\"");
    const auto escape = quote.empty() || escaped == "none" ? std::string() : escaped;
    const auto lines = in_force(&CsvParser::line_separator, "auto");
    const auto line = lines == "auto" ? "\n" : plain(lines);
    const auto null_value = in_force(&CsvParser::null_value, "");
    // With LF goes a CR before it.
    const auto ends_line = [&](std::string_view text) {
        return has(text, line) || (line == "\n" && has(text, "\r"));
    };
    const struct {
        bool is_wrong;
        std::string_view what;
        std::string_view rule;
    } rules[] = {
        {ends_line(separator), "separator", "have the end of a line in it"},
        {has(line, separator), "lineSeparator", "have csvParser.separator in it"},
        {has(separator, quote), "separator", "have csvParser.quote in it"},
        {has(line, quote), "lineSeparator", "have csvParser.quote in it"},
        {has(separator, escape), "separator", "have csvParser.escape in it"},
        {has(line, escape), "lineSeparator", "have csvParser.escape in it"},
        {ends_line(null_value), "nullValue", "have the end of a line in it"},
        {has(null_value, separator), "nullValue", "have csvParser.separator in it"},
        {!quote.empty() && null_value.starts_with(quote), "nullValue",
         "begin with csvParser.quote"},
    };
    for (const auto& [is_wrong, what, rule] : rules) {
        if (is_wrong) {
            return Error(Code::invalid, fmt::format("csvParser.{} must not {}", what, rule));
        }
    }
    return {};
}

}  // namespace millrace
