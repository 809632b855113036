#include "core/mapping/record_reader.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace millrace::mapping {
namespace {

using testing::ElementsAre;
using testing::Pair;
using Records = std::vector<std::pair<std::uint64_t, std::string>>;

Records read(std::string_view body, RecordForm form, std::string_view content_type = "") {
    RecordReader reader;
    EXPECT_TRUE(reader.begin(body, form, content_type).ok()) << body;
    Records records;
    while (reader.next()) records.emplace_back(reader.number(), reader.record());
    return records;
}

TEST(RecordReaderTest, ASingleRecordIsTheBodyAsItIs) {
    EXPECT_THAT(read(" a\nb\n", RecordForm::single), ElementsAre(Pair(1, " a\nb\n")));
    EXPECT_THAT(read("", RecordForm::single), ElementsAre(Pair(1, "")));
}

TEST(RecordReaderTest, EmptyLinesAreCountedButAreNoRecords) {
    const std::vector<std::pair<std::string, Records>> table = {
        {"", {}},
        {"\n", {}},
        {" \t\r\n\r\n", {}},
        {"1", {{1, "1"}}},
        {"1\n", {{1, "1"}}},
        {"1\n2", {{1, "1"}, {2, "2"}}},
        {"1\r\n2\r\n", {{1, "1"}, {2, "2"}}},
        {"\n1\n\n  \n {\"a\": 2} \n\n", {{2, "1"}, {5, " {\"a\": 2} "}}},
        {"a\rb\n", {{1, "a\rb"}}},
    };
    for (const auto& [body, records] : table)
        EXPECT_EQ(read(body, RecordForm::lines), records) << body;
}

TEST(RecordReaderTest, AByteOrderMarkIsInNoRecord) {
    const std::string mark = "\xef\xbb\xbf";
    EXPECT_EQ(read(mark + "1\n2", RecordForm::lines), (Records{{1, "1"}, {2, "2"}}));
    EXPECT_EQ(read(mark + "\n2", RecordForm::lines), (Records{{2, "2"}}));
    EXPECT_EQ(read(mark, RecordForm::lines), Records{});
    EXPECT_EQ(read(mark + "[1,2]", RecordForm::array), (Records{{1, "1"}, {2, "2"}}));
    EXPECT_EQ(read(mark + "1", RecordForm::single), (Records{{1, mark + "1"}}));
    EXPECT_EQ(read("1\n" + mark + "2", RecordForm::lines), (Records{{1, "1"}, {2, mark + "2"}}))
        << "only the first one";
}

TEST(RecordReaderTest, RecordsOfAnotherCharsetAreUtf8) {
    const std::string latin1 = "application/x-ndjson; charset=latin1";
    EXPECT_EQ(read("\"\xe9\"\n2", RecordForm::lines, latin1),
              (Records{{1, "\"\xc3\xa9\""}, {2, "2"}}));
    EXPECT_EQ(read("[\"\xe9\"]", RecordForm::array, "application/json; charset=windows-1252"),
              (Records{{1, "\"\xc3\xa9\""}}));
    const std::string utf_16(
        "\xff\xfe"
        "1\0\n\0"
        "2\0",
        8);
    EXPECT_EQ(read(utf_16, RecordForm::lines), (Records{{1, "1"}, {2, "2"}}));
    // The body is not looked at again when it has moved.
    RecordReader reader;
    std::string body = "1\n2";
    ASSERT_TRUE(reader.begin(body, RecordForm::lines, latin1).ok());
    ASSERT_TRUE(reader.next());
    std::fill(body.begin(), body.end(), ' ');
    reader.move_to(body);
    ASSERT_TRUE(reader.next());
    EXPECT_EQ(reader.record(), "2");
    EXPECT_GT(reader.bytes(), 0U);
}

TEST(RecordReaderTest, GoesOnWithTheSameBytesAtAnotherPlace) {
    for (const auto form : {RecordForm::lines, RecordForm::array}) {
        SCOPED_TRACE(form == RecordForm::lines ? "lines" : "array");
        std::string body = form == RecordForm::lines ? "1\n\n22\n333" : "[1,22,333]";
        RecordReader reader;
        ASSERT_TRUE(reader.begin(body, form).ok());
        ASSERT_TRUE(reader.next());
        const auto other = body;
        reader.move_to(other);
        std::fill(body.begin(), body.end(), ' ');
        ASSERT_TRUE(reader.next());
        EXPECT_EQ(reader.record(), "22");
        ASSERT_TRUE(reader.next());
        EXPECT_EQ(reader.record(), "333");
        EXPECT_EQ(reader.number(), form == RecordForm::lines ? 4U : 3U);
        EXPECT_FALSE(reader.next());
    }
}

TEST(RecordReaderTest, ItemsOfAnArrayKeepTheirText) {
    const std::vector<std::pair<std::string, Records>> table = {
        {"[]", {}},
        {" [ \n] \n", {}},
        {"[1]", {{1, "1"}}},
        {"[ 1 ,\"]\" ]", {{1, "1"}, {2, "\"]\""}}},
        {R"([{"a":[1,2],"b":"x,]}\""},[],{}])",
         {{1, R"({"a":[1,2],"b":"x,]}\""})"}, {2, "[]"}, {3, "{}"}}},
        {R"(["\\",["\"\\\"",1]])", {{1, R"("\\")"}, {2, R"(["\"\\\"",1])"}}},
        {"[{\"a\" : 1 ,\r\n \"b\": [ ] } ]", {{1, "{\"a\" : 1 ,\r\n \"b\": [ ] }"}}},
    };
    for (const auto& [body, records] : table)
        EXPECT_EQ(read(body, RecordForm::array), records) << body;
}

TEST(RecordReaderTest, WhatIsNoArrayIsRefusedAsAWhole) {
    const std::vector<std::pair<std::string, std::string>> table = {
        {"", "at byte 0: expected a value, found the end of the body"},
        {"{}", "it begins with something else than \"[\""},
        {"[1,]", "at byte 3: expected a value, found \"]\""},
        {"[1 2]", "at byte 3: expected \",\" or \"]\", found \"2\""},
        {"[{\"a\":1]", "at byte 7: expected \",\" or \"}\", found \"]\""},
        {"[1][2]", "at byte 3: expected the end of the body, found \"[\""},
        {"[\"\xff\"]", "at byte 2: the body is not valid UTF-8"},
    };
    RecordReader reader;
    for (const auto& [body, problem] : table) {
        const auto begun = reader.begin(body, RecordForm::array);
        ASSERT_FALSE(begun.ok()) << body;
        EXPECT_EQ(begun.error().code(), Code::invalid);
        EXPECT_EQ(begun.error().name(), "stream.in.invalidJson");
        EXPECT_EQ(begun.error().client_text(), "The body is not a JSON array: " + problem);
    }
}

TEST(RecordReaderTest, IsUsedAgainAfterAnError) {
    RecordReader reader;
    ASSERT_TRUE(reader.begin("[1,2]", RecordForm::array).ok());
    ASSERT_TRUE(reader.next());
    ASSERT_FALSE(reader.begin("[", RecordForm::array).ok());
    ASSERT_TRUE(reader.begin("a\nb", RecordForm::lines).ok());
    ASSERT_TRUE(reader.next());
    EXPECT_EQ(reader.record(), "a");
    EXPECT_EQ(reader.number(), 1U);
}

}  // namespace
}  // namespace millrace::mapping
