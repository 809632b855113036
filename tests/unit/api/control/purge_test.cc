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

    // A second source whose sink, of number 2, writes to the same table.
    void make_other() {
        finish("POST", kSources, R"({"name":"Other","type":"http"})");
        finish("POST", kSources + "/other/sinks", sink_body().dump());
    }
    void move_to_another_table(const std::string& sink) {
        EXPECT_EQ(finish("PATCH", sink, R"({"table":{"tableId":"in.c-shop.moved"}})")["status"],
                  "success");
    }
    void pass(Milliseconds time) {
        clock_.advance(time);
        strand_.wake();
        settle();
    }
    std::int64_t drops() const {
        return std::count(log_.begin(), log_.end(), "drop in.c-shop.orders");
    }

    // What a purge says of rows of the other source that wait for the table.
    std::string owed_by_the_other(int rows) const {
        return incomplete_ + std::to_string(rows) +
               " rows of the sink \"my-sink\" of the source \"other\" are not imported into table "
               "\"in.c-shop.orders\" yet.";
    }

    const SinkVersion mine_{SinkNumber(1), MappingVersion(1)};
    const SinkVersion others_{SinkNumber(2), MappingVersion(1)};
    const std::string cascade_ = kSources + "/my-source?cascade=true";
    const std::string cascade_other_ = kSources + "/other?cascade=true";
    const std::string incomplete_ =
        "Source deleted, but some destination resources could not be removed: ";
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

TEST_F(PurgeTest, TablesThatASinkHadBeforeAreDroppedToo) {
    make_source_and_sink();
    move_to_another_table(kSinks + "/my-sink");
    const auto id = begin(cascade_);
    EXPECT_EQ(drops(), 1);
    EXPECT_EQ(std::count(log_.begin(), log_.end(), "drop in.c-shop.moved"), 1);
    EXPECT_EQ(task(id)["result"],
              "Source and its destination tables and bucket have been deleted.");
}

TEST_F(PurgeTest, ATableThatASinkHadBeforeIsKeptForOneThatHasItNow) {
    make_source_and_sink();
    make_other();
    move_to_another_table(kSinks + "/my-sink");
    const auto id = begin(cascade_);
    EXPECT_EQ(drops(), 0);
    EXPECT_EQ(task(id)["result"],
              "Source and its destination tables have been deleted. Other sinks write to these, "
              "which were kept: in.c-shop.orders.");
}

TEST_F(PurgeTest, WaitsUntilAcceptedRowsAreImported) {
    make_source_and_sink();
    lifecycle_.staged[mine_] = 3;
    const auto id = begin(cascade_);
    EXPECT_EQ(task(id)["status"], "processing");
    EXPECT_EQ(drops(), 0);

    // Nobody brings the source back meanwhile.
    const auto undelete = call("PUT", kSources + "/my-source/undelete");
    EXPECT_EQ(undelete.status, 409);
    EXPECT_EQ(undelete.error(), "stream.api.sourceIsBeingDeleted");
    EXPECT_EQ(call("POST", kSources, R"({"name":"My Source","type":"http"})").status, 409);

    lifecycle_.staged.clear();
    strand_.wake();
    settle();
    EXPECT_EQ(task(id)["status"], "success");
    make_source();
}

// Goal    nobody waits for what only an operator brings on.
TEST_F(PurgeTest, NothingIsDeletedWhileRowsOfASinkAreSetAside) {
    make_source_and_sink();
    lifecycle_.staged[mine_] = 3;
    lifecycle_.by_sink[SinkNumber(1)].set_aside.rows = 3;
    const auto kept = task(begin(cascade_));
    EXPECT_EQ(kept["status"], "error") << "at once";
    EXPECT_EQ(kept["error"],
              "Source and its destination tables are kept: 3 rows of the sink \"my-sink\" are set "
              "aside. Discard or restore their files first.");
    EXPECT_EQ(call("GET", kSinks + "/my-sink").status, 200);
    EXPECT_EQ(drops(), 0);

    finish("DELETE", kSinks + "/my-sink");
    EXPECT_EQ(task(begin(cascade_))["error"],
              "Source and its destination tables are kept: 3 rows of the sink \"my-sink\", which "
              "is deleted and has to be undeleted, are set aside. Discard or restore their files "
              "first.");

    lifecycle_.staged.clear();
    lifecycle_.by_sink.clear();
    EXPECT_EQ(task(begin(cascade_))["status"], "success");
}

TEST_F(PurgeTest, WhatIsSetAsideMeanwhileIsNotWaitedForEither) {
    make_source_and_sink();
    lifecycle_.staged[mine_] = 3;
    const auto id = begin(cascade_);
    EXPECT_EQ(task(id)["status"], "processing");
    lifecycle_.by_sink[SinkNumber(1)].set_aside.rows = 3;
    pass(std::chrono::seconds(1));
    EXPECT_EQ(task(id)["error"],
              incomplete_ +
                  "3 rows of the sink \"my-sink\" are set aside. Undelete the source, and "
                  "discard or restore their files first.");
    EXPECT_EQ(drops(), 0);
    EXPECT_EQ(finish("PUT", kSources + "/my-source/undelete")["status"], "success");
}

TEST_F(PurgeTest, RowsThatCannotBeImportedKeepTheirTableAndAreNamed) {
    make_source_and_sink();
    lifecycle_.staged[mine_] = 3;
    const auto id = begin(cascade_);
    pass(std::chrono::minutes(5));
    EXPECT_EQ(drops(), 0);
    EXPECT_EQ(task(id)["status"], "error");
    EXPECT_EQ(task(id)["error"],
              "Source deleted, but some destination resources could not be removed: 3 rows are not "
              "imported into table \"in.c-shop.orders\" yet.");
    EXPECT_EQ(task(id)["outputs"]["sourceId"], "my-source");
    EXPECT_EQ(finish("PUT", kSources + "/my-source/undelete")["status"], "success");
}

TEST_F(PurgeTest, ATableOfAnotherSinkIsKept) {
    make_source_and_sink();
    make_other();
    const auto id = begin(cascade_);
    EXPECT_EQ(drops(), 0);
    EXPECT_EQ(task(id)["result"],
              "Source and its destination tables have been deleted. Other sinks write to these, "
              "which were kept: in.c-shop.orders.");
}

// Goal    a file that was mapped for the table still finds it, wherever its sink writes now.
TEST_F(PurgeTest, ATableIsKeptForRowsOfAnotherSinkThatHasMovedSince) {
    make_source_and_sink();
    make_other();
    lifecycle_.staged[others_] = 5;
    move_to_another_table(kSources + "/other/sinks/my-sink");
    const auto id = begin(cascade_);
    EXPECT_EQ(task(id)["status"], "processing") << "they may be imported yet";
    pass(std::chrono::minutes(5));
    EXPECT_EQ(drops(), 0);
    EXPECT_EQ(task(id)["error"], owed_by_the_other(5));

    ASSERT_EQ(finish("PUT", kSources + "/my-source/undelete")["status"], "success");
    const auto again = begin(cascade_);
    lifecycle_.staged.clear();
    pass(Milliseconds(1));
    EXPECT_EQ(drops(), 1);
    EXPECT_EQ(task(again)["status"], "success");
}

TEST_F(PurgeTest, ATableIsKeptForSuchRowsThatOnlyTheJournalHas) {
    make_source_and_sink();
    make_other();
    move_to_another_table(kSources + "/other/sinks/my-sink");
    journal_.files = {fakes::open_file(2, 4)};
    const auto id = begin(cascade_);
    pass(std::chrono::minutes(5));
    EXPECT_EQ(drops(), 0);
    EXPECT_EQ(task(id)["error"], owed_by_the_other(4));
}

// Goal    no table goes while rows for it may be between a loop and the journal.
// Method  another sink moves away; its route is not served yet when the purge looks.
TEST_F(PurgeTest, AChangeThatIsNotInEffectYetIsWaitedFor) {
    make_source_and_sink();
    make_other();
    lifecycle_.staged[mine_] = 3;
    const auto id = begin(cascade_);
    const auto moved = call("PATCH", kSources + "/other/sinks/my-sink",
                            R"({"table":{"tableId":"in.c-shop.moved"}})");
    EXPECT_EQ(moved.status, 202);
    strand_.run();
    lifecycle_.staged.clear();
    strand_.wake();
    strand_.run();
    EXPECT_EQ(drops(), 0);
    EXPECT_EQ(task(id)["status"], "processing");

    journal_.files = {fakes::open_file(2, 4)};
    settle();
    pass(Milliseconds(1));
    EXPECT_EQ(drops(), 0);
    journal_.files.clear();
    pass(Milliseconds(1));
    EXPECT_EQ(drops(), 1);
    EXPECT_EQ(task(id)["status"], "success");
}

TEST_F(PurgeTest, ThatSuchAChangeTakesTooLongIsSaid) {
    make_source_and_sink();
    make_other();
    lifecycle_.staged[mine_] = 3;
    const auto id = begin(cascade_);
    call("PATCH", kSources + "/other/sinks/my-sink", R"({"table":{"tableId":"in.c-shop.moved"}})");
    strand_.run();
    lifecycle_.staged.clear();
    clock_.advance(std::chrono::minutes(5));
    strand_.wake();
    strand_.run();
    EXPECT_EQ(drops(), 0);
    EXPECT_EQ(task(id)["error"], incomplete_ + "another change is not in effect yet.");
}

TEST_F(PurgeTest, RowsThatWaitForATableOfAnotherSinkAreNamedToo) {
    make_source_and_sink();
    make_other();
    lifecycle_.staged[others_] = 5;
    const auto id = begin(cascade_other_);
    pass(std::chrono::minutes(5));
    EXPECT_EQ(task(id)["error"],
              incomplete_ + "5 rows are not imported into table \"in.c-shop.orders\" yet.");
    EXPECT_EQ(std::count(log_.begin(), log_.end(), "remove source other"), 0);
}

TEST_F(PurgeTest, RowsOfItsOwnEarlierMappingAreNamedWithTheirTable) {
    make_source_and_sink();
    lifecycle_.staged[mine_] = 3;
    journal_.files = {fakes::open_file(1, 4)};
    move_to_another_table(kSinks + "/my-sink");
    const auto id = begin(cascade_);
    pass(std::chrono::minutes(5));
    EXPECT_EQ(drops(), 0);
    EXPECT_EQ(task(id)["error"],
              incomplete_ + "7 rows are not imported into table \"in.c-shop.orders\" yet.");
}

// Goal    rows on their way to a table that is kept anyway hold up nobody.
TEST_F(PurgeTest, RowsOfOthersForATableOfTheirsAreNotWaitedFor) {
    make_source_and_sink();
    make_other();
    lifecycle_.staged[others_] = 5;
    EXPECT_EQ(task(begin(cascade_))["status"], "success");
}

TEST_F(PurgeTest, ATableThatCannotBeDroppedIsNamed) {
    make_source_and_sink();
    target_.refusal = Error(Code::unavailable, "database is locked").in("/secret/path");
    const auto id = begin(cascade_);
    for (int i = 0; i < 30; ++i) pass(std::chrono::milliseconds(200));
    EXPECT_EQ(task(id)["error"],
              "Source deleted, but some destination resources could not be removed: table "
              "\"in.c-shop.orders\" is not available: database is locked.");
    EXPECT_EQ(call("GET", kSources + "/deleted").json()["page"]["totalCount"], 1);
}

TEST_F(PurgeTest, ATableThatIsLockedForAMomentIsDroppedThen) {
    make_source_and_sink();
    target_.refusal = Error(Code::unavailable, "locked by an import");
    const auto id = begin(cascade_);
    pass(std::chrono::seconds(1));
    EXPECT_EQ(task(id)["status"], "processing");
    target_.refusal.reset();
    pass(std::chrono::seconds(1));
    EXPECT_EQ(task(id)["status"], "success");
}

TEST_F(PurgeTest, NothingIsDeletedWhileTheRowsOfAVolumeAreUnknown) {
    make_source_and_sink();
    journal_.unknown = {VolumeId("fast")};
    const auto answer = call("DELETE", cascade_);
    settle();
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.error(), "stream.api.volumeFailed");
    EXPECT_EQ(
        answer.message(),
        "The rows of the failed or missing volume \"fast\" cannot be counted. If it has failed, "
        "the "
        "log of the start says why (volume_is_failed): mend that, remove the file FAILED in its "
        "directory if there is one, and restart the service. If it is missing, configure it again, "
        "or give it up with `millrace volume lost NAME`.");
    EXPECT_EQ(drops(), 0);
    EXPECT_EQ(call("GET", kSources + "/my-source").status, 200);

    journal_.unknown.clear();
    EXPECT_EQ(task(begin(cascade_))["status"], "success") << "nothing was kept from before";
}

TEST_F(PurgeTest, OneThatARestartInterruptsSaysSo) {
    make_source_and_sink();
    lifecycle_.staged[mine_] = 3;
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
