#include "api/control/overview_resource.h"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

using nlohmann::json;
using std::chrono::seconds;

class OverviewResourceTest : public ApiTest {
protected:
    json overview() {
        clock_.advance(seconds(2));  // what was made before is not kept so long
        const auto answer = call("GET", "/v1/overview");
        EXPECT_EQ(answer.status, 200) << answer.body;
        return answer.json();
    }

    static json overview_of(ControlPlane& plane) {
        const auto response = plane.handle({.id = "r",
                                            .method = "GET",
                                            .path = "/v1/overview",
                                            .query = {},
                                            .storage_token = "secret-token",
                                            .authorization = {},
                                            .origin = {},
                                            .headers = {},
                                            .client_ip = {},
                                            .body = {}});
        return json::parse(response.body);
    }

    static StuckFile stuck(StuckFile::Why why, std::uint64_t sink, std::uint32_t attempts,
                           std::uint64_t rows) {
        return {.why = why,
                .owner = {.sink = SinkNumber(sink), .mapping = MappingVersion(1)},
                .file = FileId{},
                .attempts = attempts,
                .reason = "no such column",
                .next_try = WallTime{2000},
                .rows = rows,
                .oldest = WallTime{1000}};
    }
};

TEST_F(OverviewResourceTest, AnEmptyServiceHasAllFields) {
    const auto shown = overview();
    for (const auto* const field : {"service", "rates", "levels", "files", "volumes", "templates",
                                    "failing", "failingCount", "counts"}) {
        EXPECT_TRUE(shown.contains(field)) << field;
    }
    EXPECT_EQ(shown["rates"]["now"]["seconds"], 0);
    EXPECT_EQ(shown["rates"]["now"]["answerP99Milliseconds"], nullptr);
    EXPECT_EQ(shown["levels"]["local"], json::parse(R"({"rows":0,"bytes":0})"));
}

TEST_F(OverviewResourceTest, RowsAreAddedUpOverSinks) {
    lifecycle_.by_sink[SinkNumber(1)].local = {
        .rows = 2, .csv_bytes = 10, .first_at = {5000}, .last_at = {}};
    lifecycle_.by_sink[SinkNumber(2)].local = {
        .rows = 3, .csv_bytes = 20, .first_at = {1000}, .last_at = {}};
    lifecycle_.by_sink[SinkNumber(2)].staging = {
        .rows = 1, .csv_bytes = 9, .staged_bytes = 4, .first_at = {900}, .last_at = {}};
    const auto levels = overview()["levels"];
    EXPECT_EQ(levels["local"],
              json::parse(R"({"rows":5,"bytes":30,"oldestAt":"1970-01-01T00:00:01.000Z"})"));
    EXPECT_EQ(levels["staging"]["bytes"], 4);
}

TEST_F(OverviewResourceTest, WhatFailsIsNamedWithTheMostRowsFirst) {
    make_source_and_sink();
    lifecycle_.by_sink[SinkNumber(1)].staging = {.rows = 70, .first_at = {900}, .last_at = {}};
    overview_.now.stuck = {stuck(StuckFile::Why::set_aside, 9, 0, 50),
                           stuck(StuckFile::Why::import, 1, 2, 10),
                           stuck(StuckFile::Why::import, 1, 4, 20)};
    const auto shown = overview();
    EXPECT_EQ(shown["failingCount"], 2);
    const auto& first = shown["failing"][0];
    EXPECT_EQ(first["sourceId"], "my-source");
    EXPECT_EQ(first["sinkId"], "my-sink");
    EXPECT_EQ(first["tableId"], "in.c-shop.orders");
    EXPECT_EQ(first["kind"], "import");
    EXPECT_EQ(first["attempts"], 4) << "the worst";
    EXPECT_EQ(first["files"], 2);
    EXPECT_EQ(first["waitingRows"], 70) << "all of the sink wait for it";
    EXPECT_EQ(first["since"], "1970-01-01T00:00:01.000Z");
    EXPECT_EQ(first["actions"], json::parse(R"(["retry","setAside"])"));
    const auto& second = shown["failing"][1];
    EXPECT_EQ(second["kind"], "setAside");
    EXPECT_FALSE(second.contains("sinkId")) << "there is none of that number";
    EXPECT_FALSE(second.contains("attempts"));
    EXPECT_EQ(second["waitingRows"], 50);
}

TEST_F(OverviewResourceTest, SourcesThatGetNothingAreNamed) {
    auto changed = options();
    const SourceKey own{.project = changed.scope.project,
                        .branch = changed.scope.branch,
                        .source = SourceId("topic")};
    auto other = own;
    other.branch = BranchId(own.branch.value + 1);
    changed.facts.silent_sources = [=] {
        return std::vector<SilentSource>{
            {.source = other, .since = WallTime{1000}, .reason = "r", .remedy = "m"},
            {.source = own, .since = WallTime{1000}, .reason = "no broker", .remedy = "wait"}};
    };
    ControlPlane plane(ports(), std::move(changed));
    const auto shown = overview_of(plane);
    EXPECT_EQ(shown["failingCount"], 1);
    const auto& failing = shown["failing"][0];
    EXPECT_EQ(failing["kind"], "source");
    EXPECT_EQ(failing["sourceId"], "topic");
    EXPECT_EQ(failing["since"], "1970-01-01T00:00:01.000Z");
    EXPECT_EQ(failing["reason"], "no broker");
    EXPECT_EQ(failing["remedy"], "wait");
}

// Goal    rows that wait for what is not configured are told, though nothing is tried and nothing
//         fails.
TEST_F(OverviewResourceTest, WhatWaitsForWhatIsNotConfiguredIsNamed) {
    make_source_and_sink();
    lifecycle_.by_sink[SinkNumber(1)].local = {.rows = 5, .first_at = {2000}, .last_at = {}};
    lifecycle_.by_sink[SinkNumber(1)].staging = {.rows = 70, .first_at = {1000}, .last_at = {}};
    const auto failing_of = [&](const std::string& target, const std::string& staging) {
        auto changed = options();
        changed.facts.targets = {{.name = target, .type = "sqlite"}};
        changed.facts.stagings = {{.name = staging, .type = "folder"}};
        changed.facts.lacks_backends = true;
        ControlPlane plane(ports(), std::move(changed));
        return overview_of(plane)["failing"];
    };
    EXPECT_EQ(failing_of("default", "default"), json::array());

    const auto open = failing_of("lake", "default");
    ASSERT_EQ(open.size(), 1U) << "no slice is sealed yet";
    EXPECT_EQ(open[0]["kind"], "unconfigured");
    EXPECT_EQ(open[0]["sinkId"], "my-sink");
    EXPECT_EQ(open[0]["reason"], "The target \"default\" is not configured.");
    EXPECT_EQ(open[0]["waitingRows"], 75);
    EXPECT_EQ(open[0]["files"], 0);
    EXPECT_EQ(open[0]["actions"], json::array());
    EXPECT_FALSE(open[0].contains("fileId"));

    const SinkVersion owner{.sink = SinkNumber(1), .mapping = MappingVersion(1)};
    overview_.waiting = {
        {.owner = owner, .staging = {}, .files = 1, .rows = 5, .oldest = WallTime{2000}},
        {.owner = owner,
         .staging = StagingName("default"),
         .files = 2,
         .rows = 70,
         .oldest = WallTime{1000}}};
    EXPECT_EQ(failing_of("default", "default"), json::array());
    const auto closed = failing_of("lake", "lake");
    ASSERT_EQ(closed.size(), 1U) << "a sink once";
    EXPECT_EQ(closed[0]["files"], 3);
    EXPECT_EQ(closed[0]["waitingRows"], 75);
    EXPECT_EQ(closed[0]["since"], "1970-01-01T00:00:01.000Z");
    const auto staged = failing_of("default", "lake");
    ASSERT_EQ(staged.size(), 1U);
    EXPECT_EQ(staged[0]["reason"], "The staging \"default\" is not configured.");
    EXPECT_EQ(staged[0]["files"], 2);
}

TEST_F(OverviewResourceTest, ItIsKeptForASecond) {
    overview();
    overview_.now.definitions.sources = 7;
    EXPECT_EQ(call("GET", "/v1/overview").json()["counts"]["sources"], 0);
    clock_.advance(seconds(1));
    EXPECT_EQ(call("GET", "/v1/overview").json()["counts"]["sources"], 7);
}

TEST_F(OverviewResourceTest, ASeriesHasColumnsOfTheSameLengthAndNothingWhereTheServiceWasDown) {
    accounts::TrafficTotals totals;
    const auto begin = clock_.wall().unix_ms / 1000;
    std::int64_t steady = 0;
    for (const std::int64_t at : {0, 10, 20, 100, 110}) {
        totals.records += 100;
        traffic_.note(totals, WallTime{(begin + at) * 1000}, SteadyTime{} + seconds(++steady));
    }
    clock_.advance(seconds(110));
    const auto shown = call("GET", "/v1/overview/series?span=hour").json();
    EXPECT_EQ(shown["stepSeconds"], 10);
    EXPECT_EQ(shown["at"], json({begin + 10, begin + 20, begin + 30, begin + 100, begin + 110}));
    EXPECT_EQ(shown["recordsPerSecond"], json({100.0, 100.0, nullptr, 100.0, 100.0}));
    for (const auto* const column :
         {"bytesPerSecond", "rowsPerSecond", "refusedPerSecond", "answerP99Milliseconds"}) {
        EXPECT_EQ(shown[column].size(), 5U) << column;
    }
    EXPECT_TRUE(call("GET", "/v1/overview/series?span=day").json()["at"].empty());
    EXPECT_EQ(call("GET", "/v1/overview/series?span=week").status, 400);
    clock_.advance(std::chrono::hours(2));
    EXPECT_TRUE(call("GET", "/v1/overview/series").json()["at"].empty()) << "of the last hour";
}

TEST_F(OverviewResourceTest, FactsNeedAnyToken) {
    EXPECT_EQ(call("GET", "/v1/service", "", {}).status, 400);
    const auto facts = call("GET", "/v1/service").json();
    EXPECT_EQ(facts["apiUrl"], "https://api.example");
    EXPECT_EQ(facts["ingestUrl"], "https://in.example");
    EXPECT_EQ(call("GET", "/v1/overview", "", {}).status, 400);
}

}  // namespace
}  // namespace millrace::control
