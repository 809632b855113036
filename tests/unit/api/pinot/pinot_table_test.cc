#include "api/pinot/pinot_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/api/pinot/pinot_documents.h"

namespace millrace::pinot {
namespace {

using testing::AnyOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr WallTime kNow{1'767'323'045'000};

PinotTable read(const Json& document, PinotFindings& findings,
                const kafka::KafkaSettings* before = nullptr) {
    return read_pinot_table(document, before, kNow, findings);
}

Json transcript() {
    return Json::parse(kTranscriptTable);
}

Json& streams(Json& table) {
    return table["tableIndexConfig"]["streamConfigs"];
}

// The guide's table with one key of its stream.
Json with_stream(const std::string& key, const Json& value) {
    auto table = transcript();
    streams(table).erase("realtime.segment.flush.threshold.rows");
    streams(table)[key] = value;
    return table;
}

TEST(PinotTableTest, ReadsTheGuidesTableWithoutAWord) {
    PinotFindings findings;
    const auto table = read(transcript(), findings);
    EXPECT_THAT(findings.errors(), IsEmpty());
    EXPECT_THAT(findings.warnings(), IsEmpty());
    EXPECT_TRUE(findings.unrecognized_properties().empty());
    EXPECT_EQ(table.name, "transcript");
    EXPECT_EQ(table.time_column, "timestamp");
    const auto& kafka = table.stream.kafka;
    EXPECT_EQ(kafka.topic, "transcript-topic");
    EXPECT_EQ(kafka.brokers, "localhost:9876");
    EXPECT_EQ(kafka.format, kafka::Format::json);
    EXPECT_TRUE(kafka.only_objects) << "[1] is no row of defaults";
    EXPECT_EQ(kafka.start_from.place, kafka::StartFrom::Place::earliest);
    EXPECT_EQ(table.stream.flush_time, Milliseconds(3'600'000));
    EXPECT_EQ(table.stream.flush_rows, 50'000U);
}

TEST(PinotTableTest, TheNewPlaceOfTheStreamIsAsGoodAsTheOld) {
    auto document = transcript();
    document["ingestionConfig"]["streamIngestionConfig"]["streamConfigMaps"] =
        Json::array({streams(document)});
    PinotFindings both;
    read(document, both);
    EXPECT_THAT(both.errors(),
                Contains(HasSubstr("Should not use indexingConfig#getStreamConfigs")));
    document["tableIndexConfig"].erase("streamConfigs");
    PinotFindings findings;
    const auto table = read(document, findings);
    EXPECT_THAT(findings.errors(), IsEmpty());
    EXPECT_EQ(table.stream.kafka.topic, "transcript-topic");
}

TEST(PinotTableTest, SaysWhatIsWrongInPinotsWords) {
    struct Case {
        const char* pointer;  // what is changed
        Json value;           // null: removed
        std::string error;
    };
    for (const auto& [pointer, value, error] : std::vector<Case>{
             {"/tableName", nullptr, "'tableName' cannot be null or empty"},
             {"/tableName", "a b", "space characters"},
             {"/tableName", "a__b", "double underscore"},
             {"/tableName", "db.t", "there is one database"},
             {"/tableType", "OFFLINE", "'tableType' OFFLINE is not supported"},
             {"/tableType", nullptr, "'tableType' must be REALTIME"},
             {"/segmentsConfig", nullptr, "'segmentsConfig' cannot be null"},
             {"/segmentsConfig/timeColumnName", nullptr, "'timeColumnName' cannot be null"},
             {"/segmentsConfig/replication", "x", "must be a whole number"},
             {"/tableIndexConfig/loadMode", "DISK", "Invalid loadMode: DISK"},
             {"/tableIndexConfig/streamConfigs", nullptr, "Cannot find streamConfigs for table"},
             {"/ingestionConfig",
              {{"streamIngestionConfig", {{"streamConfigMaps", Json::array()}}}},
              "Must have at least 1 stream in REALTIME table"},
             {"/ingestionConfig",
              {{"filterConfig", {{"filterFunction", Json::array({1})}}}},
              "'/ingestionConfig/filterConfig/filterFunction'"},
             {"/ingestionConfig",
              {{"complexTypeConfig", {{"fieldsToUnnest", {"a"}}}}},
              "'/ingestionConfig/complexTypeConfig' is not supported"},
             {"/ingestionConfig",
              {{"transformConfigs", {{{"columnName", "a"}}}}},
              "columnName/transformFunction cannot be null"},
             {"/upsertConfig", {{"mode", "PARTIAL"}}, "PARTIAL is not supported"},
             {"/upsertConfig",
              {{"mode", "FULL"}, {"comparisonColumns", {"a"}}},
              "'/upsertConfig/comparisonColumns' is not supported"},
             {"/upsertConfig",
              {{"mode", "FULL"}, {"outOfOrderRecordColumn", "a"}},
              "'/upsertConfig/outOfOrderRecordColumn' is not supported"},
             {"/dedupConfig", {{"dedupEnabled", true}}, "'/dedupConfig' is not supported"},
         }) {
        SCOPED_TRACE(std::string(pointer) + " " + value.dump());
        auto document = transcript();
        const Json::json_pointer place{std::string(pointer)};
        if (value.is_null()) {
            document[place.parent_pointer()].erase(place.back());
        } else {
            document[place] = value;
        }
        PinotFindings findings;
        read(document, findings);
        EXPECT_THAT(findings.errors(), Contains(HasSubstr(error)));
    }
}

TEST(PinotTableTest, SaysWhatIsWrongWithAStream) {
    struct Case {
        std::string key;
        Json value;
        std::string error;
    };
    const std::string flush = "realtime.segment.flush.threshold.";
    for (const auto& [key, value, error] : std::vector<Case>{
             {"streamType", nullptr, "streamType cannot be null"},
             {"streamType", "kinesis", "streamType 'kinesis' is not supported"},
             {"stream.kafka.topic.name", nullptr,
              "Stream topic name stream.kafka.topic.name cannot be null"},
             {"stream.kafka.topic.name", "^a.*", "not a pattern"},
             {"stream.kafka.broker.list", nullptr,
              "Must specify kafka brokers list stream.kafka.broker.list"},
             {"stream.kafka.broker.list", "no port:x", "brokers must be addresses"},
             {"stream.kafka.decoder.class.name", nullptr,
              "Must specify decoder class name stream.kafka.decoder.class.name"},
             {"stream.kafka.decoder.class.name", "a.b.ProtoBufMessageDecoder",
              "'a.b.ProtoBufMessageDecoder' is not supported"},
             {"stream.kafka.decoder.class.name", "a.b.SimpleAvroMessageDecoder",
              "decoder.prop.schema is required"},
             {"stream.kafka.decoder.class.name", "a.KafkaAvroMessageDecoder",
              "registryUrl must be"},
             {"stream.kafka.consumer.type", "highLevel", "it was removed from Pinot"},
             {"stream.kafka.consumer.factory.class.name", "a.kinesis.KinesisConsumerFactory",
              "only those of Kafka are"},
             {"stream.kafka.consumer.prop.auto.offset.reset", "2022-08-09",
              "Unknown initial offset value 2022-08-09"},
             {"stream.kafka.consumer.prop.plugin.library.paths", "/x", "loads code"},
             {"ssl.ca.location", "/etc/ca.pem", "PEM text"},
             {"stream.kafka.isolation.level", "READ_COMMITTED",
              "Unrecognized Kafka isolation level: READ_COMMITTED"},
             {"stream.kafka.partition.ids", "0,1", "'stream.kafka.partition.ids' is not supported"},
             {"stream.kafka.hlc.group.id", "g", "'stream.kafka.hlc.group.id' is not supported"},
             {"stopOnDecodeError", "true", "'stopOnDecodeError' is not supported"},
             {"sasl.jaas.config", "x", "PlainLoginModule"},
             {"sasl.jaas.config", "***", "PlainLoginModule"},
             {"sasl.password", "***", "must be the secret itself"},
             {flush + "time", "-1", "Invalid flush threshold time: -1"},
             {flush + "time", "soon", "Invalid config realtime.segment.flush.threshold.time: soon"},
             {flush + "rows", "x", "Invalid config realtime.segment.flush.threshold.rows: x"},
             {flush + "segment.size", "1X", "Invalid config"},
             {"stream.kafka.topic.name", {{"a", 1}}, "must be a string"},
         }) {
        SCOPED_TRACE(key + " " + value.dump());
        PinotFindings findings;
        read(with_stream(key, value), findings);
        EXPECT_THAT(findings.errors(), Contains(HasSubstr(error)));
    }
    auto two = with_stream(flush + "segment.size", "1M");
    streams(two)[flush + "rows"] = 10;
    PinotFindings findings;
    read(two, findings);
    EXPECT_THAT(findings.errors(), Contains(HasSubstr("Only 1 of flush threshold")));
}

TEST(PinotTableTest, DecodersOfAvroHaveTheirSchemas) {
    const std::string prop = "stream.kafka.decoder.prop.";
    auto document = with_stream("stream.kafka.decoder.class.name", "x.SimpleAvroMessageDecoder");
    streams(document)[prop + "schema"] = "\"int\"";
    streams(document)[prop + "leading.bytes.to.strip"] = "5";
    PinotFindings findings;
    auto kafka = read(document, findings).stream.kafka;
    EXPECT_TRUE(findings.is_fine());
    EXPECT_EQ(kafka.format, kafka::Format::avro);
    EXPECT_EQ(kafka.avro_schema, "\"int\"");
    EXPECT_EQ(kafka.skip_bytes, 5U);
    EXPECT_EQ(kafka.avro_times, kafka::AvroTimes::millis);

    document = with_stream("stream.kafka.decoder.class.name",
                           "x.KafkaConfluentSchemaRegistryAvroMessageDecoder");
    streams(document)[prop + "schema.registry.rest.url"] = "http://a:8081, http://b:8081";
    streams(document)[prop + "schema.registry.basic.auth.user.info"] = "me:secret";
    streams(document)[prop + "basic.auth.credentials.source"] = "USER_INFO";
    streams(document)[prop + "extractRawTimeValues"] = "true";
    kafka = read(document, findings).stream.kafka;
    EXPECT_TRUE(findings.is_fine());
    EXPECT_EQ(kafka.format, kafka::Format::confluent_avro);
    EXPECT_EQ(kafka.registry_url, "http://a:8081,http://b:8081");
    EXPECT_EQ(kafka.secrets.at("schema.registry.basic.auth.user.info"), "me:secret");
    EXPECT_EQ(kafka.avro_times, kafka::AvroTimes::raw);
    EXPECT_TRUE(is_secret_key(prop + "schema.registry.basic.auth.user.info"));

    for (const auto& [key, value, error] : std::vector<std::array<std::string, 3>>{
             {"basic.auth.credentials.source", "URL", "USER_INFO is"},
             {"schema.registry.rest.url", "http://me:secret@a", "user.info"},
             {"schema.registry.ssl.truststore.location", "/x", "PEM text"},
             {"schema.registry.basic.auth.user.info", "***", "the secret itself"}}) {
        auto wrong = document;
        streams(wrong)[prop + key] = value;
        PinotFindings found;
        read(wrong, found);
        EXPECT_THAT(found.errors(), Contains(HasSubstr(error))) << key;
    }
}

TEST(PinotTableTest, BeginsWhereTheStreamSays) {
    using Place = kafka::StartFrom::Place;
    struct Case {
        Json value;
        kafka::StartFrom start;
    };
    for (const auto& [value, start] : std::vector<Case>{
             {nullptr, {.place = Place::latest}},
             {"smallest", {.place = Place::earliest}},
             {"LARGEST", {.place = Place::latest}},
             {"2d", {.place = Place::time, .time = WallTime{kNow.unix_ms - 172'800'000}}},
             {"2022-08-09T12:31:38.222Z",
              {.place = Place::time, .time = WallTime{1'660'048'298'222}}},
             {"1660048298222", {.place = Place::time, .time = WallTime{1'660'048'298'222}}},
             {1'660'048'298'222, {.place = Place::time, .time = WallTime{1'660'048'298'222}}},
         }) {
        SCOPED_TRACE(value.dump());
        PinotFindings findings;
        const auto table =
            read(with_stream("stream.kafka.consumer.prop.auto.offset.reset", value), findings);
        EXPECT_THAT(findings.errors(), IsEmpty());
        EXPECT_EQ(table.stream.kafka.start_from, start);
    }
}

TEST(PinotTableTest, FlushThresholdsMayBeWrittenInAllWays) {
    const std::string flush = "realtime.segment.flush.threshold.";
    struct Case {
        std::string key;
        Json value;
        std::optional<std::uint64_t> rows;
        std::optional<std::uint64_t> bytes;
    };
    for (const auto& [key, value, rows, bytes] : std::vector<Case>{
             {flush + "rows", "7", 7, {}},
             {flush + "rows", 7, 7, {}},
             {flush + "size", "7", 7, {}},
             {flush + "size.llc", "7", 7, {}},
             {flush + "segment.rows", "7", 7, {}},
             {flush + "rows", "0", {}, 200U << 20},
             {flush + "segment.size", "1.5M", {}, 1'572'864},
             {"realtime.segment.flush.desired.size", "100", {}, 100},
         }) {
        SCOPED_TRACE(key + " " + value.dump());
        PinotFindings findings;
        const auto table = read(with_stream(key, value), findings);
        EXPECT_THAT(findings.errors(), IsEmpty());
        EXPECT_EQ(table.stream.flush_rows, rows);
        EXPECT_EQ(table.stream.flush_bytes, bytes);
    }
    for (const auto& key : {flush + "time", flush + "time.llc"}) {
        PinotFindings findings;
        EXPECT_EQ(read(with_stream(key, "6h"), findings).stream.flush_time.has_value(), true);
    }
}

TEST(PinotTableTest, SecretsGoToTheSourceAndAreNotShown) {
    auto document = transcript();
    streams(document)["security.protocol"] = "SASL_SSL";
    streams(document)["sasl.mechanism"] = "PLAIN";
    streams(document)["sasl.jaas.config"] =
        "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"u\" "
        "password=\"p w\";";
    streams(document)["stream.kafka.consumer.prop.ssl.key.pem"] = "KEY";
    PinotFindings findings;
    const auto table = read(document, findings);
    EXPECT_THAT(findings.errors(), IsEmpty());
    EXPECT_EQ(table.stream.kafka.properties.at("sasl.username"), "u");
    EXPECT_EQ(table.stream.kafka.properties.at("sasl.mechanisms"), "PLAIN");
    EXPECT_EQ(table.stream.kafka.secrets.at("sasl.password"), "p w");
    EXPECT_EQ(table.stream.kafka.secrets.at("ssl.key.pem"), "KEY");

    const auto shown = shown_table(document);
    EXPECT_EQ(shown.dump().find("p w"), std::string::npos);
    EXPECT_EQ(shown.dump().find("KEY"), std::string::npos);
    EXPECT_EQ(shown.at("tableName"), "transcript_REALTIME");

    // What was shown may be sent again.
    PinotFindings again;
    const auto same = read(shown, again, &table.stream.kafka);
    EXPECT_THAT(again.errors(), IsEmpty());
    EXPECT_EQ(same.stream.kafka, table.stream.kafka);
}

TEST(PinotTableTest, WhatHasNoEffectIsAWarningAndWhatIsUnknownIsTold) {
    auto document = transcript();
    document["tableIndexConfig"]["invertedIndexColumns"] = {"subject"};
    document["segmentsConfig"]["retentionTimeValue"] = "7";
    document["quota"] = {{"storage", "1G"}};
    document["colour"] = "red";
    streams(document)["stream.kafka.fetch.timeout.millis"] = "garbage";
    streams(document)["max.poll.records"] = "5";
    PinotFindings findings;
    read(document, findings);
    EXPECT_THAT(findings.errors(), IsEmpty());
    for (const auto* key :
         {"/tableIndexConfig/invertedIndexColumns", "/segmentsConfig/retentionTimeValue", "/quota",
          "stream.kafka.fetch.timeout.millis", "max.poll.records"}) {
        EXPECT_THAT(findings.warnings(), Contains(HasSubstr("'" + std::string(key) +
                                                            "' has no "
                                                            "effect")));
    }
    EXPECT_EQ(findings.unrecognized_properties().dump(), R"({"/colour":"red"})");
}

}  // namespace
}  // namespace millrace::pinot
