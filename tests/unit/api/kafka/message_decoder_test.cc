#include "api/kafka/message_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::kafka {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// The records, and "!" with the error of those that are none.
std::vector<std::string> records_of(const KafkaSettings& settings, std::string_view value) {
    MessageDecoder decoder(settings);
    if (const auto begun = decoder.begin(value); !begun.ok()) {
        return {"!" + begun.error().client_text()};
    }
    std::vector<std::string> records;
    while (true) {
        const auto next = decoder.next();
        if (next.ok() && !next.value()) return records;
        records.push_back(next.ok() ? std::string(decoder.record())
                                    : "!" + next.error().client_text());
    }
}

TEST(MessageDecoderTest, AValueIsARecordOrSeveral) {
    EXPECT_THAT(records_of({}, "{\"a\": 1}"), ElementsAre("{\"a\": 1}"));
    EXPECT_THAT(records_of({.records = Records::lines}, "1\n\n2"), ElementsAre("1", "2"));
    EXPECT_THAT(records_of({.records = Records::array}, "[1,{}]"), ElementsAre("1", "{}"));
    EXPECT_THAT(records_of({.records = Records::array}, "{"), ElementsAre(HasSubstr("!")));
    EXPECT_THAT(records_of({.format = Format::text}, "any\n"), ElementsAre("any\n"));
}

TEST(MessageDecoderTest, JsonOfConfluentHasTheIdOfASchemaInFront) {
    const KafkaSettings settings{.format = Format::confluent_json};
    EXPECT_THAT(records_of(settings, std::string_view("\0\0\0\0\7{}", 7)), ElementsAre("{}"));
    EXPECT_THAT(records_of(settings, "{\"a\":1}"), ElementsAre(HasSubstr("zero byte")));
    EXPECT_THAT(records_of(settings, std::string_view("\0\0", 2)), ElementsAre(HasSubstr("!")));
}

TEST(MessageDecoderTest, CsvBecomesAnObject) {
    KafkaSettings settings{.format = Format::csv, .csv = {.columns = {"a", "b"}}};
    EXPECT_THAT(records_of(settings, "1,x\r\n"), ElementsAre(R"({"a":"1","b":"x"})"));
    EXPECT_THAT(records_of(settings, R"("1,""2",)"), ElementsAre(R"({"a":"1,\"2","b":""})"));
    EXPECT_THAT(records_of(settings, "1"), ElementsAre("!CSV: there are 1 cells for 2 columns"));
    EXPECT_THAT(records_of(settings, "1,2,3"), ElementsAre("!CSV: there are more than 2 cells"));
    EXPECT_THAT(records_of(settings, "\"1"), ElementsAre("!CSV: a quote is open"));
    EXPECT_THAT(records_of(settings, "\"1\"x,2"),
                ElementsAre("!CSV: there is text behind a closing quote"));
    settings.records = Records::lines;
    EXPECT_THAT(records_of(settings, "1,2\nbad\n3,4"),
                ElementsAre(R"({"a":"1","b":"2"})", HasSubstr("!"), R"({"a":"3","b":"4"})"));
}

}  // namespace
}  // namespace millrace::kafka
