#include "api/kafka/message_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/avro_writer.h"
#include "tests/support/clocks.h"
#include "tests/unit/api/kafka/fake_registry.h"

namespace millrace::kafka {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// The records, and "!" with the error of those that are none.
std::vector<std::string> records_of(const KafkaSettings& settings, std::string_view value,
                                    MessageSchemas* schemas = nullptr) {
    MessageDecoder decoder(settings, schemas);
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

TEST(MessageDecoderTest, OnlyAnObjectIsARecordWhereFieldsAreWanted) {
    const KafkaSettings settings{.only_objects = true};
    for (const auto* const object : {"{}", " \t\r\n{\"a\": 1}"}) {
        EXPECT_THAT(records_of(settings, object), ElementsAre(object));
    }
    for (const auto* const other : {"[1]", "\"str\"", "null", " 1", "true", " "}) {
        EXPECT_THAT(records_of(settings, other), ElementsAre(HasSubstr("not a JSON object")))
            << other;
    }
    MessageDecoder decoder(settings, nullptr);
    decoder.begin_null();
    EXPECT_TRUE(decoder.next().value()) << "a message without a value";
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

TEST(MessageDecoderTest, AvroBecomesJsonByTheSchemaOfTheSettings) {
    using testing_support::avro_number;
    using testing_support::avro_text;
    KafkaSettings settings{.format = Format::avro,
                           .avro_schema = R"({"type":"record","name":"r","fields":[
            {"name":"n","type":"int"},
            {"name":"t","type":{"type":"long","logicalType":"timestamp-millis"}}]})"};
    const auto value = avro_number(7) + avro_number(0);
    EXPECT_THAT(records_of(settings, value),
                ElementsAre(R"({"n":7,"t":"1970-01-01T00:00:00.000000Z"})"));
    settings.avro_times = AvroTimes::millis;
    settings.skip_bytes = 5;
    EXPECT_THAT(records_of(settings, "12345" + value), ElementsAre(R"({"n":7,"t":0})"));
    EXPECT_THAT(records_of(settings, "1234"), ElementsAre(HasSubstr("fewer than the 5 bytes")));
    EXPECT_THAT(records_of(settings, "12345"), ElementsAre(HasSubstr("is none")));
    settings = {.format = Format::avro,
                .records = Records::array,
                .avro_schema = R"({"type":"array","items":"string"})"};
    EXPECT_THAT(records_of(settings, avro_number(2) + avro_text("a") + avro_text("b") + '\0'),
                ElementsAre("\"a\"", "\"b\""));
}

// Goal    the schema that a message was written with counts, whatever it was for those before.
TEST(MessageDecoderTest, AvroOfConfluentIsReadByTheSchemaOfItsId) {
    using testing_support::avro_number;
    using testing_support::avro_text;
    test::ManualClock clock;
    FakeRegistry registry;
    MessageSchemas schemas(clock, registry.open({}));
    const KafkaSettings settings{.format = Format::confluent_avro};
    const auto record = [](const std::string& fields) {
        return R"({"schema":"{\"type\":\"record\",\"name\":\"r\",\"fields\":[)" + fields +
               R"(]}"})";
    };
    const std::string number = R"({\"name\":\"n\",\"type\":\"int\"})";
    registry.put("schemas/ids/7", record(number));
    registry.put(
        "schemas/ids/4294967295",
        record(R"({\"name\":\"n\",\"type\":\"string\"},{\"name\":\"m\",\"type\":\"int\"})"));
    const auto head = [](std::string_view id) { return std::string(1, '\0') + std::string(id); };
    const auto seven = head(std::string_view("\0\0\0\7", 4));
    EXPECT_THAT(records_of(settings, seven + avro_number(1), &schemas), ElementsAre(R"({"n":1})"));
    EXPECT_THAT(
        records_of(settings, head("\xff\xff\xff\xff") + avro_text("1") + avro_number(2), &schemas),
        ElementsAre(R"({"n":"1","m":2})"));
    EXPECT_THAT(records_of(settings, head("abcd") + "x", &schemas),
                ElementsAre(HasSubstr("no schemas/ids/1633837924")));
    EXPECT_THAT(records_of(settings, "{\"n\":1}", &schemas), ElementsAre(HasSubstr("zero byte")));
    EXPECT_THAT(records_of(settings, std::string_view("\0\0\0\7", 4), &schemas),
                ElementsAre(HasSubstr("zero byte")));
    EXPECT_THAT(records_of(settings, seven, &schemas), ElementsAre(HasSubstr("is none")));

    MessageDecoder decoder(settings, &schemas);
    registry.set_away(true);
    EXPECT_EQ(decoder.begin(head("dcba") + "x").error().code(), Code::unavailable);
    EXPECT_TRUE(decoder.begin(seven + avro_number(1)).ok());
}

TEST(MessageDecoderTest, AKeyOfAvroIsItsJsonAndATextWithoutQuotes) {
    using testing_support::avro_number;
    using testing_support::avro_text;
    test::ManualClock clock;
    FakeRegistry registry;
    MessageSchemas schemas(clock, registry.open({}));
    registry.put("schemas/ids/1", R"({"schema":"\"string\""})");
    registry.put("schemas/ids/2", R"({"schema":"\"long\""})");
    registry.put(
        "schemas/ids/3",
        R"({"schema":"{\"type\":\"record\",\"name\":\"r\",\"fields\":[{\"name\":\"n\",\"type\":\"int\"}]}"})");
    MessageDecoder decoder({.key_format = KeyFormat::confluent_avro}, &schemas);
    const auto key = [](char id, const std::string& datum) {
        return std::string(4, '\0') + id + datum;
    };
    EXPECT_EQ(decoder.decode_key(key(1, avro_text("a \"b\"\n"))).value(), "a \"b\"\n");
    EXPECT_EQ(decoder.decode_key(key(1, avro_text(""))).value(), "");
    EXPECT_EQ(decoder.decode_key(key(2, avro_number(-7))).value(), "-7");
    EXPECT_EQ(decoder.decode_key(key(3, avro_number(7))).value(), R"({"n":7})");
    EXPECT_THAT(decoder.decode_key("7").error().client_text(),
                HasSubstr("key of the message does not begin with a zero byte"));
    EXPECT_THAT(decoder.decode_key(key(2, "")).error().client_text(), HasSubstr("the key: "));
    EXPECT_EQ(decoder.decode_key(key(9, "")).error().code(), Code::invalid);
    registry.set_away(true);
    EXPECT_EQ(decoder.decode_key(key(8, "")).error().code(), Code::unavailable);
    EXPECT_EQ(MessageDecoder({}, nullptr).decode_key("7").value(), "7");
}

TEST(MessageDecoderTest, AvroOfLinkedinIsReadByTheSchemaOfItsDigest) {
    test::ManualClock clock;
    FakeRegistry registry;
    MessageSchemas schemas(clock, registry.open({}));
    registry.put("id=6161616161616161616161616161616a", "\"string\"");
    const auto value =
        std::string(1, '\0') + "aaaaaaaaaaaaaaaj" + testing_support::avro_text("text");
    EXPECT_THAT(records_of({.format = Format::linkedin_avro}, value, &schemas),
                ElementsAre("\"text\""));
}

TEST(MessageDecoderTest, NoValueIsTheRecordNullInEveryFormat) {
    for (const auto format : {Format::json, Format::csv, Format::avro, Format::confluent_json}) {
        KafkaSettings settings{
            .format = format, .csv = {.columns = {"a", "b"}}, .avro_schema = "\"int\""};
        MessageDecoder decoder(settings, nullptr);
        decoder.begin_null();
        ASSERT_TRUE(decoder.next().value());
        EXPECT_EQ(decoder.record(), "null");
        EXPECT_FALSE(decoder.next().value());
    }
}

}  // namespace
}  // namespace millrace::kafka
