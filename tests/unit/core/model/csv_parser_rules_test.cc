#include "core/model/csv_parser_rules.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace millrace {
namespace {

std::string refusal(const CsvParser& of_table, const CsvParser& configured = {}) {
    const auto checked = check_csv_together(configured, of_table);
    return checked.ok() ? "" : checked.error().client_text();
}

TEST(CsvParserRulesTest, WhatCannotBeToldApartIsRefused) {
    const struct {
        CsvParser parser;
        std::string_view said;
    } cases[] = {
        {{}, ""},
        {{.separator = "\\t"}, ""},
        {{.separator = "\\x01", .line_separator = "\\x02"}, ""},
        {{.separator = "||", .line_separator = "\\r\\n"}, ""},
        {{.quote = "none", .escape = "none"}, ""},
        {{.quote = "'", .escape = "\\", .null_value = "\\N"}, ""},
        {{.separator = "\""}, "csvParser.separator must not have csvParser.quote in it"},
        {{.separator = "|\"|"}, "csvParser.separator must not have csvParser.quote in it"},
        {{.separator = "\"", .quote = "none"}, ""},
        {{.separator = ";", .quote = ";"},
         "csvParser.separator must not have csvParser.quote in it"},
        {{.separator = "\\\\", .escape = "\\"},
         "csvParser.separator must not have csvParser.escape in it"},
        {{.separator = "\\n"}, "csvParser.separator must not have the end of a line in it"},
        {{.separator = ";\\r"}, "csvParser.separator must not have the end of a line in it"},
        {{.separator = "\\n", .line_separator = "\\n"},
         "csvParser.separator must not have the end of a line in it"},
        {{.separator = "\\n", .line_separator = ";"}, ""},
        {{.line_separator = ","}, "csvParser.separator must not have the end of a line in it"},
        {{.line_separator = ",\\n"},
         "csvParser.lineSeparator must not have csvParser.separator in it"},
        {{.line_separator = "\"\\n"},
         "csvParser.lineSeparator must not have csvParser.quote in it"},
        {{.escape = "\\", .line_separator = "\\\\"},
         "csvParser.lineSeparator must not have csvParser.escape in it"},
        {{.null_value = "a,b"}, "csvParser.nullValue must not have csvParser.separator in it"},
        {{.null_value = "\n"}, "csvParser.nullValue must not have the end of a line in it"},
        {{.null_value = "\"\""}, "csvParser.nullValue must not begin with csvParser.quote"},
    };
    for (const auto& [parser, said] : cases) {
        SCOPED_TRACE(parser.separator.value_or(",") + " " + parser.quote.value_or("") + " " +
                     parser.line_separator.value_or("") + " " + parser.null_value.value_or(""));
        EXPECT_EQ(refusal(parser), said);
        EXPECT_EQ(refusal({}, parser), said) << "of the configuration";
        const auto alone = check_csv_parser(parser);
        EXPECT_EQ(alone.ok() ? "" : alone.error().client_text(), said);
    }
}

TEST(CsvParserRulesTest, ATableAndTheConfigurationMustGoTogether) {
    EXPECT_EQ(refusal({.separator = "'"}, {.quote = "'"}),
              "csvParser.separator must not have csvParser.quote in it");
    EXPECT_EQ(refusal({.separator = "\""}, {.quote = "none"}), "");
}

}  // namespace
}  // namespace millrace
