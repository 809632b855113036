// Goal    what a client of Stream Load is answered is what happened, whatever it sends and whenever
//         it goes away.
// Method  the door on a real loop with the real catalog; a row is a line (stream_load_fixture.h).

#include "api/stream_load/stream_load_door.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "core/base/error_names.h"
#include "tests/unit/api/stream_load/stream_load_fixture.h"

namespace millrace::stream_load {
namespace {

using StreamLoadDoorTest = DoorFixture;

std::string text_of(const nlohmann::json& json, const char* key) {
    return json.value(key, std::string("none"));
}

TEST_F(StreamLoadDoorTest, ALoadIsCommittedBeforeItsAnswer) {
    const auto json = ask(load("1\n2\nunwanted\n3", "label: a\r\ncomment: why\r\n"));
    EXPECT_EQ(json["Status"], "Success");
    EXPECT_EQ(json["Label"], "a");
    EXPECT_EQ(json["Comment"], "why");
    EXPECT_EQ(json["NumberTotalRows"], 4);
    EXPECT_EQ(json["NumberLoadedRows"], 3);
    EXPECT_EQ(json["NumberUnselectedRows"], 1);
    EXPECT_EQ(json["LoadBytes"], 14);
    const auto found = find(json["TxnId"]);
    EXPECT_EQ(found.state, LoadState::committed);
    EXPECT_EQ(found.counts.rows, 3U);
    EXPECT_EQ(found.label, "testdb/a");
    EXPECT_EQ(slices.files.with([](const auto& all) { return all.begin()->second; }),
              render_slice_header({.columns = {"id"}}) + "\"1\"\n\"2\"\n\"3\"\n");
    EXPECT_EQ(counters.loaded_rows, 3U);
    EXPECT_EQ(counters.open, 0);
}

TEST_F(StreamLoadDoorTest, AConnectionGoesOnBehindALoad) {
    RawClient client(port);
    for (int i = 0; i < 3; ++i) {
        const auto answer = client.ask(load("1\n"));
        EXPECT_NE(answer.body.find("\"Success\""), std::string::npos) << answer.body;
    }
}

TEST_F(StreamLoadDoorTest, ARepeatedLabelIsToldWhatBecameOfTheFirst) {
    const auto first = ask(load("1\n2\n", "label: a\r\n"));
    const auto second = ask(load("1\n2\n", "label: a\r\n"));
    EXPECT_EQ(second["Status"], "Label Already Exists");
    EXPECT_EQ(second["ExistingJobStatus"], "FINISHED");
    EXPECT_EQ(second["TxnId"], -1);
    EXPECT_EQ(second["ExistingTxnId"], first["TxnId"]);
    EXPECT_EQ(second["ExistingLoadedRows"], 2);
    EXPECT_EQ(text_of(second, "Message"),
              "[LABEL_ALREADY_EXISTS]TStatus: errCode = 2, detailMessage = Label [a] has already "
              "been used, relate to txn [" +
                  std::to_string(first["TxnId"].get<int>()) + "]");
}

TEST_F(StreamLoadDoorTest, TheLabelOfAFailedLoadIsFree) {
    for (int i = 0; i < 2; ++i) {
        const auto bad = ask(load("1\nbad\n", "label: a\r\n"));
        EXPECT_EQ(bad["Status"], "Fail");
        EXPECT_EQ(bad["Message"], "[DATA_QUALITY_ERROR]too many filtered rows");
        EXPECT_EQ(bad["NumberTotalRows"], 2);
        EXPECT_EQ(bad["NumberLoadedRows"], 0);
        EXPECT_EQ(bad["NumberFilteredRows"], 1);
        const auto given_up = find(bad["TxnId"]);
        EXPECT_EQ(given_up.state, LoadState::aborted);
        EXPECT_EQ(given_up.reason, "[DATA_QUALITY_ERROR]too many filtered rows");
        EXPECT_EQ(given_up.counts.filtered, 1U) << "as the sender was told";
    }
    EXPECT_EQ(ask(load("1\n", "label: a\r\n"))["Status"], "Success");
    EXPECT_EQ(ask(load("1\n", "label: a\r\n"))["Status"], "Label Already Exists");
    EXPECT_EQ(slices.files.with([](const auto& all) { return all.size(); }), 1U);
}

TEST_F(StreamLoadDoorTest, FilteredRowsAreReadAtTheirAddress) {
    const auto json = ask(load("1\nbad\n", "max_filter_ratio: 1\r\n"));
    EXPECT_EQ(json["Status"], "Success");
    const auto url = text_of(json, "ErrorURL");
    ASSERT_TRUE(url.starts_with("http://h:1/api/_load_error_log?file=")) << url;
    RawClient client(port);
    const auto answer = client.ask("GET " + url.substr(10) + " HTTP/1.1\r\n\r\n");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "Reason: it is bad. src line [bad]; \n");
    EXPECT_EQ(client.ask("GET /api/_load_error_log?file=../catalog.sqlite HTTP/1.1\r\n\r\n").status,
              404);
}

TEST_F(StreamLoadDoorTest, ABodyThatCannotBeReadOnIsAnsweredBeforeItsEnd) {
    RawClient client(port);
    client.send("PUT " + std::string(kLoadPath) + " HTTP/1.1\r\n" + std::string(kLoader) +
                "label: a\r\nContent-Length: 1000\r\n\r\n1\n2\n3\nbroken\n");
    const auto json = nlohmann::json::parse(client.read_answer().body);
    EXPECT_EQ(json["Message"], "[DATA_QUALITY_ERROR]Multiple JSON objects in a single line");
    EXPECT_EQ(find(json["TxnId"]).state, LoadState::aborted);
}

// Goal    a client that sends its whole body before it reads hears why the load has failed.
TEST_F(StreamLoadDoorTest, TheRestOfABodyIsReadBeforeItsFailureIsAnswered) {
    for (const auto* headers : {"label: a\r\n", "label: -!-\r\n"}) {
        RawClient client(port);
        const std::string part(8 << 20, '1');
        constexpr std::size_t kParts = 12;  // more than sockets and a lingering end take
        client.send("PUT " + std::string(kLoadPath) + " HTTP/1.1\r\n" + std::string(kLoader) +
                    headers + "Content-Length: " + std::to_string(kParts * part.size() + 7) +
                    "\r\n\r\nbroken\n");
        for (std::size_t i = 0; i < kParts; ++i) ASSERT_TRUE(client.send(part)) << headers;
        const auto json = nlohmann::json::parse(client.read_answer().body);
        EXPECT_EQ(json["Status"], "Fail") << json;
    }
}

TEST_F(StreamLoadDoorTest, TwoPhasesAreOneLoad) {
    const auto json = ask(load("1\n", "label: a\r\ntwo_phase_commit: true\r\n"));
    EXPECT_EQ(json["Status"], "Success");
    EXPECT_EQ(json["TwoPhaseCommit"], "true");
    const auto number = std::to_string(json["TxnId"].get<int>());
    EXPECT_EQ(find(json["TxnId"]).state, LoadState::prepared);
    EXPECT_EQ(ask(load("1\n", "label: a\r\n"))["ExistingJobStatus"], "PRECOMMITTED");

    const auto commit = "txn_id: " + number + "\r\ntxn_operation: commit\r\n";
    const auto first = two_phase(commit);
    EXPECT_EQ(first["status"], "Success");
    EXPECT_EQ(first["msg"], "transaction [" + number + "] commit successfully.");
    EXPECT_EQ(find(json["TxnId"]).state, LoadState::committed);
    const auto second = two_phase(commit);
    EXPECT_EQ(second["status"], "Success");
    EXPECT_EQ(second["msg"], "TStatus: errCode = 2, detailMessage = transaction [" + number +
                                 "] is already committed, not pre-committed.");
    const auto abort = two_phase("txn_id: " + number + "\r\ntxn_operation: abort\r\n");
    EXPECT_EQ(abort["status"], "ANALYSIS_ERROR");
    EXPECT_NE(text_of(abort, "msg").find("is already COMMITTED, could not abort."),
              std::string::npos);
}

TEST_F(StreamLoadDoorTest, AnAbortFreesTheLabel) {
    const std::string headers = "label: a\r\ntwo_phase_commit: true\r\n";
    const auto json = ask(load("1\n", headers));
    const auto number = std::to_string(json["TxnId"].get<int>());
    const auto first = two_phase("label: a\r\ntxn_operation: abort\r\n");
    EXPECT_EQ(first["status"], "Success");
    EXPECT_EQ(first["msg"], "label [a] transaction [" + number + "] abort successfully.");
    const auto second = two_phase("txn_id: " + number + "\r\ntxn_operation: abort\r\n");
    EXPECT_EQ(second["status"], "Success");
    EXPECT_NE(text_of(second, "msg").find("is already aborted, abort reason: User Abort"),
              std::string::npos);
    const auto commit = two_phase("txn_id: " + number + "\r\ntxn_operation: commit\r\n");
    EXPECT_EQ(commit["status"], "ANALYSIS_ERROR");
    EXPECT_NE(text_of(commit, "msg").find("is already aborted. abort reason: User Abort"),
              std::string::npos);
    EXPECT_EQ(ask(load("1\n", headers))["Status"], "Success");
}

TEST_F(StreamLoadDoorTest, ATransactionThatIsNotThereIsTold) {
    struct Case {
        std::string headers;
        std::string wanted;
    };
    for (const auto& [headers, wanted] : std::vector<Case>{
             {"txn_id: 999999\r\ntxn_operation: commit\r\n", "transaction [999999] not found."},
             {"txn_id: x\r\ntxn_operation: commit\r\n", "convert txn_id [x] failed, reason="},
             {"label: x\r\ntxn_operation: commit\r\n", "not found."},
             {"txn_id: 1\r\ntxn_operation: foo\r\n",
              "transaction operation should be 'commit' or 'abort'"},
             {"txn_id: 1\r\n", "No transaction operation('commit' or 'abort') selected."},
             {"txn_operation: commit\r\n", "No transaction id or label selected."},
         }) {
        const auto json = two_phase(headers);
        EXPECT_NE(text_of(json, "msg").find(wanted), std::string::npos) << json.dump();
        EXPECT_NE(text_of(json, "status"), "Success") << headers;
    }
}

TEST_F(StreamLoadDoorTest, AnEmptyLoadBurnsNoLabelUnlessItHasTwoPhases) {
    for (int i = 0; i < 2; ++i) {
        const auto json = ask(load("", "label: a\r\n"));
        EXPECT_EQ(json["Status"], "Success");
        EXPECT_EQ(json["NumberTotalRows"], 0);
    }
    const std::string headers = "label: a\r\ntwo_phase_commit: true\r\n";
    EXPECT_EQ(ask(load("", headers))["Status"], "Success");
    const auto again = ask(load("", headers));
    EXPECT_EQ(again["ExistingJobStatus"], "PRECOMMITTED");
    EXPECT_EQ(again["TwoPhaseCommit"], "true");
}

TEST_F(StreamLoadDoorTest, RowsThatAreNotVisibleInTimeAreCommittedAllTheSame) {
    is_visible = false;
    const auto json = ask(load("1\n", "label: a\r\n"));
    EXPECT_EQ(json["Status"], "Publish Timeout");
    EXPECT_EQ(json["NumberLoadedRows"], 1);
    EXPECT_EQ(find(json["TxnId"]).state, LoadState::committed);
}

TEST_F(StreamLoadDoorTest, ALoadWhoseTableRefusesARowFailsAndItsLabelIsFree) {
    is_visible = false;
    before_visible = [this](const Load& load) {
        ASSERT_TRUE(catalog_->take_back_load(*load.file, "row 1 of slice 1: too cheap", {}).ok());
    };
    const auto json = ask(load("1\n", "label: a\r\n"));
    EXPECT_EQ(json["Status"], "Fail");
    EXPECT_NE(text_of(json, "Message").find("too cheap"), std::string::npos) << json.dump();
    EXPECT_FALSE(text_of(json, "ErrorURL").empty()) << json.dump();
    EXPECT_EQ(find(json["TxnId"]).state, LoadState::aborted);
    is_visible = true;
    before_visible = [](const auto&) {};
    EXPECT_EQ(ask(load("1\n", "label: a\r\n"))["Status"], "Success");
}

// Goal    a client that waits while an operator gives its rows up hears that, not that they come.
TEST_F(StreamLoadDoorTest, WhoWaitsForRowsThatAreSetAsideHearsSo) {
    is_visible = false;
    before_visible = [this](const Load& load) {
        ASSERT_TRUE(catalog_->set_aside(*load.file, "the table is moved", {}).ok());
    };
    const auto aside = ask(load("1\n", "label: a\r\n"));
    EXPECT_EQ(aside["Status"], "Publish Timeout");
    EXPECT_NE(text_of(aside, "Message").find("its rows are set aside"), std::string::npos) << aside;
    EXPECT_NE(text_of(aside, "Message").find("the table is moved"), std::string::npos) << aside;

    const auto taken = ask(load("1\n", "label: a\r\n"));
    EXPECT_EQ(taken["Status"], "Label Already Exists");
    EXPECT_THAT(text_of(taken, "Message"),
                testing::EndsWith("], its rows are set aside, and will be visible only if they are "
                                  "restored: the table is moved"));

    before_visible = [this](const Load& load) {
        ASSERT_TRUE(catalog_->set_aside(*load.file, "the table is moved", {}).ok());
        ASSERT_TRUE(catalog_->discard_file(*load.file).ok());
    };
    const auto discarded = ask(load("1\n", "label: b\r\n"));
    EXPECT_EQ(discarded["Status"], "Fail");
    EXPECT_NE(text_of(discarded, "Message").find("the load was given up: "), std::string::npos)
        << discarded;
    EXPECT_NE(text_of(discarded, "Message").find("the table is moved"), std::string::npos);
    is_visible = true;
    before_visible = [](const auto&) {};
    EXPECT_EQ(ask(load("1\n", "label: b\r\n"))["Status"], "Success") << "its label is free";
}

TEST_F(StreamLoadDoorTest, AGroupIsAnsweredAsAGroup) {
    is_visible = false;
    const auto async = ask(load("1\n", "group_commit: async_mode\r\n"));
    EXPECT_EQ(async["Status"], "Success");
    EXPECT_EQ(async["GroupCommit"], true);
    EXPECT_TRUE(text_of(async, "Label").starts_with("group_commit_"));
    EXPECT_FALSE(async.contains("TwoPhaseCommit"));
    const auto missing =
        ask(load("1\n", "group_commit: sync_mode\r\n", "/api/testdb/none/_stream_load"));
    EXPECT_NE(text_of(missing, "Message").find("OlapTable not found"), std::string::npos);
}

TEST_F(StreamLoadDoorTest, AStateIsFoundByItsLabel) {
    ask(load("1\n", "label: done\r\n"));
    ask(load("1\n", "label: held\r\ntwo_phase_commit: true\r\n"));
    const auto state = [&](const std::string& label) {
        return ask("GET /api/testdb/get_load_state?label=" + label + " HTTP/1.1\r\n" +
                   std::string(kLoader) + "\r\n");
    };
    EXPECT_EQ(state("done")["data"], "COMMITTED");
    EXPECT_EQ(state("held")["data"], "PRECOMMITTED");
    EXPECT_EQ(state("none")["data"], "UNKNOWN");
    EXPECT_EQ(state("")["data"], "No label selected");
    const auto cancelled = ask("POST /api/testdb/_cancel?label=held HTTP/1.1\r\n" +
                               std::string(kLoader) + "Content-Length: 0\r\n\r\n");
    EXPECT_EQ(cancelled["msg"], "success");
    EXPECT_EQ(state("held")["data"], "ABORTED");
}

TEST_F(StreamLoadDoorTest, WhoMayNotIsTold) {
    struct Case {
        std::string authorization;
        int status;
        std::string wanted;
    };
    for (const auto& [authorization, status, wanted] : std::vector<Case>{
             {"", 401, "[NOT_AUTHORIZED]"},
             {"Authorization: Basic cm9vdDp3cm9uZw==\r\n", 401, "[NOT_AUTHORIZED]"},
             {std::string(kLoader), 200, "Access denied"},
         }) {
        RawClient client(port);
        client.send("PUT /api/other/t/_stream_load HTTP/1.1\r\nlabel: a\r\n" + authorization +
                    "Content-Length: 2\r\n\r\n1\n");
        const auto answer = client.read_answer();
        EXPECT_EQ(answer.status, status);
        const auto json = nlohmann::json::parse(answer.body);
        EXPECT_EQ(json["Status"], "Fail");
        EXPECT_EQ(json["Label"], "a");
        EXPECT_NE(text_of(json, "Message").find(wanted), std::string::npos) << answer.body;
    }
    RawClient client(port);
    EXPECT_EQ(client.ask("PUT /api/testdb/_stream_load_2pc HTTP/1.1\r\n\r\n").status, 401);
}

TEST_F(StreamLoadDoorTest, ABodyWithoutLengthIsNoEmptyLoad) {
    const auto json = ask("PUT " + std::string(kLoadPath) + " HTTP/1.1\r\n" + std::string(kLoader) +
                          "Expect: 100-continue\r\n\r\n");
    EXPECT_EQ(json["Status"], "Fail");
    EXPECT_NE(
        text_of(json, "Message").find("content_length is empty and transfer-encoding!=chunked"),
        std::string::npos);
}

TEST_F(StreamLoadDoorTest, AHeadThatIsRefusedIsAFailedLoad) {
    struct Case {
        std::string headers;
        std::string wanted;
    };
    for (const auto& [headers, wanted] : std::vector<Case>{
             {"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n1\n",
              "[INVALID_ARGUMENT]please do not set both content_length and transfer-encoding"},
             {"columns: " + std::string(20'000, 'a') + "\r\n\r\n", "header"},
         }) {
        const auto json =
            ask("PUT " + std::string(kLoadPath) + " HTTP/1.1\r\n" + std::string(kLoader) + headers);
        EXPECT_EQ(json["Status"], "Fail");
        EXPECT_NE(text_of(json, "Message").find(wanted), std::string::npos) << json.dump();
    }
}

TEST_F(StreamLoadDoorTest, ChunksAreABody) {
    const auto json = ask("PUT " + std::string(kLoadPath) + " HTTP/1.1\r\n" + std::string(kLoader) +
                          "Transfer-Encoding: chunked\r\n\r\n2\r\n1\n\r\n3\r\n22\n\r\n0\r\n\r\n");
    EXPECT_EQ(json["Status"], "Success") << json.dump();
    EXPECT_EQ(json["NumberLoadedRows"], 2);
}

// Goal    "the label is free" holds when it is said.
TEST_F(StreamLoadDoorTest, ABodyThatCannotBeReadOnFreesItsLabelBeforeTheAnswer) {
    for (int i = 0; i < 20; ++i) {
        const auto json = ask("PUT " + std::string(kLoadPath) + " HTTP/1.1\r\nHost: h:1\r\n" +
                              std::string(kLoader) +
                              "label: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n1\n\r\nZZ\r\n");
        EXPECT_EQ(json["Status"], "Fail");
        EXPECT_NE(text_of(json, "Message").find("bad chunk"), std::string::npos) << json.dump();
        const auto load = catalog_->find_load(kScope, "testdb/a").value();
        ASSERT_TRUE(load);
        EXPECT_EQ(load->state, LoadState::aborted);
    }
}

TEST_F(StreamLoadDoorTest, AStopEndsABodyThatIsNotWholeWithAnAnswer) {
    stop_at.set(clock_.steady() + Milliseconds(200));
    const auto json = ask("PUT " + std::string(kLoadPath) + " HTTP/1.1\r\nHost: h:1\r\n" +
                          std::string(kLoader) + "label: a\r\nContent-Length: 100\r\n\r\n1\n");
    EXPECT_EQ(json["Status"], "Fail");
    EXPECT_NE(text_of(json, "Message").find("the service stops"), std::string::npos) << json.dump();
    EXPECT_EQ(find(json["TxnId"]).state, LoadState::aborted);
    stop_at.set(SteadyTime::max());
    EXPECT_EQ(ask(load("1\n", "label: a\r\n"))["Status"], "Success");
}

TEST_F(StreamLoadDoorTest, ABodyThatIsTooLargeIsRefused) {
    const auto json = ask("PUT " + std::string(kLoadPath) + " HTTP/1.1\r\n" + std::string(kLoader) +
                          "Content-Length: 900000000\r\n\r\n");
    EXPECT_NE(text_of(json, "Message").find("[E-217]body size 900000000 exceed BE's conf"),
              std::string::npos);
}

TEST_F(StreamLoadDoorTest, WhoWaitsIsToldToGoOnOnceTheLoadHasBegun) {
    const auto head = [](const std::string& more) {
        return "PUT " + std::string(kLoadPath) + " HTTP/1.1\r\n" + std::string(kLoader) + more +
               "Expect: 100-Continue\r\nContent-Length: 2\r\n\r\n";
    };
    RawClient waiting(port);
    EXPECT_EQ(waiting.ask(head("label: a\r\n")).status, 100);
    waiting.send("1\n");
    EXPECT_NE(waiting.read_answer().body.find("\"Success\""), std::string::npos);

    RawClient taken(port);
    const auto answer = taken.ask(head("label: a\r\n"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_NE(answer.body.find("Label Already Exists"), std::string::npos);

    RawClient eager(port);
    eager.send(head("") + "1\n");
    EXPECT_EQ(eager.read_answer().status, 200);

    RawClient fluent(port);
    fluent.send(head("User-Agent: Fluent-Bit\r\n"));
    wait_for([&] { return counters.open == 1; });
    fluent.send("1\n");
    EXPECT_EQ(fluent.read_answer().status, 200);
}

// Method  the client goes away before each byte of the request.
TEST_F(StreamLoadDoorTest, AClientThatGoesAwayLoadsNothing) {
    const auto request = load("1\n2\n3\n", "label: a\r\n");
    for (std::size_t bytes = 1; bytes < request.size(); ++bytes) {
        RawClient client(port);
        client.send(std::string_view(request).substr(0, bytes));
        client.close();
    }
    // Those whose head was whole have begun a load; of two at once one has the label.
    const auto begun = request.size() - request.find("\r\n\r\n") - 4;
    wait_for([&] {
        return std::accumulate(counters.ended.begin(), counters.ended.end(), std::uint64_t{0}) ==
               begun;
    });
    EXPECT_EQ(counters.ended[static_cast<std::size_t>(LoadStatus::success)], 0U);
    EXPECT_TRUE(slices.files.with([](const auto& all) { return all.empty(); }));
    wait_for([&] { return ask(load("1\n", "label: a\r\n"))["Status"] == "Success"; });
}

TEST_F(StreamLoadDoorTest, ParquetIsRefusedByNameWithoutItsLibrary) {
    parquet.checked = Error(Code::not_found, "libduckdb.so is not there");
    const auto json = ask(load("PAR1", "format: parquet\r\nlabel: a\r\n"));
    EXPECT_EQ(json["Status"], "Fail");
    EXPECT_EQ(json["TxnId"], -1);
    EXPECT_THAT(text_of(json, "Message"),
                testing::AllOf(testing::StartsWith("[NOT_IMPLEMENTED_ERROR]data of the format "
                                                   "parquet cannot be loaded"),
                               testing::HasSubstr("please send csv or json")));
    parquet.checked = Error(Code::unavailable, "load /x/libduckdb.so: it is broken");
    const auto broken = ask(load("PAR1", "format: parquet\r\nlabel: a\r\n"));
    EXPECT_EQ(text_of(broken, "Message").find("/x/"), std::string::npos);
    parquet.checked = {};
    EXPECT_EQ(ask(load("1\n", "format: parquet\r\nlabel: a\r\n"))["Status"], "Success");
}

// Method  the only turn is taken; the loads hold no thread then, so others go on.
TEST_F(StreamLoadDoorTest, FilesThatAreWholeWaitForTheirTurnAndOthersDoNot) {
    auto turn = parquet_turns.take([] {});
    std::atomic<int> loaded = 0;
    std::vector<std::thread> clients;
    for (int i = 0; i < 8; ++i) {
        clients.emplace_back([&] {
            loaded += ask(load("1\n", "format: parquet\r\n"))["Status"] == "Success" ? 1 : 0;
        });
    }
    wait_for([&] { return counters.open == 8; });
    EXPECT_EQ(ask(load("1\n"))["Status"], "Success");
    EXPECT_EQ(loaded, 0);
    turn.reset();
    for (auto& client : clients) client.join();
    EXPECT_EQ(loaded, 8);
    EXPECT_TRUE(parquet_turns.take([] {}));
}

TEST_F(StreamLoadDoorTest, TheTimeOfAFileThatWaitsGoesOn) {
    auto turn = parquet_turns.take([] {});
    const auto json = ask(load("1\n", "format: parquet\r\nlabel: a\r\ntimeout: 1\r\n"));
    EXPECT_EQ(json["Status"], "Fail");
    EXPECT_NE(text_of(json, "Message").find("timeout by txn manager"), std::string::npos);
    turn.reset();
    EXPECT_TRUE(parquet_turns.take([] {})) << "nobody has it in its place";
    EXPECT_EQ(ask(load("1\n", "label: a\r\n"))["Status"], "Success");
}

TEST_F(StreamLoadDoorTest, OfManyLoadsWithOneLabelOneRuns) {
    std::vector<std::thread> clients;
    std::atomic<int> loaded = 0;
    std::atomic<int> taken = 0;
    for (int i = 0; i < 16; ++i) {
        clients.emplace_back([&] {
            const auto json = ask(load("1\n2\n", "label: a\r\n"));
            loaded += json["Status"] == "Success" ? 1 : 0;
            taken += json["Status"] == "Label Already Exists" ? 1 : 0;
        });
    }
    for (auto& client : clients) client.join();
    EXPECT_EQ(loaded, 1);
    EXPECT_EQ(taken, 15);
}

// Goal    a body larger than all buffers comes whole, and the loop serves others beside it.
TEST_F(StreamLoadDoorTest, ALargeBodyComesWhole) {
    std::string body;
    for (int i = 0; body.size() < 1'000'000; ++i) body += std::to_string(i) + "\n";
    const auto rows = std::count(body.begin(), body.end(), '\n');
    const auto json = ask(load(body));
    EXPECT_EQ(json["Status"], "Success");
    EXPECT_EQ(json["NumberLoadedRows"], rows);
    EXPECT_EQ(json["LoadBytes"], body.size());
}

TEST_F(StreamLoadDoorTest, AHeaderThatIsWrongIsAnsweredAtOnce) {
    const auto json = ask(load("1\n", "timeout: abc\r\nlabel: a\r\n"));
    EXPECT_EQ(json["Status"], "Fail");
    EXPECT_EQ(json["Label"], "a");
    EXPECT_EQ(json["TxnId"], -1);
    EXPECT_EQ(json["Message"], "[INVALID_ARGUMENT]Invalid format of 'timeout': 'abc', stoi");
}

TEST_F(StreamLoadDoorTest, AHeaderThatIsMistypedIsTold) {
    const auto json = ask(load("1\n", "column_sepatator: |\r\n"));
    EXPECT_NE(text_of(json, "Warning").find("column_separator"), std::string::npos);
}

TEST_F(StreamLoadDoorTest, ClientsFindWhatTheyAskTheFrontEndFor) {
    const auto get = [&](const std::string& path) {
        return ask("GET " + path + " HTTP/1.1\r\nHost: 10.0.0.1:7000\r\n" + std::string(kLoader) +
                   "\r\n");
    };
    const auto backends = get("/api/backends?is_alive=true")["data"]["backends"][0];
    EXPECT_EQ(backends["ip"], "10.0.0.1");
    EXPECT_EQ(backends["http_port"], 7000);
    EXPECT_EQ(backends["is_alive"], true);
    EXPECT_EQ(get("/api/bootstrap")["msg"], "success");
    EXPECT_EQ(get("/api/health")["data"]["online_backend_num"], 1);
    const auto schema = get("/api/testdb/t/_schema")["data"];
    EXPECT_EQ(schema["keysType"], "DUP_KEYS");
    EXPECT_EQ(schema["properties"][0]["name"], "id");
    EXPECT_EQ(schema["properties"][0]["type"], "BIGINT");
    EXPECT_EQ(get("/api/testdb/none/_schema")["code"], 404);
    EXPECT_EQ(get("/api/testdb/t/_count")["data"]["size"], 7);
    EXPECT_EQ(get("/api/nothing")["code"], 404);
    RawClient client(port);
    EXPECT_EQ(client.ask("GET / HTTP/1.1\r\n" + std::string(kLoader) + "\r\n").status, 200);
}

}  // namespace
}  // namespace millrace::stream_load
