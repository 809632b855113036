#include "api/kafka/kafka_source_kind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/control/scope.h"

namespace millrace::kafka {
namespace {

using control::Json;
using control::Problems;
using testing::HasSubstr;
using testing::Not;

Result<void> check_nothing(const std::string&, const std::string& value) {
    if (value == "bad") return Error(Code::invalid, "it is bad");
    return {};
}

control::SourceKind kind() {
    return kafka_source_kind(std::make_shared<SourceWatches>(), check_nothing);
}

// The details, or what is wrong.
Result<std::string> created(const std::string& part) {
    Problems problems;
    const auto json = Json::parse(part);
    auto details = kind().parse(&json, problems);
    TRY(problems.result());
    return details;
}

Result<std::string> patched(const std::string& details, const std::string& part) {
    Problems problems;
    auto after = kind().patch(Json::parse(part), details, problems);
    TRY(problems.result());
    return after;
}

std::string problem_of(const Result<std::string>& result) {
    return result.ok() ? "" : result.error().client_text();
}

TEST(KafkaSourceKindTest, ARequestHasWhatItNeeds) {
    const auto details = created(R"({"brokers": "b:9092", "topic": "t", "format": "json",
        "startFrom": "latest", "properties": {"fetch.wait.max.ms": 20}})");
    ASSERT_TRUE(details.ok()) << problem_of(details);
    const auto settings = parse_details(details.value()).value();
    EXPECT_EQ(settings.brokers, "b:9092");
    EXPECT_EQ(settings.start_from.place, StartFrom::Place::latest);
    EXPECT_EQ(settings.properties.at("fetch.wait.max.ms"), "20");
    Problems problems;
    static_cast<void>(kind().parse(nullptr, problems));
    EXPECT_FALSE(problems.none());
}

TEST(KafkaSourceKindTest, WhatIsWrongIsNamed) {
    const std::pair<const char*, const char*> cases[] = {
        {R"({"topic": "t"})", "brokers"},
        {R"({"brokers": "b"})", "topic"},
        {R"({"brokers": 1, "topic": "t"})", "brokers"},
        {R"({"brokers": "b", "topic": "t", "format": "xml"})", "body.kafka.format"},
        {R"({"brokers": "b", "topic": "t", "what": 1})", "what"},
        {R"({"brokers": "b", "topic": "t", "startFrom": "now"})", "startFrom"},
        {R"({"brokers": "b", "topic": "t", "restart": true})", "restart"},
        {R"({"brokers": "b", "topic": "t", "freshnessMs": "1s"})", "freshnessMs"},
        {R"({"brokers": "b", "topic": "t", "freshnessMs": 99999999999999999999})", "freshnessMs"},
        {R"({"brokers": "b", "topic": "t", "properties": {"group.id": "x"}})", "\"group\""},
        {R"({"brokers": "b", "topic": "t", "properties": {"client.id": []}})", "client.id"},
        {R"({"brokers": "b", "topic": "t", "properties": {"client.id": "bad"}})", "it is bad"},
        {R"({"brokers": "b", "topic": "t", "format": "csv", "csv": {"columns": ["a", "a"]}})",
         "once"},
        {R"({"brokers": "b", "topic": "t", "csv": {"delimiter": "ab"}})", "delimiter"},
    };
    for (const auto& [part, problem] : cases) {
        EXPECT_THAT(problem_of(created(part)), HasSubstr(problem)) << part;
    }
}

TEST(KafkaSourceKindTest, SecretsAreKeptApartAndNeverShown) {
    const auto details = created(R"({"brokers": "b", "topic": "t", "properties": {
        "sasl.username": "me", "sasl.password": "hunter2"}})");
    ASSERT_TRUE(details.ok());
    EXPECT_EQ(parse_details(details.value()).value().secrets.at("sasl.password"), "hunter2");
    Source source;
    source.kind = kKafkaSource;
    source.details = details.value();
    const auto shown = kind().render(source, control::Scope{}).dump();
    EXPECT_THAT(shown, Not(HasSubstr("hunter2")));
    EXPECT_THAT(shown, HasSubstr("\"me\""));
    const auto bad = created(R"({"brokers": "b", "topic": "t", "properties": {
        "sasl.password": "bad"}})");
    EXPECT_THAT(problem_of(bad), Not(HasSubstr("it is")));
}

TEST(KafkaSourceKindTest, CountsOfSinksHaveTheirIdsAndAddUp) {
    SourceStatus status;
    status.sinks[SinkNumber(7)] = {.accepted = 5, .rejected = 2, .skipped = 1};
    status.sinks[SinkNumber(8)] = {.accepted = 3};
    status.sink_ids[SinkNumber(7)] = SinkId("rows");
    const auto sinks = render_status(status)["sinks"];
    EXPECT_EQ(sinks[0]["sinkId"], "rows");
    EXPECT_EQ(sinks[0]["records"], 8);
    EXPECT_FALSE(sinks[1].contains("sinkId"));  // it was not served since the process began
    EXPECT_EQ(sinks[1]["records"], 3);
}

// Goal    nobody takes a source that has not looked for one that has read all.
TEST(KafkaSourceKindTest, LagIsNullUntilItIsKnownWhereTheLogsEnd) {
    SourceStatus status;
    const auto lag = [&] { return render_status(status)["lag"]; };
    EXPECT_TRUE(lag().is_null());
    status.partitions = {{.partition = 0, .is_assigned = true, .progress = {.next = 3}},
                         {.partition = 1, .is_assigned = true, .progress = {.next = 1}}};
    EXPECT_TRUE(lag().is_null());
    EXPECT_FALSE(render_status(status)["partitions"][0].contains("lag"));
    status.partitions[0].end = 5;
    EXPECT_TRUE(lag().is_null()) << "of one of two";
    status.partitions[1].end = 1;
    EXPECT_EQ(lag(), 2);
    status.partitions.push_back({.partition = 2});
    EXPECT_EQ(lag(), 2) << "the topic has no such partition any more";
}

TEST(KafkaSourceKindTest, APatchChangesWhatItNames) {
    const auto before = created(R"({"brokers": "b", "topic": "t", "properties": {
        "client.id": "me", "sasl.password": "hunter2"}})");
    ASSERT_TRUE(before.ok());
    const auto paused = patched(before.value(), R"({"paused": true})");
    ASSERT_TRUE(paused.ok());
    auto wanted = parse_details(before.value()).value();
    wanted.paused = true;
    EXPECT_EQ(parse_details(paused.value()).value(), wanted);

    const auto again = patched(before.value(), R"({"restart": true, "startFrom": "latest",
        "properties": {"client.id": null, "sasl.password": null}})");
    ASSERT_TRUE(again.ok());
    const auto settings = parse_details(again.value()).value();
    EXPECT_GT(settings.generation, 0U);
    EXPECT_TRUE(settings.properties.empty());
    EXPECT_TRUE(settings.secrets.empty());
    EXPECT_FALSE(patched(before.value(), R"({"topic": ""})").ok());
}

TEST(KafkaSourceKindTest, RowsAreDeletedOnlyWhereAMessageWithoutAValueSaysWhich) {
    const auto column = [](ColumnType type, bool is_key) {
        Column made;
        made.type = type;
        made.name = "c";
        made.primary_key = is_key;
        return made;
    };
    const auto deleting = created(R"({"brokers": "b", "topic": "t", "onNull": "delete"})").value();
    const auto skipping = created(R"({"brokers": "b", "topic": "t"})").value();
    const auto check = kind().check_columns;
    EXPECT_TRUE(check(skipping, {column(ColumnType::uuid, false)}).ok());
    EXPECT_TRUE(
        check(deleting, {column(ColumnType::uuid, false), column(ColumnType::path, true)}).ok());
    EXPECT_TRUE(check(deleting, {column(ColumnType::kafka_key, true)}).ok());
    const std::pair<std::vector<Column>, const char*> table[] = {
        {{column(ColumnType::path, false)}, "needs a primary key"},
        {{column(ColumnType::path, true), column(ColumnType::jsonnet, true)}, "template"},
        {{column(ColumnType::uuid, true)}, "uuid"},
    };
    for (const auto& [columns, text] : table) {
        const auto checked = check(deleting, columns);
        ASSERT_FALSE(checked.ok());
        EXPECT_EQ(checked.error().name(), "stream.api.badRequest");
        EXPECT_THAT(checked.error().client_text(), HasSubstr(text));
    }
}

}  // namespace
}  // namespace millrace::kafka
