#include "api/stream_load/statement_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace millrace::stream_load {
namespace {

using testing::HasSubstr;
using Pairs = std::vector<std::pair<std::string, std::string>>;

constexpr const char* kSql =
    "insert into db.t (a) select c1 from http_stream(\"format\"=\"csv\", "
    "\"column_separator\"=\",\", \"skip_lines\"=\"2\")";

http::SentHeaders list(const Pairs& pairs) {
    std::vector<http::Header> headers;
    for (const auto& [name, value] : pairs) headers.push_back({.name = name, .value = value});
    return http::SentHeaders(std::move(headers));
}

TEST(StatementRequestTest, PropertiesAreHeaders) {
    LoadRequest request;
    const Pairs pairs = {{"sql", kSql},
                         {"label", "l"},
                         {"two_phase_commit", "true"},
                         {"format", "csv"},
                         {"max_filter_ratio", "0.5"}};
    const auto read = read_statement_headers(list(pairs), request);
    ASSERT_TRUE(read.ok()) << read.error().client_text();
    const auto& csv = std::get<bulk::CsvFormat>(request.format);
    EXPECT_EQ(csv.column_separator, ",");
    EXPECT_EQ(csv.skip_lines, 2U);
    EXPECT_EQ(request.label, "l");
    EXPECT_TRUE(request.two_phase_commit);
    EXPECT_EQ(request.mapping.max_filter_ratio, 0.5);
    EXPECT_EQ(request.statement.value().table, "t");
}

TEST(StatementRequestTest, TheLabelOfTheStatementIsThatOfTheLoad) {
    LoadRequest request;
    const Pairs pairs = {{"sql", "insert into db.t with label x select * from http_stream()"}};
    ASSERT_TRUE(read_statement_headers(list(pairs), request).ok());
    EXPECT_EQ(request.label, "x");
}

TEST(StatementRequestTest, WhatIsSaidTwiceOrElsewhereIsRefused) {
    const std::string stream = "insert into db.t (a) select c1 from http_stream(";
    const std::vector<std::pair<Pairs, std::string>> table = {
        {{}, "the header 'sql' is missing"},
        {{{"sql", kSql}, {"sql", kSql}}, "more than once"},
        {{{"sql", "select 1"}}, "INSERT is expected"},
        {{{"sql", kSql}, {"columns", "a"}}, "'columns' is not there in a load by SQL"},
        {{{"sql", kSql}, {"where", "a"}}, "please say it by WHERE"},
        {{{"sql", kSql}, {"merge_type", "MERGE"}}, "'merge_type' is not there"},
        {{{"sql", stream + "\"jsonpaths\"=\"[]\")"}}, "'jsonpaths' is not there"},
        {{{"sql", stream + "\"uri\"=\"x\")"}}, "Unknown property of http_stream: uri"},
        {{{"sql", stream + "\"format\"=\"CSV_with_names\")"}}, "skip_lines"},
        {{{"sql", stream + "\"format\"=\"orc\")"}}, "orc cannot be loaded"},
        {{{"sql", kSql}, {"column_separator", ";"}}, "is ;, and the statement says ,"},
        {{{"sql", "insert into db.t with label x select * from http_stream()"}, {"label", "y"}},
         "the header 'label' is y, and the statement says x"},
    };
    for (const auto& [pairs, text] : table) {
        LoadRequest request;
        const auto read = read_statement_headers(list(pairs), request);
        ASSERT_FALSE(read.ok()) << text;
        EXPECT_THAT(read.error().client_text(), HasSubstr(text));
    }
}

TEST(StatementRequestTest, AWrongStatementIsAnsweredUnderItsLabel) {
    LoadRequest request;
    EXPECT_FALSE(read_statement_headers(list({{"sql", "nothing"}, {"label", "l"}}), request).ok());
    EXPECT_EQ(request.label, "l");
    EXPECT_FALSE(request.statement);
}

}  // namespace
}  // namespace millrace::stream_load
