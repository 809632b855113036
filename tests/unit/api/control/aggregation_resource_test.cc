#include <gtest/gtest.h>

#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

const std::string kAggregation = "/v1/branches/default/aggregation/sources";

class AggregationResourceTest : public ApiTest {};

TEST_F(AggregationResourceTest, SourcesComeWithTheirSinksCountsAndFiles) {
    make_source_and_sink();
    ASSERT_EQ(finish("POST", kSources, R"({"name":"Empty","type":"http"})")["status"], "success");
    lifecycle_.by_sink[SinkNumber(1)].target = {.rows = 6,
                                                .csv_bytes = 60,
                                                .staged_bytes = 20,
                                                .first_at = WallTime{0},
                                                .last_at = WallTime{400}};
    FileReport older;
    older.file.state = FileState::imported;
    older.file.opened_at = WallTime{1};
    FileReport newer;
    newer.file.id.value.bytes[0] = 1;
    newer.file.state = FileState::closing;
    newer.file.opened_at = WallTime{2};
    reports_.by_sink[SinkNumber(1)] = {older, newer};

    const auto answer = call("GET", kAggregation);
    ASSERT_EQ(answer.status, 200) << answer.body;
    const auto json = answer.json();
    EXPECT_EQ(json["projectId"], 1);
    EXPECT_EQ(json["page"]["totalCount"], 2);
    EXPECT_EQ(json["page"]["lastId"], "my-source");
    EXPECT_EQ(json["sources"][0]["sourceId"], "empty");
    EXPECT_EQ(json["sources"][0]["sinks"], nlohmann::json::array());

    auto source = json["sources"][1];
    const auto sink = source["sinks"][0];
    source.erase("sinks");
    EXPECT_EQ(source, call("GET", kSources + "/my-source").json());
    EXPECT_EQ(sink["table"], call("GET", kSinks + "/my-sink").json()["table"]);
    EXPECT_EQ(sink["statistics"]["total"]["recordsCount"], 6);
    EXPECT_EQ(sink["statistics"]["levels"]["target"]["compressedSize"], 20);
    ASSERT_EQ(sink["statistics"]["files"].size(), 2u);
    EXPECT_EQ(sink["statistics"]["files"][0]["state"], "closing") << "the newest is first";
    EXPECT_EQ(sink["statistics"]["files"][1]["state"], "imported");
    for (const auto& selection : reports_.selections) {
        EXPECT_EQ(selection.imported_max, 30u);
        EXPECT_EQ(selection.waiting_max, 30u);
    }
}

TEST_F(AggregationResourceTest, SourcesArePaged) {
    for (const auto* name : {"A", "B", "C"}) {
        const auto body = nlohmann::json{{"name", name}, {"type", "http"}}.dump();
        ASSERT_EQ(finish("POST", kSources, body)["status"], "success");
    }
    const auto page = call("GET", kAggregation + "?afterId=a&limit=1").json();
    ASSERT_EQ(page["sources"].size(), 1u);
    EXPECT_EQ(page["sources"][0]["sourceId"], "b");
    EXPECT_EQ(page["page"]["totalCount"], 3);
    EXPECT_EQ(call("GET", kAggregation + "?limit=101").error(), "stream.api.invalidRange");
}

}  // namespace
}  // namespace millrace::control
