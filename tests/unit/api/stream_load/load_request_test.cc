#include "api/stream_load/load_request.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace millrace::stream_load {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

http::SentHeaders list(const Pairs& pairs) {
    std::vector<http::Header> headers;
    for (const auto& [name, value] : pairs) headers.push_back({.name = name, .value = value});
    return http::SentHeaders(std::move(headers));
}

LoadRequest read(const Pairs& pairs) {
    LoadRequest request;
    const auto result = read_load_headers(list(pairs), request);
    EXPECT_TRUE(result.ok()) << result.error().client_text();
    return request;
}

std::string refusal(const Pairs& pairs) {
    LoadRequest request;
    const auto result = read_load_headers(list(pairs), request);
    return result.ok() ? "" : result.error().client_text();
}

TEST(LoadRequestTest, WithoutHeadersItIsTabSeparatedCsv) {
    const auto request = read({{"Host", "x"}, {"Expect", "100-continue"}});
    const auto& csv = std::get<bulk::CsvFormat>(request.format);
    EXPECT_EQ(csv.column_separator, "\t");
    EXPECT_EQ(csv.line_delimiter, "\n");
    EXPECT_EQ(csv.skip_lines, 0U);
    EXPECT_FALSE(request.two_phase_commit);
    EXPECT_FALSE(request.time);
    EXPECT_TRUE(request.mapping.columns.empty());
    EXPECT_EQ(request.mapping.max_filter_ratio, 0.0);
    EXPECT_EQ(request.warning, "");
}

TEST(LoadRequestTest, NamesAreReadInAnyCase) {
    const auto request = read({{"Label", "a:b_1-2"},
                               {"Column_separator", ","},
                               {"COLUMNS", "a,b=a+1"},
                               {"Two_Phase_Commit", "TRUE"},
                               {"timeout", "60"},
                               {"comment", "why"},
                               {"max_filter_ratio", "0.5"},
                               {"strict_mode", "true"},
                               {"time_zone", "+08:00"},
                               {"where", "a > 1"},
                               {"merge_type", "Merge"},
                               {"delete", "del=1"},
                               {"function_column.sequence_col", "seq"},
                               {"hidden_columns", "__DORIS_DELETE_SIGN__,__DORIS_SEQUENCE_COL__"},
                               {"partial_columns", "true"},
                               {"compress_type", "GZ"},
                               {"Content-Encoding", "gzip"}});
    EXPECT_EQ(request.label, "a:b_1-2");
    EXPECT_EQ(std::get<bulk::CsvFormat>(request.format).column_separator, ",");
    EXPECT_TRUE(request.two_phase_commit);
    EXPECT_EQ(request.time, std::chrono::seconds(60));
    EXPECT_EQ(request.comment, "why");
    EXPECT_EQ(request.compress_type, "gz");
    EXPECT_EQ(request.content_encoding, "gzip");
    const auto& mapping = request.mapping;
    EXPECT_EQ(mapping.columns.size(), 2U);
    EXPECT_EQ(mapping.hidden_columns.size(), 2U);
    EXPECT_EQ(mapping.max_filter_ratio, 0.5);
    EXPECT_TRUE(mapping.strict);
    EXPECT_TRUE(mapping.partial_columns);
    EXPECT_EQ(mapping.time_zone, "+08:00");
    EXPECT_EQ(mapping.where, "a > 1");
    EXPECT_EQ(mapping.merge, bulk::MergeType::merge);
    EXPECT_EQ(mapping.delete_condition, "del=1");
    EXPECT_EQ(mapping.sequence_column, "seq");
}

TEST(LoadRequestTest, JsonIsReadByLineUnlessOneOfBothSaysOtherwise) {
    struct Case {
        Pairs headers;
        bool by_line;
        bool strip;
    };
    for (const auto& [headers, by_line, strip] : std::vector<Case>{
             {.headers = {}, .by_line = true, .strip = false},
             {.headers = {{"strip_outer_array", "true"}}, .by_line = false, .strip = true},
             {.headers = {{"strip_outer_array", "false"}}, .by_line = false, .strip = false},
             {.headers = {{"read_json_by_line", "true"}}, .by_line = true, .strip = false},
             {.headers = {{"read_json_by_line", "no"}}, .by_line = false, .strip = false},
         }) {
        auto all = headers;
        all.emplace_back("format", "JSON");
        all.emplace_back("jsonpaths", R"(["$.id","$.a.b[0]"])");
        const auto request = read(all);
        const auto& json = std::get<bulk::JsonFormat>(request.format);
        EXPECT_EQ(json.by_line, by_line);
        EXPECT_EQ(json.strip_outer_array, strip);
        EXPECT_EQ(json.paths, (std::vector<std::string>{"$.id", "$.a.b[0]"}));
    }
}

TEST(LoadRequestTest, ParquetIsAFormatOfItsOwnInAnyCase) {
    for (const auto* format : {"parquet", "Parquet", "PARQUET"}) {
        const auto request = read({{"format", format}});
        EXPECT_TRUE(std::holds_alternative<bulk::ParquetFormat>(request.format)) << format;
    }
}

TEST(LoadRequestTest, HeaderLinesOfCsvAreSkippedWhateverSkipLinesSays) {
    const auto lines = [](const std::string& format) {
        const auto request = read({{"format", format}, {"skip_lines", "3"}});
        return std::get<bulk::CsvFormat>(request.format).skip_lines;
    };
    EXPECT_EQ(lines("csv"), 3U);
    EXPECT_EQ(lines("csv_with_names"), 1U);
    EXPECT_EQ(lines("CSV_with_names_and_types"), 2U);
}

TEST(LoadRequestTest, WrongValuesAreRefusedInTheWordsOfDoris) {
    struct Case {
        Pairs headers;
        std::string wanted;
    };
    for (const auto& [headers, wanted] : std::vector<Case>{
             {{{"skip_lines", "-3"}}, "[INVALID_ARGUMENT]Invalid 'skip_lines': -3"},
             {{{"timeout", "abc"}}, "[INVALID_ARGUMENT]Invalid format of 'timeout': 'abc', stoi"},
             {{{"timeout", "0"}}, "Invalid timeout: 0"},
             {{{"format", "txt"}}, "unknown data format, format=txt"},
             {{{"format", "orc"}},
              "data of the format orc cannot be loaded, please send csv, json or parquet"},
             {{{"compress_type", "lzo"}}, "compress_type lzo is not supported"},
             {{{"compress_type", "rar"}}, "unknown compress_type"},
             {{{"merge_type", "other"}}, "Invalid merge type other"},
             {{{"merge_type", "MERGE"}}, "Excepted DELETE ON clause when merge type is MERGE."},
             {{{"delete", "a=1"}}, "Not support DELETE ON clause when merge type is not MERGE."},
             {{{"strict_mode", "yes"}}, "Invalid strict mode format. Must be bool type"},
             {{{"send_batch_parallelism", "a"}}, "send_batch_parallelism must be an integer, stoi"},
             {{{"send_batch_parallelism", "21474836471"}},
              "send_batch_parallelism out of range, stoi"},
             {{{"send_batch_parallelism", "-1"}}, ""},
             {{{"exec_mem_limit", "2GB"}}, "Invalid mem limit format"},
             {{{"group_commit", "some"}},
              "group_commit can only be [async_mode, sync_mode, off_mode]"},
             {{{"partitions", "a"}, {"temporary_partitions", "b"}},
              "Can not specify both partitions and temporary partitions"},
             {{{"enclose", "ab"}}, "enclose must be single-char, actually is ab"},
             {{{"escape", "ab"}}, "escape must be single-char, actually is ab"},
             {{{"column_separator", ""}}, "Column separator is null or empty"},
             {{{"line_delimiter", "\\xz"}}, "Hex str length error"},
             {{{"max_filter_ratio", "2"}}, "Invalid max_filter_ratio: '2'"},
             {{{"max_filter_ratio", "nan"}}, "Invalid max_filter_ratio"},
             {{{"format", "json"}, {"jsonpaths", "$.a"}}, "Invalid json path: $.a"},
             {{{"label", std::string(129, 'x')}}, "Label format error"},
             {{{"label", "a b"}}, "Label format error"},
             {{{"label", "a"}, {"Label", "b"}}, "the header 'label' is given more than once"},
             {{{"columns", "a,"}}, "Syntax error in columns"},
             {{{"negative", "true"}}, "[NOT_IMPLEMENTED_ERROR]negative"},
             {{{"unique_key_update_mode", "UPDATE_FLEXIBLE_COLUMNS"}},
              "[NOT_IMPLEMENTED_ERROR]unique_key_update_mode"},
             {{{"partial_update_new_key_behavior", "ERROR"}},
              "[NOT_IMPLEMENTED_ERROR]partial_update_new_key_behavior"},
         }) {
        const auto got = refusal(headers);
        EXPECT_NE(got.find(wanted), std::string::npos) << headers[0].first << ": " << got;
        EXPECT_EQ(got.empty(), wanted.empty()) << headers[0].first;
    }
}

TEST(LoadRequestTest, GroupCommitIsOffWhereDorisSwitchesItOff) {
    const auto mode = [](Pairs more) {
        more.emplace_back("group_commit", "Sync_Mode");
        return read(more).group_commit;
    };
    EXPECT_EQ(mode({}), GroupCommit::sync_mode);
    EXPECT_EQ(mode({{"label", "a"}}), GroupCommit::sync_mode);
    EXPECT_EQ(mode({{"two_phase_commit", "true"}}), GroupCommit::off);
    EXPECT_EQ(mode({{"partial_columns", "true"}}), GroupCommit::off);
}

TEST(LoadRequestTest, ANameThatIsNearToAKnownOneIsTold) {
    EXPECT_NE(read({{"column_sepatator", ","}}).warning.find("did you mean 'column_separator'?"),
              std::string::npos);
    EXPECT_NE(read({{"column-separator", ","}}).warning.find("'column_separator'"),
              std::string::npos);
    EXPECT_EQ(read({{"User-Agent", "x"},
                    {"Accept", "x"},
                    {"Expect", "x"},
                    {"Accept-Encoding", "x"},
                    {"Content-Type", "x"},
                    {"Transfer-Encoding", "chunked"},
                    {"Connection", "x"},
                    {"X-Anything", "x"},
                    {"db", "x"},
                    {"table", "x"},
                    {"Authorization", "x"}})
                  .warning,
              "");
}

}  // namespace
}  // namespace millrace::stream_load
