#include "api/kafka/kafka_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::kafka {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

KafkaSettings some_settings() {
    return {.brokers = "a:9092,b", .topic = "orders"};
}

TEST(KafkaSettingsTest, DetailsAreReadAsTheyWerePrinted) {
    auto settings = some_settings();
    EXPECT_EQ(parse_details(print_details(settings)).value(), settings);
    settings.format = Format::csv;
    settings.records = Records::lines;
    settings.start_from = {.place = StartFrom::Place::time, .time = WallTime{1'767'225'600'000}};
    settings.csv = {.columns = {"a", "b"}, .delimiter = ';'};
    settings.on_out_of_range = OnOutOfRange::fail;
    settings.on_rejects_full = OnRejectsFull::skip;
    settings.on_null = OnNull::record;
    settings.on_unknown_topic = OnUnknownTopic::create;
    settings.group = "g";
    settings.commit_offsets = false;
    settings.only_objects = true;
    settings.paused = true;
    settings.freshness = Milliseconds(500);
    settings.properties = {{"fetch.wait.max.ms", "10"}};
    settings.secrets = {{"sasl.password", "hunter2"}};
    settings.generation = 3;
    EXPECT_EQ(parse_details(print_details(settings)).value(), settings);
    EXPECT_THAT(print_answer(settings), testing::Not(HasSubstr("hunter2")));
    EXPECT_THAT(print_answer(settings), HasSubstr("\"sasl.password\":\"***\""));
}

TEST(KafkaSettingsTest, AvroAndItsRegistryAreKept) {
    auto settings = some_settings();
    settings.format = Format::avro;
    settings.avro_schema = R"({"type":"record","name":"r","fields":[]})";
    settings.avro_times = AvroTimes::raw;
    settings.skip_bytes = 5;
    EXPECT_THAT(problems_of(settings), IsEmpty());
    EXPECT_EQ(parse_details(print_details(settings)).value(), settings);
    for (const auto* url : {"http://r", "https://r.example:8081/api/ccompat", "http://[::1]:8081",
                            "http://a:1,https://b:2/x"}) {
        settings.format = Format::confluent_avro;
        settings.registry_url = url;
        EXPECT_THAT(problems_of(settings), IsEmpty()) << url;
    }
    settings.key_format = KeyFormat::confluent_avro;
    EXPECT_THAT(problems_of(settings), IsEmpty());
    EXPECT_EQ(parse_details(print_details(settings)).value(), settings);
}

TEST(KafkaSettingsTest, BrokenDetailsAreCorrupt) {
    for (const auto* text : {"", "[]", "{}", "{\"brokers\":1,\"topic\":\"t\"}",
                             "{\"brokers\":\"b\",\"topic\":\"t\",\"format\":\"xml\"}"}) {
        const auto parsed = parse_details(text);
        ASSERT_FALSE(parsed.ok()) << text;
        EXPECT_EQ(parsed.error().code(), Code::corrupt);
    }
}

TEST(KafkaSettingsTest, WhatIsWrongIsSaidWithItsField) {
    struct Case {
        std::function<void(KafkaSettings&)> change;
        const char* problem;
    };
    const Case cases[] = {
        {[](auto& s) { s.brokers = ""; }, "brokers"},
        {[](auto& s) { s.brokers = "a:0"; }, "brokers"},
        {[](auto& s) { s.brokers = "a:9092,"; }, "brokers"},
        {[](auto& s) { s.brokers = "http://a:9092"; }, "brokers"},
        {[](auto& s) { s.topic = ""; }, "topic"},
        {[](auto& s) { s.topic = "^orders"; }, "not a pattern"},
        {[](auto& s) { s.topic = std::string(250, 't'); }, "topic"},
        {[](auto& s) { s.format = Format::csv; }, "csv.columns"},
        {[](auto& s) { s.format = Format::avro; }, "avroSchema must be"},
        {[](auto& s) {
             s.format = Format::avro;
             s.avro_schema = "{}";
         },
         "avroSchema: The Avro schema has a type that is none"},
        {[](auto& s) {
             s.format = Format::avro;
             s.avro_schema = "\"int\"";
             s.skip_bytes = 2000;
         },
         "skipBytes"},
        {[](auto& s) { s.format = Format::confluent_avro; }, "registryUrl must be"},
        {[](auto& s) {
             s.format = Format::linkedin_avro;
             s.registry_url = "http://r";
             s.records = Records::lines;
         },
         "\"lines\" is not for"},
        {[](auto& s) { s.key_format = KeyFormat::confluent_avro; }, "registry of the keyFormat"},
        {[](auto& s) {
             s.format = Format::linkedin_avro;
             s.registry_url = "http://r";
             s.key_format = KeyFormat::confluent_avro;
         },
         "is not for the format \"linkedinAvro\""},
        {[](auto& s) { s.registry_url = "r:8081"; }, "http://"},
        {[](auto& s) { s.registry_url = "http://me:secret@r:8081"; }, "user.info"},
        {[](auto& s) { s.registry_url = "http://r:8081,"; }, "http://"},
        {[](auto& s) { s.registry_url = "http://r:0"; }, "separated by commas"},
        {[](auto& s) { s.registry_url = "http://[::1"; }, "separated by commas"},
        {[](auto& s) { s.registry_url = "http://r/a b"; }, "separated by commas"},
        {[](auto& s) { s.registry_url = "http://r/?a"; }, "\"?\""},
        {[](auto& s) { s.freshness = Milliseconds(1); }, "freshnessMs"},
        {[](auto& s) { s.properties["plugin.library.paths"] = "x"; }, "loads code"},
        {[](auto& s) { s.properties["ssl.key.location"] = "x"; }, "ssl.key.pem"},
        {[](auto& s) { s.properties["unknown"] = "x"; }, "unknown"},
    };
    EXPECT_THAT(problems_of(some_settings()), IsEmpty());
    for (const auto& [change, problem] : cases) {
        auto settings = some_settings();
        change(settings);
        EXPECT_THAT(problems_of(settings), Contains(HasSubstr(problem)));
    }
}

TEST(KafkaSettingsTest, PlacesToStartFrom) {
    EXPECT_EQ(parse_start("earliest"), StartFrom());
    EXPECT_EQ(parse_start("latest")->place, StartFrom::Place::latest);
    const StartFrom time{.place = StartFrom::Place::time, .time = WallTime{1'767'225'600'000}};
    EXPECT_EQ(parse_start("2026-01-01T00:00:00Z"), time);
    EXPECT_EQ(parse_start("2026-01-01T00:00:00.000Z"), time);
    EXPECT_EQ(parse_start(to_string(time)), time);
    for (const auto* text : {"", "smallest", "2026", "2026-13-01T00:00:00Z"}) {
        EXPECT_FALSE(parse_start(text)) << text;
    }
}

}  // namespace
}  // namespace millrace::kafka
