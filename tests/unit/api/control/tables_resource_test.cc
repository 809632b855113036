#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "tests/support/some_load.h"
#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

const std::string kTables = "/v1/branches/default/tables";
const std::string kOne = kTables + "/in.c-testdb.t";
const std::string kTable = R"({"tableId":"in.c-testdb.t","columns":[
    {"name":"id","dataType":"INTEGER","primaryKey":true},{"name":"name"}]})";

class TablesResourceTest : public ApiTest {
protected:
    Load begin_load(const std::string& label) {
        const LoadScope scope{.project = ProjectId(1), .branch = BranchId(123)};
        const auto table = loads_catalog_
                               ->find_table({.project = scope.project,
                                             .branch = scope.branch,
                                             .table = TableId::parse("in.c-testdb.t").value()})
                               .value();
        auto load = loads_catalog_
                        ->begin_load(testing_support::load_into(mapping_of(*table), scope, label,
                                                                VolumeId("default")),
                                     {.wall = WallTime{1}, .age = AgeTime{1}})
                        .value()
                        .load;
        DefinitionEdit edit{.source = {}, .sinks = {}, .mappings = {}};
        edit.mappings.push_back({load.owner, mapping_of(*table)});
        EXPECT_TRUE(catalog_.save(edit).ok());
        return load;
    }
};

TEST_F(TablesResourceTest, ATableIsThereWhenTheAnswerSaysSo) {
    const auto made = call("POST", kTables, kTable);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.json()["target"], "default");
    EXPECT_EQ(made.json()["columns"], nlohmann::json::parse(R"([
        {"name":"id","dataType":"INTEGER","primaryKey":true,"nullable":false},
        {"name":"name","dataType":"STRING","primaryKey":false,"nullable":true}])"));
    ASSERT_EQ(target_.tables.size(), 1U);
    EXPECT_EQ(target_.tables[0].id.text(), "in.c-testdb.t");
    EXPECT_EQ(target_.tables[0].columns[0].data_type, DataType::integer);

    const auto again = call("POST", kTables, kTable);
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(again.json(), made.json());
    EXPECT_EQ(call("GET", kOne).json(), made.json());
    const auto list = call("GET", kTables).json();
    EXPECT_EQ(list["tables"][0], made.json());
    EXPECT_EQ(list["page"]["totalCount"], 1);
}

TEST_F(TablesResourceTest, ATableIsMadeWhenTheImportIntoItsBucketHasEnded) {
    target_.busy = 2;
    Answer made;
    std::atomic<bool> answered = false;
    std::thread client([&] {
        made = call("POST", kTables, kTable);
        answered = true;
    });
    while (!answered) {
        progress_.note();
        std::this_thread::yield();
    }
    client.join();
    EXPECT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(target_.busy, 0);
}

TEST_F(TablesResourceTest, ATargetThatStaysBusyIsTold) {
    target_.busy = 1;
    progress_.close();
    const auto answer = call("POST", kTables, kTable);
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.error(), "stream.api.targetBusy");
    EXPECT_EQ(answer.headers.count("Retry-After"), 1U);
    EXPECT_EQ(call("GET", kOne).status, 404);
    EXPECT_EQ(call("POST", kTables, kTable).status, 201);
}

TEST_F(TablesResourceTest, ATableIdIsOneTableOfOneTarget) {
    ASSERT_EQ(call("POST", kTables, kTable).status, 201);
    for (const auto* other : {
             R"({"tableId":"in.c-testdb.t","columns":[{"name":"id"}]})",
             R"({"tableId":"in.c-testdb.t","target":"lake","columns":[
                 {"name":"id","dataType":"INTEGER","primaryKey":true},{"name":"name"}]})",
             R"({"tableId":"in.c-testdb.t","columns":[
                 {"name":"id","dataType":"INTEGER","primaryKey":true},
                 {"name":"name","nullable":false}]})",
         }) {
        const auto answer = call("POST", kTables, other);
        EXPECT_EQ(answer.status, 409) << other;
        EXPECT_EQ(answer.error(), "stream.api.tableAlreadyExists");
    }
    EXPECT_TRUE(lake_.tables.empty());
}

TEST_F(TablesResourceTest, ATableOfASinkInAnotherTargetIsNotMade) {
    make_source_and_sink();
    const auto answer = call("POST", kTables, R"({"tableId":"in.c-shop.orders","target":"lake",
        "columns":[{"name":"id"}]})");
    EXPECT_EQ(answer.error(), "stream.api.tableAlreadyExists");
}

// Goal    what a sink has made is there: it is equal, or it differs.
TEST_F(TablesResourceTest, ATableOfASinkIsRecordedOnlyWithItsColumns) {
    make_source_and_sink();
    nlohmann::json columns;
    for (const auto& column : target_.tables.back().columns) {
        target_.page.columns.push_back(column.name);
        columns.push_back({{"name", column.name}, {"primaryKey", column.primary_key}});
    }
    ASSERT_GT(columns.size(), 1U);
    nlohmann::json table = {{"tableId", "in.c-shop.orders"}, {"columns", columns}};
    auto fewer = table;
    fewer["columns"].erase(fewer["columns"].size() - 1);
    auto more = table;
    more["columns"].push_back({{"name", "another"}});
    for (const auto& other : {fewer, more}) {
        const auto answer = call("POST", kTables, other.dump());
        EXPECT_EQ(answer.status, 409) << answer.body;
        EXPECT_EQ(answer.error(), "stream.api.tableAlreadyExists");
        EXPECT_THAT(answer.message(), testing::HasSubstr("my-sink"));
        EXPECT_EQ(call("GET", kTables + "/in.c-shop.orders").status, 404);
    }
    EXPECT_EQ(call("POST", kTables, table.dump()).status, 200);
    EXPECT_EQ(call("GET", kTables + "/in.c-shop.orders").status, 200);
}

TEST_F(TablesResourceTest, WhatTheTargetFindsOtherwiseIsAnotherTable) {
    target_.refusal = Error(Code::conflict, "expected [id INTEGER], found [id TEXT]");
    const auto answer = call("POST", kTables, kTable);
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(answer.error(), "stream.api.tableAlreadyExists");
    EXPECT_THAT(answer.message(), testing::HasSubstr("found [id TEXT]"));
}

TEST_F(TablesResourceTest, WhatIsWrongWithATableIsNamed) {
    const struct {
        const char* body;
        int status;
        const char* error;
    } cases[] = {
        {"", 400, "stream.api.missingPayload"},
        {"[]", 400, "stream.api.decodePayload"},
        {R"({"columns":[{"name":"a"}]})", 400, "stream.api.missingField"},
        {R"({"tableId":"in.c-a.b"})", 400, "stream.api.missingField"},
        {R"({"tableId":"in.c-a.b","columns":{}})", 400, "stream.api.invalidFieldType"},
        {R"({"tableId":"in.c-a.b","columns":[]})", 400, "stream.api.invalidLength"},
        {R"({"tableId":"a.b","columns":[{"name":"a"}]})", 400, "stream.api.badRequest"},
        {R"({"tableId":"in.c-a.b","columns":[{"name":"a"},{"name":"A"}]})", 400,
         "stream.api.badRequest"},
        {R"({"tableId":"in.c-a.b","columns":[{"name":"a","dataType":"INT"}]})", 400,
         "stream.api.invalidEnumValue"},
        {R"({"tableId":"in.c-a.b","columns":[{"name":"a","primaryKey":true,"nullable":true}]})",
         400, "stream.api.badRequest"},
        {R"({"tableId":"in.c-a.b","columns":[{"name":"a","nullable":1}]})", 400,
         "stream.api.invalidFieldType"},
        {R"({"tableId":"in.c-a.b","columns":[{"name":"a"},{"name":"SYS_op"}]})", 400,
         "stream.api.badRequest"},
        {R"({"tableId":"in.c-a.b","columns":[{"name":"__DORIS_DELETE_SIGN__"}]})", 400,
         "stream.api.badRequest"},
        {R"({"tableId":"in.c-a.b","columns":[{"name":"a"}],"csvParser":{"separator":"\""}})", 400,
         "stream.api.badRequest"},
        {R"({"tableId":"in.c-a.b","columns":[{"name":"a"}],"csvParser":{"separator":"\\n"}})", 400,
         "stream.api.badRequest"},
        {R"({"tableId":"in.c-a.b","columns":[{"name":"a"}],"csvParser":{"lineSeparator":","}})",
         400, "stream.api.badRequest"},
        {R"({"tableId":"in.c-a.b","target":"moon","columns":[{"name":"a"}]})", 400,
         "stream.api.unknownTarget"},
        {R"({"tableId":"in.c-a.b","engine":"x","columns":[{"name":"a"}]})", 400,
         "stream.api.badRequest"},
    };
    for (const auto& test : cases) {
        const auto answer = call("POST", kTables, test.body);
        EXPECT_EQ(answer.status, test.status) << test.body << answer.body;
        EXPECT_EQ(answer.error(), test.error) << test.body << answer.body;
    }
    EXPECT_TRUE(target_.tables.empty());
    EXPECT_EQ(call("GET", kTables + "/nonsense").error(), "stream.api.tableNotFound");
    EXPECT_EQ(call("DELETE", kOne).error(), "stream.api.tableNotFound");
}

TEST_F(TablesResourceTest, OnlyAnEmptyTableIsDroppedUnlessForced) {
    ASSERT_EQ(call("POST", kTables, kTable).status, 201);
    target_.empty = false;
    EXPECT_EQ(call("DELETE", kOne).error(), "stream.api.tableNotEmpty");
    EXPECT_EQ(call("GET", kOne).status, 200);
    EXPECT_EQ(begin_load("after").state, LoadState::open) << "it was not dropped after all";
    EXPECT_EQ(call("DELETE", kOne + "?force=perhaps").status, 400);
    ASSERT_TRUE(
        loads_catalog_->abort_load(LoadNumber(1), "user", {.wall = WallTime{1}, .age = AgeTime{1}})
            .ok());
    EXPECT_EQ(call("DELETE", kOne + "?force=true").status, 204);
    EXPECT_EQ(call("GET", kOne).status, 404);
    EXPECT_THAT(log_, testing::Contains("drop in.c-testdb.t"));
}

TEST_F(TablesResourceTest, ATableInUseIsNotDroppedEvenIfForced) {
    ASSERT_EQ(call("POST", kTables, kTable).status, 201);
    const auto load = begin_load("x");
    const auto of_load = call("DELETE", kOne + "?force=true");
    EXPECT_EQ(of_load.error(), "stream.api.tableInUse");
    EXPECT_THAT(of_load.message(), testing::HasSubstr("restore or discard what is set aside"));
    ASSERT_TRUE(
        loads_catalog_->abort_load(load.number, "user", {.wall = WallTime{1}, .age = AgeTime{1}})
            .ok());

    make_source();
    auto sink = sink_body();
    sink["table"]["tableId"] = "in.c-testdb.t";
    ASSERT_EQ(finish("POST", kSinks, sink.dump())["status"], "success");
    const auto answer = call("DELETE", kOne + "?force=true");
    EXPECT_EQ(answer.error(), "stream.api.tableInUse");
    EXPECT_THAT(answer.message(), testing::HasSubstr("my-sink"));
    ASSERT_EQ(finish("DELETE", kSinks + "/my-sink")["status"], "success");
    EXPECT_EQ(call("DELETE", kOne + "?force=true").status, 204);
}

// Goal    a purge takes neither a table that a client has made, nor one that a load may still be
//         committed to.
TEST_F(TablesResourceTest, APurgeKeepsATableThatAClientHasMade) {
    ASSERT_EQ(call("POST", kTables, kTable).status, 201);
    make_source();
    auto sink = sink_body();
    sink["table"]["tableId"] = "in.c-testdb.t";
    ASSERT_EQ(finish("POST", kSinks, sink.dump())["status"], "success");
    ASSERT_EQ(finish("DELETE", kSources + "/my-source?cascade=true")["status"], "success");
    EXPECT_THAT(log_, testing::Not(testing::Contains("drop in.c-testdb.t")));
    EXPECT_EQ(call("GET", kOne).status, 200);
}

TEST_F(TablesResourceTest, RowsAreObjectsWithTheTypesOfTheirValues) {
    ASSERT_EQ(call("POST", kTables, kTable).status, 201);
    target_.page = {.columns = {"id", "name", "f", "b"},
                    .rows = {{std::int64_t{7}, "Ada", 0.5, true},
                             {std::int64_t{8}, TableCell(), TableCell(), false}},
                    .next = "r8"};
    const auto answer = call("GET", kOne + "/rows?limit=2&after=r6");
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.json()["columns"], nlohmann::json({"id", "name", "f", "b"}));
    EXPECT_EQ(answer.json()["rows"],
              nlohmann::json::parse(R"([{"id":7,"name":"Ada","f":0.5,"b":true},
                                        {"id":8,"name":null,"f":null,"b":false}])"));
    EXPECT_EQ(answer.json()["page"], nlohmann::json::parse(R"({"limit":2,"next":"r8"})"));
    ASSERT_EQ(target_.queries.size(), 1U);
    EXPECT_EQ(target_.queries[0].table.text(), "in.c-testdb.t");
    EXPECT_EQ(target_.queries[0].after, "r6");
    EXPECT_EQ(target_.queries[0].rows_max, 2U);

    target_.page.next.clear();
    EXPECT_EQ(call("GET", kOne + "/rows").json()["page"],
              nlohmann::json::parse(R"({"limit":100})"));
}

TEST_F(TablesResourceTest, RowsOfATableOfASinkAreThereToo) {
    make_source_and_sink();
    const std::string rows = kTables + "/in.c-shop.orders/rows";
    EXPECT_EQ(call("GET", rows).status, 200);
    EXPECT_EQ(call("GET", rows + "?target=default").status, 200);
    EXPECT_EQ(target_.queries.size(), 2U);
    EXPECT_EQ(call("GET", rows + "?target=lake").error(), "stream.api.tableNotFound");
}

TEST_F(TablesResourceTest, RowsOfWhatIsNoTableAreNotFound) {
    EXPECT_EQ(call("GET", kTables + "/in.c-none.none/rows").error(), "stream.api.tableNotFound");
    EXPECT_EQ(call("GET", kTables + "/none/rows").error(), "stream.api.tableNotFound");
    ASSERT_EQ(call("POST", kTables, kTable).status, 201);
    target_.refusal = Error(Code::not_found, "gone");
    EXPECT_EQ(call("GET", kOne + "/rows").error(), "stream.api.tableNotFound");
    target_.refusal = Error(Code::invalid, "after");
    EXPECT_EQ(call("GET", kOne + "/rows").status, 400);
    for (const auto* limit : {"0", "1001", "x"}) {
        EXPECT_EQ(call("GET", kOne + "/rows?limit=" + limit).status, 400) << limit;
    }
}

}  // namespace
}  // namespace millrace::control
