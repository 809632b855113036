#include "api/control/purge.h"

#include <gtest/gtest.h>

#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

using fakes::Log;

class PurgeTest : public ApiTest {
protected:
    std::string begin(const std::string& path) {
        log_.clear();
        const auto answer = call("DELETE", path);
        EXPECT_EQ(answer.status, 202) << answer.body;
        settle();
        return answer.json().value("taskId", "");
    }
    nlohmann::json task(const std::string& id) { return call("GET", "/v1/tasks/" + id).json(); }

    const std::string cascade_ = kSources + "/my-source?cascade=true";
};

TEST_F(PurgeTest, DropsTheTablesAfterTheSourceIsDeletedAndForgetsIt) {
    make_source_and_sink();
    finish("PATCH", kSources + "/my-source", R"({"name":"Second"})");
    const auto id = begin(cascade_);
    EXPECT_EQ(log_, (Log{"task processing", "save source my-source", "publish my-source", "served",
                         "close sink 1 below 2", "drop in.c-shop.orders", "remove source my-source",
                         "task success"}));
    EXPECT_EQ(task(id)["type"], "api.delete.source");
    EXPECT_EQ(task(id)["result"],
              "Source and its destination tables and bucket have been deleted.");
    EXPECT_EQ(call("GET", kSources + "/deleted").json()["page"]["totalCount"], 0);

    make_source();
    EXPECT_EQ(call("GET", kSources + "/my-source").json()["version"]["number"], 1);
    EXPECT_EQ(call("GET", kSinks + "/deleted").json()["page"]["totalCount"], 0);
}

TEST_F(PurgeTest, WaitsUntilAcceptedRowsAreImported) {
    make_source_and_sink();
    lifecycle_.by_sink[SinkNumber(1)].staging.rows = 3;
    const auto id = begin(cascade_);
    EXPECT_EQ(task(id)["status"], "processing");
    EXPECT_EQ(std::count(log_.begin(), log_.end(), "drop in.c-shop.orders"), 0);

    // Nobody brings the source back meanwhile.
    const auto undelete = call("PUT", kSources + "/my-source/undelete");
    EXPECT_EQ(undelete.status, 409);
    EXPECT_EQ(undelete.error(), "stream.api.sourceIsBeingDeleted");
    EXPECT_EQ(call("POST", kSources, R"({"name":"My Source","type":"http"})").status, 409);

    lifecycle_.by_sink[SinkNumber(1)] = {};
    strand_.wake();
    settle();
    EXPECT_EQ(task(id)["status"], "success");
    make_source();
}

TEST_F(PurgeTest, RowsThatCannotBeImportedKeepTheirTableAndAreNamed) {
    make_source_and_sink();
    lifecycle_.by_sink[SinkNumber(1)].staging.rows = 3;
    const auto id = begin(cascade_);
    clock_.steady_now += std::chrono::minutes(5);
    strand_.wake();
    settle();
    EXPECT_EQ(std::count(log_.begin(), log_.end(), "drop in.c-shop.orders"), 0);
    EXPECT_EQ(task(id)["status"], "error");
    EXPECT_EQ(task(id)["error"],
              "Source deleted, but some destination resources could not be removed: 3 rows are not "
              "imported into table \"in.c-shop.orders\" yet.");
    EXPECT_EQ(task(id)["outputs"]["sourceId"], "my-source");
    EXPECT_EQ(finish("PUT", kSources + "/my-source/undelete")["status"], "success");
}

TEST_F(PurgeTest, ATableOfAnotherSinkIsKept) {
    make_source_and_sink();
    finish("POST", kSources, R"({"name":"Other","type":"http"})");
    finish("POST", kSources + "/other/sinks", sink_body().dump());
    const auto id = begin(cascade_);
    EXPECT_EQ(std::count(log_.begin(), log_.end(), "drop in.c-shop.orders"), 0);
    EXPECT_EQ(task(id)["result"],
              "Source and its destination tables have been deleted. Other sinks write to these, "
              "which were kept: in.c-shop.orders.");
}

TEST_F(PurgeTest, ATableThatCannotBeDroppedIsNamed) {
    make_source_and_sink();
    target_.refusal = Error(Code::unavailable, "/secret/path is locked");
    const auto id = begin(cascade_);
    EXPECT_EQ(task(id)["error"],
              "Source deleted, but some destination resources could not be removed: table "
              "\"in.c-shop.orders\" is not available.");
    EXPECT_EQ(call("GET", kSources + "/deleted").json()["page"]["totalCount"], 1);
}

TEST_F(PurgeTest, OneThatARestartInterruptsSaysSo) {
    make_source_and_sink();
    lifecycle_.by_sink[SinkNumber(1)].staging.rows = 3;
    const auto id = begin(cascade_);
    ASSERT_TRUE(plane_.start([] {}).ok());
    settle();
    EXPECT_EQ(
        task(id)["error"],
        "Source deleted, but some destination resources could not be removed: the service was "
        "restarted meanwhile.");
}

TEST_F(PurgeTest, OtherValuesOfCascadeAreRefused) {
    make_source();
    const auto answer = call("DELETE", kSources + "/my-source?cascade=maybe");
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.message(), "Invalid value \"maybe\" for \"cascade\", must be a boolean.");
    begin(kSources + "/my-source?cascade=false");
    EXPECT_EQ(call("GET", kSources + "/deleted").json()["page"]["totalCount"], 1);
}

}  // namespace
}  // namespace millrace::control
