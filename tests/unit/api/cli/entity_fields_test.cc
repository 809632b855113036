#include "api/cli/entity_fields.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace millrace::cli {
namespace {

TEST(EntityFieldsTest, ValuesThatMeanTheSameAreTheSame) {
    const std::vector<std::pair<Json, Json>> same = {
        {30, "30"}, {true, true}, {true, "true"}, {"a", "a"}, {"", ""}};
    for (const auto& [a, b] : same) EXPECT_TRUE(is_same_value(a, b)) << a << b;
    const std::vector<std::pair<Json, Json>> other = {
        {"60s", "1m0s"}, {"1MB", "1024KB"}, {1, 2}, {true, false}, {"a", ""}, {"60s", Json()}};
    for (const auto& [a, b] : other) EXPECT_FALSE(is_same_value(a, b)) << a << b;
}

TEST(EntityFieldsTest, TheUrlOfASourceIsThatOfItsKind) {
    const Json http = {{"sourceId", "s"}, {"type", "http"}, {"http", {{"url", "http://a/s"}}}};
    const Json otlp = {{"sourceId", "t"}, {"type", "otlp"}, {"otlp", {{"url", "http://a/t"}}}};
    const Json kafka = {{"sourceId", "k"}, {"type", "kafka"}, {"kafka", {{"topic", "orders"}}}};
    EXPECT_EQ(source_url(http), "http://a/s");
    EXPECT_EQ(source_url(otlp), "http://a/t");
    EXPECT_EQ(source_url(kafka), "");
    EXPECT_EQ(event_url(http).value(), "http://a/s");
    EXPECT_EQ(event_url(otlp).error().client_text(),
              "the source t takes OpenTelemetry and no events: an exporter sends to http://a/t");
    EXPECT_EQ(
        event_url(kafka).error().client_text(),
        "the source k has no URL: it reads the topic orders of Kafka, so events come by that");
}

TEST(EntityFieldsTest, WhatBecameOfAFileIsASentence) {
    const auto file = [](const char* state, unsigned rows) {
        return file_outcome(
            {{"state", state}, {"statistics", {{"total", {{"recordsCount", rows}}}}}});
    };
    EXPECT_EQ(file("setAside", 1), "is set aside, with 1 row");
    EXPECT_EQ(file("importing", 1200), "is importing, with 1,200 rows");
}

TEST(EntityFieldsTest, WhatAServiceSaysIsNotGiven) {
    EXPECT_EQ(given_part("http", *parse_json(R"({"url": "u", "verification": "none"})")).dump(),
              "{}");
    EXPECT_EQ(given_part("http", *parse_json(R"({"url": "u", "preset": "github",
                  "signature": {"secretsCount": 1}})"))
                  .dump(),
              R"({"preset":"github"})");
    EXPECT_EQ(given_part("otlp", *parse_json(R"({"url": "u", "baseUrl": "b", "secret": "s"})")),
              Json::object());
    EXPECT_EQ(given_part("none", Json()), Json::object());
}

TEST(EntityFieldsTest, MaskedValuesAreTakenOut) {
    auto part = *parse_json(R"({"topic": "t", "properties": {"sasl.password": "***", "a": "b"}})");
    EXPECT_TRUE(take_masked(part));
    EXPECT_EQ(part.dump(), R"({"topic":"t","properties":{"a":"b"}})");
    EXPECT_FALSE(take_masked(part));
}

}  // namespace
}  // namespace millrace::cli
