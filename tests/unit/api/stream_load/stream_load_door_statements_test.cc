// Goal    loads by SQL are loads, and commits of several loads are all or none.
// Method  as stream_load_door_test.cc.

#include <gtest/gtest.h>

#include <string>

#include "api/stream_load/stream_load_door.h"
#include "tests/unit/api/stream_load/stream_load_fixture.h"

namespace millrace::stream_load {
namespace {

class StreamLoadDoorStatementsTest : public DoorFixture {
protected:
    nlohmann::json by_sql(const std::string& sql, std::string_view body,
                          const std::string& headers = "") {
        return ask(load(body, "sql: " + sql + "\r\n" + headers, "/api/_http_stream"));
    }

    std::string prepared(const std::string& label) {
        const auto json = ask(load("1\n", "label: " + label + "\r\ntwo_phase_commit: true\r\n"));
        EXPECT_EQ(json["Status"], "Success");
        return std::to_string(json["TxnId"].get<int>());
    }

    nlohmann::json end(const std::string& ids, const std::string& operation) {
        return two_phase("txn_id: " + ids + "\r\ntxn_operation: " + operation + "\r\n");
    }

    LoadState state(const std::string& number) { return find(std::stoull(number)).state; }
};

TEST_F(StreamLoadDoorStatementsTest, ALoadBySqlIsALoad) {
    const auto json = by_sql("insert into testdb.t select c1 from http_stream(\"format\"=\"csv\")",
                             "1\n2\n", "label: a\r\ntwo_phase_commit: true\r\n");
    EXPECT_EQ(json["Status"], "Success") << json;
    EXPECT_EQ(json["Label"], "a");
    EXPECT_EQ(json["TwoPhaseCommit"], "true");
    EXPECT_EQ(json["NumberLoadedRows"], 2);
    EXPECT_EQ(find(json["TxnId"]).state, LoadState::prepared);
    EXPECT_EQ(find(json["TxnId"]).label, "testdb/a");
}

TEST_F(StreamLoadDoorStatementsTest, AWrongStatementFailsBeforeItsBody) {
    const auto message = [&](const std::string& sql) {
        const auto json = by_sql(sql, "1\n");
        EXPECT_EQ(json["Status"], "Fail") << sql;
        return json["Message"].get<std::string>();
    };
    EXPECT_NE(message("insert into testdb.t select 1").find("FROM is expected"), std::string::npos);
    EXPECT_NE(message("insert into testdb.u select c1 from http_stream()").find("unknown table"),
              std::string::npos);
    EXPECT_NE(
        message("insert into testdb.t (z) select c1 from http_stream()").find("Unknown column 'z'"),
        std::string::npos);
    EXPECT_NE(message("insert into other.t select c1 from http_stream()").find("Access denied"),
              std::string::npos);
}

TEST_F(StreamLoadDoorStatementsTest, ALoadBySqlWithoutLengthIsNoEmptyLoad) {
    const auto json = ask("PUT /api/_http_stream HTTP/1.1\r\n" + std::string(kLoader) +
                          "sql: insert into testdb.t select c1 from http_stream()\r\n\r\n");
    EXPECT_NE(json["Message"].get<std::string>().find("content_length is empty"),
              std::string::npos);
}

TEST_F(StreamLoadDoorStatementsTest, SeveralLoadsAreCommittedByOneCall) {
    const auto a = prepared("a");
    const auto b = prepared("b");
    const auto c = prepared("c");
    const auto ids = a + "," + b + ", " + c;
    const auto first = end(ids, "commit");
    EXPECT_EQ(first["status"], "Success") << first;
    EXPECT_EQ(first["msg"], "transaction [" + ids + "] commit successfully.");
    for (const auto& id : {a, b, c}) EXPECT_EQ(state(id), LoadState::committed);
    EXPECT_EQ(end(ids, "commit")["status"], "Success") << "again";
    const auto abort = end(ids, "abort");
    EXPECT_EQ(abort["status"], "ANALYSIS_ERROR");
    EXPECT_NE(abort["msg"].get<std::string>().find("could not abort"), std::string::npos);
}

TEST_F(StreamLoadDoorStatementsTest, SeveralLoadsAreEndedTogetherOrNotAtAll) {
    const auto a = prepared("a");
    const auto b = prepared("b");
    EXPECT_EQ(end(b, "abort")["status"], "Success");
    const auto refused = end(a + "," + b, "commit");
    EXPECT_EQ(refused["status"], "ANALYSIS_ERROR") << refused;
    EXPECT_NE(refused["msg"].get<std::string>().find("transaction [" + b + "] is already aborted"),
              std::string::npos);
    EXPECT_EQ(state(a), LoadState::prepared);
    for (const auto& ids : {a + ",99999", a + ",", "," + a, a + ",x"}) {
        const auto wrong = end(ids, "commit");
        EXPECT_NE(wrong["status"], "Success") << ids;
        EXPECT_EQ(state(a), LoadState::prepared) << ids;
    }
    EXPECT_EQ(end(a + "," + b, "abort")["status"], "Success");
    EXPECT_EQ(state(a), LoadState::aborted);
}

TEST_F(StreamLoadDoorStatementsTest, RowsAreCountedByTheTarget) {
    const auto get = [&](const std::string& path) {
        return ask("GET " + path + " HTTP/1.1\r\n" + std::string(kLoader) + "\r\n");
    };
    const auto counted = get("/api/testdb/t/_count");
    EXPECT_EQ(counted["msg"], "success");
    EXPECT_EQ(counted["data"]["status"], 200);
    EXPECT_EQ(counted["data"]["size"], 7);
    EXPECT_EQ(get("/api/testdb/none/_count")["code"], 404);
    count = Error(Code::invalid, "the target cannot");
    EXPECT_EQ(get("/api/testdb/t/_count")["code"], 501);
    count = Error(Code::unavailable, "a disk");
    EXPECT_EQ(get("/api/testdb/t/_count")["code"], 500);
}

}  // namespace
}  // namespace millrace::stream_load
