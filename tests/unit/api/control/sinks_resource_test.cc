#include "api/control/sinks_resource.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

class SinksResourceTest : public ApiTest {};

using nlohmann::json;

TEST_F(SinksResourceTest, GetShowsTheSinkWithCanonicalTypes) {
    make_source();
    const auto columns = json::parse(R"([{"type":"id","name":"id","primaryKey":true},
        {"type":"datetime","name":"at","primaryKey":false},{"type":"ip","name":"ip"},
        {"type":"headers","name":"headers"},{"type":"body","name":"body"},
        {"type":"json","name":"p","path":"user.items[0].name","defaultValue":"unknown","rawString":true},
        {"type":"path","name":"q","path":"q","defaultValue":""},
        {"type":"template","name":"t","rawString":true,
         "template":{"language":"jsonnet","content":"Ip() + '-' + Body('a', null) + '.'"}}])");
    auto body = sink_body();
    body["table"]["type"] = "default";
    body["table"]["mapping"]["columns"] = columns;
    const auto task = finish("POST", kSinks, body.dump());
    EXPECT_EQ(task["result"], "Sink has been created successfully.");
    EXPECT_EQ(task["outputs"]["url"],
              "https://api.example/v1/branches/123/sources/my-source/sinks/my-sink");
    EXPECT_EQ(task["outputs"]["sinkId"], "my-sink");

    auto sink = call("GET", kSinks + "/my-sink").json();
    sink.erase("version");
    sink.erase("created");
    EXPECT_EQ(sink, json::parse(R"({"projectId":1,"branchId":123,"sourceId":"my-source",
        "sinkId":"my-sink","type":"table","name":"My Sink","description":"",
        "table":{"type":"keboola","target":"default","tableId":"in.c-shop.orders","mapping":{"columns":[
        {"type":"uuid","name":"id","primaryKey":true},{"type":"datetime","name":"at"},
        {"type":"ip","name":"ip"},{"type":"headers","name":"headers"},{"type":"body","name":"body"},
        {"type":"path","name":"p","path":"user.items[0].name","defaultValue":"unknown","rawString":true},
        {"type":"path","name":"q","path":"q","defaultValue":""},
        {"type":"template","name":"t","rawString":true,
         "template":{"language":"jsonnet","content":"Ip() + '-' + Body('a', null) + '.'"},
         "engine":"compiled"}]}}})"));
    ASSERT_EQ(target_.tables.size(), 1U);
    EXPECT_EQ(target_.tables[0].columns.at(0), (TableColumn{.name = "id", .primary_key = true}));
    EXPECT_EQ(call("GET", kSinks).json()["sinks"][0]["sinkId"], "my-sink");
}

TEST_F(SinksResourceTest, BadMappingsAreRefused) {
    make_source();
    const std::string at = "/table/mapping/columns";
    const struct {
        std::string pointer;  // into the body
        json value;           // discarded: removed
        const char* error;
        const char* part;  // of the message
    } cases[] = {
        {"/type", "view", "invalidEnumValue", "Value of body.type must be one of \"table\""},
        {"/table", nullptr, "badRequest",
         "\"table\" must be configured for the \"table\" sink type."},
        {"/table/type", "snowflake", "invalidEnumValue", "one of \"keboola\", \"default\" but"},
        {"/table/tableId", nullptr, "missingField", "\"tableId\" is missing from body.table."},
        {"/table/tableId", "in.c-a.../etc", "badRequest", "Invalid \"tableId\" value"},
        {"/table/tableId", "../x", "badRequest", "Invalid \"tableId\" value"},
        {"/table/tableId", std::string("in.c-a.b\0c", 10), "badRequest", "NUL"},
        {"/table/mapping", nullptr, "missingField", "\"mapping\" is missing from body.table."},
        {at, nullptr, "missingField", "\"columns\" is missing from body.table.mapping."},
        {at, json::array(), "invalidLength", "(len=0)"},
        {at, json(101, json::object()), "invalidLength", "(len=101)"},
        {at + "/0", 5, "invalidFieldType", "body.table.mapping.columns[0]"},
        {at + "/1/type", "template", "badRequest", "Column \"p\" is missing template"},
        {at + "/1/template", json::object(), "missingField",
         "\"language\" is missing from body.table.mapping.columns[1].template"},
        {at + "/1/template",
         {{"language", "lua"}, {"content", "1"}},
         "invalidEnumValue",
         "template.language must be one of \"jsonnet\" but got value \"lua\""},
        {at + "/1/template",
         {{"language", "jsonnet"}, {"content", ""}},
         "invalidLength",
         "(len=0)"},
        {at + "/1/template",
         {{"language", "jsonnet"}, {"content", "Ip()"}},
         "badRequest",
         "Column \"p\" of type \"path\" takes no template."},
        {at + "/1",
         {{"type", "template"},
          {"name", "x"},
          {"template", {{"language", "jsonnet"}, {"content", "Invalid"}}}},
         "badRequest",
         "Column \"x\" template is invalid: 1:1-8 Unknown variable: Invalid."},
        {at + "/1",
         {{"type", "template"},
          {"name", "x"},
          {"template", {{"language", "jsonnet"}, {"content", "std.length(Now('%s'))"}}}},
         "badRequest",
         "Column \"x\" template is invalid: 1:12 Now: datetime format \"%s\" is invalid"},
        {at + "/1",
         {{"type", "template"},
          {"name", "x"},
          {"path", "a"},
          {"template", {{"language", "jsonnet"}, {"content", "Ip()"}}}},
         "badRequest",
         "Column \"x\" of type \"template\" takes no path or defaultValue."},
        {at + "/1/type", "sum", "invalidEnumValue", "columns[1].type must be one of \"uuid\""},
        {at + "/1/path", nullptr, "badRequest", "Column \"p\" is missing path."},
        {at + "/1/path", "", "badRequest", "Column \"p\" is missing path."},
        {at + "/1/path", "a[99999999999999999999]", "badRequest", "is too large"},
        {at + "/1/path", "$.order.number", "badRequest", "write \"order.number\""},
        {at + "/1/path", "items[*]", "badRequest", "at byte 5"},
        {at + "/1/dataType", "int", "invalidEnumValue",
         "columns[1].dataType must be one of \"STRING\", \"INTEGER\""},
        {at + "/1/dataType", 5, "invalidFieldType", "columns[1].dataType"},
        {at + "/0/dataType", "INTEGER", "badRequest",
         "Column \"id\" of type \"uuid\" cannot have the dataType \"INTEGER\"."},
        {at + "/1",
         {{"type", "path"},
          {"name", "x"},
          {"path", "a"},
          {"dataType", "DATE"},
          {"defaultValue", "today"}},
         "badRequest",
         "Column \"x\": the value \"today\" is not DATE"},
        {at + "/1/rawString", "yes", "invalidFieldType",
         "columns[1].rawString\", must be a boolean"},
        {at + "/0/path", "x", "badRequest", "of type \"uuid\" takes no path"},
        {at + "/0/header", "x", "badRequest", "of type \"uuid\" takes no header"},
        {at + "/1", {{"type", "header"}, {"name", "x"}}, "badRequest", "is missing header"},
        {at + "/1",
         {{"type", "query"}, {"name", "x"}, {"parameter", "p"}, {"path", "a"}},
         "badRequest",
         "takes no path or rawString"},
        {at + "/1/dataType",
         {{"type", "TIMESTAMP"}, {"from", "epoch"}},
         "invalidEnumValue",
         "columns[1].dataType.from must be one of \"epoch-s\""},
        {at + "/1/dataType",
         {{"type", "DATE"}, {"from", "epoch-s"}},
         "badRequest",
         "needs the type \"TIMESTAMP\""},
        {at + "/0/primaryKey", 1, "invalidFieldType", "must be a boolean"},
        {at + "/1/name", "ID", "badRequest", "Column name \"ID\" is used more than once"},
        {at + "/1/name", "SQLite_x", "badRequest", "is reserved"},
        {at + "/1/name", "_Millrace", "badRequest", "is reserved"},
        {at + "/1/name", "a\nb", "badRequest", "must not contain control characters"},
        {at + "/1/name", "", "invalidLength", "(len=0)"},
        {at + "/1/unknown", 1, "badRequest", "Unknown field \"unknown\""},
        {"/allowedSignals", json::array({"logs"}), "badRequest", "\"allowedSignals\" is for"},
        {"/sinkId", std::string(49, 'x'), "invalidLength", "body.sinkId"},
    };
    for (const auto& test : cases) {
        SCOPED_TRACE(test.pointer + " " + test.value.dump());
        auto body = sink_body();
        body[json::json_pointer(test.pointer)] = test.value;
        const auto answer = call("POST", kSinks, body.dump());
        EXPECT_EQ(answer.status, 400);
        EXPECT_EQ(answer.error(), std::string("stream.api.") + test.error);
        EXPECT_NE(answer.message().find(test.part), std::string::npos) << answer.message();
    }
    EXPECT_TRUE(target_.tables.empty());
    EXPECT_EQ(call("GET", kSinks).json()["page"]["totalCount"], 0);
}

TEST_F(SinksResourceTest, TheTableIsMadeInTheTargetOfTheSink) {
    make_source();
    auto body = sink_body();
    body["table"]["target"] = "lake";
    EXPECT_EQ(finish("POST", kSinks, body.dump())["status"], "success");
    EXPECT_TRUE(target_.tables.empty());
    EXPECT_EQ(lake_.tables.size(), 1U);
    EXPECT_EQ(call("GET", kSinks + "/my-sink").json()["table"]["target"], "lake");

    body["table"]["target"] = "ocean";
    body["name"] = "Other";
    const auto unknown = call("POST", kSinks, body.dump());
    EXPECT_EQ(unknown.status, 400);
    EXPECT_EQ(unknown.error(), "stream.api.unknownTarget");
    EXPECT_EQ(unknown.message(),
              "There is no target \"ocean\"; there are \"default\" and \"lake\".");
}

// Goal    another target is another mapping: rows that were accepted before go to the old one.
TEST_F(SinksResourceTest, AChangeOfTheTargetMakesAMappingAndARollbackTakesItBack) {
    make_source_and_sink();
    const auto path = kSinks + "/my-sink";
    EXPECT_EQ(finish("PATCH", path, R"({"table":{"target":"lake"}})")["status"], "success");
    EXPECT_EQ(lake_.tables.size(), 1U);
    EXPECT_EQ(catalog_.mapping({SinkNumber(1), MappingVersion(1)}).value().target, kDefaultTarget);
    const auto moved = catalog_.mapping({SinkNumber(1), MappingVersion(2)}).value();
    EXPECT_EQ(moved.target, TargetName("lake"));
    EXPECT_EQ(moved.table.text(), "in.c-shop.orders");

    EXPECT_EQ(call("PATCH", path, R"({"table":{"target":"ocean"}})").error(),
              "stream.api.unknownTarget");
    EXPECT_EQ(finish("PUT", path + "/versions/1/rollback", "")["status"], "success");
    EXPECT_EQ(catalog_.mapping({SinkNumber(1), MappingVersion(3)}).value().target, kDefaultTarget);
}

TEST_F(SinksResourceTest, ATableThatDiffersFailsTheTaskAndLeavesNothing) {
    make_source();
    target_.refusal =
        Error(Code::conflict, "table \"orders\" has columns a, b; the sink has id, p");
    const auto task = finish("POST", kSinks, sink_body().dump());
    EXPECT_EQ(task["status"], "error");
    EXPECT_EQ(task["error"], "Table \"orders\" has columns a, b; the sink has id, p.");
    EXPECT_FALSE(task.contains("result"));
    EXPECT_FALSE(task.contains("outputs"));
    EXPECT_EQ(call("GET", kSinks + "/my-sink").error(), "stream.api.sinkNotFound");

    target_.refusal.reset();
    EXPECT_EQ(finish("POST", kSinks, sink_body().dump())["status"], "success");
}

// Goal    a table that an import has locked holds up its own change and no other.
TEST_F(SinksResourceTest, AChangeOfALockedTableIsTriedAgainAndOthersGoOn) {
    make_source();
    const auto pass = [this](Milliseconds time) {
        clock_.advance(time);
        strand_.wake();
        settle();
    };
    target_.refusal = Error(Code::unavailable, "locked by an import");
    const auto locked = call("POST", kSinks, sink_body().dump()).json()["taskId"];
    const auto task = [this](const nlohmann::json& id) {
        return call("GET", "/v1/tasks/" + id.get<std::string>()).json();
    };
    settle();
    EXPECT_EQ(finish("PUT", kSources + "/my-source/disable", "")["status"], "success");
    pass(std::chrono::seconds(1));
    EXPECT_EQ(task(locked)["status"], "processing");
    target_.refusal.reset();
    pass(std::chrono::seconds(1));
    EXPECT_EQ(task(locked)["status"], "success");

    target_.refusal = Error(Code::unavailable, "locked for ever");
    const auto second = call("PUT", kSinks + "/my-sink/enable").json()["taskId"];
    settle();
    for (int i = 0; i < 30; ++i) pass(std::chrono::milliseconds(200));
    EXPECT_EQ(task(second)["status"], "error");
}

// Goal    a sink that changes or comes back brings its table along, unless its setting says no; a
//         new one never changes a table that is there.
TEST_F(SinksResourceTest, ColumnsThatASinkGainsAreAddedToItsTable) {
    make_source();
    ASSERT_EQ(finish("POST", kSinks, sink_body().dump())["status"], "success");
    EXPECT_EQ(target_.extended.size(), 0U);
    const auto wider = R"({"table":{"mapping":{"columns":[{"type":"uuid","name":"id"},
        {"type":"ip","name":"ip"},{"type":"body","name":"body"}]}}})";
    ASSERT_EQ(finish("PATCH", kSinks + "/my-sink", wider)["status"], "success");
    ASSERT_EQ(target_.extended.size(), 1U);
    EXPECT_EQ(target_.extended[0].columns.size(), 3U);
    finish("PUT", kSinks + "/my-sink/versions/1/rollback");
    EXPECT_EQ(target_.extended.size(), 2U);
    finish("PUT", kSinks + "/my-sink/enable");
    EXPECT_EQ(target_.extended.size(), 3U);

    ASSERT_EQ(
        finish("PATCH", kSinks + "/my-sink/settings",
               R"({"settings":[{"key":"storage.level.target.table.addColumns","value":false}]})")
            ["status"],
        "success");
    const auto tables = target_.tables.size();
    ASSERT_EQ(finish("PATCH", kSinks + "/my-sink", wider)["status"], "success");
    EXPECT_EQ(target_.tables.size(), tables + 1) << "compared";
    EXPECT_EQ(target_.extended.size(), 3U);
}

TEST_F(SinksResourceTest, ANewSinkAddsColumnsWhereItAsksForIt) {
    make_source();
    auto body = sink_body();
    ASSERT_EQ(finish("POST", kSinks, body.dump())["status"], "success");
    EXPECT_EQ(target_.extended.size(), 0U) << "a wrong name must not change a table";
    body["sinkId"] = "second";
    body["table"]["addColumns"] = true;
    ASSERT_EQ(finish("POST", kSinks, body.dump())["status"], "success");
    EXPECT_EQ(target_.extended.size(), 1U);
    body["sinkId"] = "third";
    body["settings"] = nlohmann::ordered_json::array(
        {{{"key", "storage.level.target.table.addColumns"}, {"value", false}}});
    ASSERT_EQ(finish("POST", kSinks, body.dump())["status"], "success");
    EXPECT_EQ(target_.extended.size(), 1U) << "its setting forbids it";
}

// Goal    columns and settings that need each other come at once.
TEST_F(SinksResourceTest, AnUpdateHasSettingsTooInOneVersion) {
    make_source();
    ASSERT_EQ(finish("POST", kSinks, sink_body().dump())["status"], "success");
    const auto mapping = routes_.route("my-source")->sinks[0].version.mapping;
    const std::string body =
        R"({"changeDescription":"Both.","table":{"mapping":{"columns":[{"type":"uuid","name":"u"}]}},
            "settings":[{"key":"mapping.onError","value":"keep"}]})";
    ASSERT_EQ(finish("PATCH", kSinks + "/my-sink", body)["status"], "success");
    const auto sink = call("GET", kSinks + "/my-sink").json();
    EXPECT_EQ(sink["version"]["number"], 2);
    EXPECT_EQ(sink["version"]["description"], "Both.");
    EXPECT_EQ(routes_.route("my-source")->sinks[0].version.mapping,
              MappingVersion(mapping.value + 1));
    EXPECT_THAT(call("GET", kSinks + "/my-sink/settings").body,
                testing::HasSubstr(R"("value":"keep")"));
    const auto refused = call(
        "PATCH", kSinks + "/my-sink",
        R"({"name":"","settings":[{"key":"a","value":1},{"key":"source.http.allow","value":""}]})");
    EXPECT_EQ(refused.status, 400);
    EXPECT_THAT(
        refused.message(),
        testing::AllOf(testing::HasSubstr("body.name"), testing::HasSubstr("Key not found: \"a\""),
                       testing::HasSubstr("\"source.http.allow\" is none of a sink")));
}

TEST_F(SinksResourceTest, AWrongTypeIsAllThatIsSaid) {
    make_source();
    const auto answer =
        call("POST", kSinks, R"({"type":"foo","name":"My Sink","sinkId":"my-sink"})");
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.message(),
              "Value of body.type must be one of \"table\" but got value \"foo\".");
}

TEST_F(SinksResourceTest, AnIdExistsOnceAlsoWhileItIsBeingMade) {
    make_source();
    EXPECT_EQ(call("POST", kSinks, sink_body().dump()).status, 202);
    for (int i = 0; i < 2; ++i) {
        const auto again = call("POST", kSinks, sink_body().dump());
        EXPECT_EQ(again.status, 409);
        EXPECT_EQ(again.error(), "stream.api.sinkAlreadyExists");
        EXPECT_EQ(again.message(), "Sink \"my-source/my-sink\" already exists in the source.");
        settle();
    }
}

TEST_F(SinksResourceTest, ASourceDeletedMeanwhileFailsTheTask) {
    make_source();
    call("DELETE", kSources + "/my-source");
    const auto started = call("POST", kSinks, sink_body().dump());
    settle();
    const auto task = call("GET", "/v1/tasks/" + started.json().value("taskId", "")).json();
    EXPECT_EQ(task["error"], "Source \"my-source\" not found in the branch.");
}

TEST_F(SinksResourceTest, ASinkBornInADisabledSourceWaitsForIt) {
    make_source();
    finish("PUT", kSources + "/my-source/disable");
    finish("POST", kSinks, sink_body().dump());
    EXPECT_EQ(call("GET", kSinks + "/my-sink").json()["disabled"]["reason"],
              "Auto-disabled with the parent source.");
    EXPECT_EQ(finish("PUT", kSinks + "/my-sink/enable")["status"], "success");
    EXPECT_TRUE(call("GET", kSinks + "/my-sink").json().contains("disabled"));
    finish("PUT", kSources + "/my-source/enable");
    EXPECT_FALSE(call("GET", kSinks + "/my-sink").json().contains("disabled"));
}

TEST_F(SinksResourceTest, ASinkThatIsDisabledItselfIsNotEnabledWithItsSource) {
    make_source_and_sink();
    finish("PUT", kSources + "/my-source/disable");
    EXPECT_EQ(finish("PUT", kSinks + "/my-sink/disable")["status"], "success");
    EXPECT_EQ(call("GET", kSinks + "/my-sink").json()["disabled"]["reason"], "API");
    finish("PUT", kSources + "/my-source/enable");
    EXPECT_TRUE(call("GET", kSinks + "/my-sink").json().contains("disabled"));
    EXPECT_EQ(finish("PUT", kSinks + "/my-sink/enable")["status"], "success");
    EXPECT_FALSE(call("GET", kSinks + "/my-sink").json().contains("disabled"));
}

TEST_F(SinksResourceTest, ASourceHasAtMost20) {
    make_source();
    for (int i = 0; i < 20; ++i) {
        auto body = sink_body();
        body["name"] = fmt::format("s{}", i);
        call("POST", kSinks, body.dump());
    }
    settle();
    const auto answer = call("POST", kSinks, sink_body().dump());
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(answer.error(), "stream.api.sinkCountLimitReached");
}

}  // namespace
}  // namespace millrace::control
