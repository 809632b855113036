// PATCH of sources and sinks.

#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

using nlohmann::json;

class DefinitionRequestsTest : public ApiTest {
protected:
    // The columns of sink_body() with another path, name or key.
    static json columns(const json& second) {
        return json::array({{{"type", "id"}, {"name", "id"}, {"primaryKey", true}}, second});
    }
    static json table_patch(const json& table) { return {{"table", table}}; }
    json sink() { return call("GET", kSinks + "/my-sink").json(); }
    json source() { return call("GET", kSources + "/my-source").json(); }
};

TEST_F(DefinitionRequestsTest, AnIdThatIsNullIsMadeFromTheName) {
    finish("POST", kSources, R"({"type":"http","name":"My Source","sourceId":null})");
    EXPECT_EQ(source()["sourceId"], "my-source");
    for (const auto* body : {R"({"type":"http","name":"_","sourceId":null})",
                             R"({"type":"http","name":"_"})", R"({"type":"http","name":"注文"})"}) {
        const auto answer = call("POST", kSources, body);
        EXPECT_EQ(answer.status, 400);
        EXPECT_EQ(answer.message(),
                  "\"sourceId\" cannot be made from the name, which has no Latin letter and no "
                  "digit: send a \"sourceId\".");
    }
    finish("POST", kSources, R"({"type":"http","name":"注文","sourceId":"orders"})");
}

TEST_F(DefinitionRequestsTest, APatchOfASourceChangesWhatItNames) {
    make_source();
    const auto before = source();
    const auto task = finish("PATCH", kSources + "/my-source",
                             R"({"name":"Other","changeDescription":"Renamed by hand."})");
    EXPECT_EQ(task["type"], "api.update.source");
    EXPECT_EQ(task["result"], "Source has been updated successfully.");
    auto after = source();
    EXPECT_EQ(after["name"], "Other");
    EXPECT_EQ(after["description"], "");
    EXPECT_EQ(after["http"], before["http"]);
    EXPECT_EQ(after["version"]["number"], 2);
    EXPECT_EQ(after["version"]["description"], "Renamed by hand.");

    finish("PATCH", kSources + "/my-source", R"({"description":"text","type":"http"})");
    after = source();
    EXPECT_EQ(after["name"], "Other");
    EXPECT_EQ(after["description"], "text");
    EXPECT_EQ(after["version"]["description"], "Updated.");

    finish("PATCH", kSources + "/my-source", "{}");
    EXPECT_EQ(source()["version"]["number"], 4);
    EXPECT_EQ(source()["version"]["hash"], after["version"]["hash"]);
}

TEST_F(DefinitionRequestsTest, BadPatchesOfASourceAreRefused) {
    make_source();
    const struct {
        std::string body;
        const char* error;
        const char* message;
    } cases[] = {
        {"", "missingPayload", "Missing required payload."},
        {R"({"type":"otlp"})", "badRequest",
         "Sources of type \"otlp\" are not available in this version."},
        {R"({"type":"x"})", "invalidEnumValue",
         "Value of body.type must be one of \"http\" but got value \"x\"."},
        {R"({"name":"","nmae":1})", "invalidLength",
         "Length of body.name must be greater or equal than 1 but got value \"\" (len=0); unknown "
         "field \"nmae\" in body."},
        {R"({"sourceId":"x"})", "badRequest", "Unknown field \"sourceId\" in body."},
    };
    for (const auto& test : cases) {
        const auto answer = call("PATCH", kSources + "/my-source", test.body);
        EXPECT_EQ(answer.status, 400) << test.body;
        EXPECT_EQ(answer.error(), std::string("stream.api.") + test.error);
        EXPECT_EQ(answer.message(), test.message);
    }
    EXPECT_EQ(call("PATCH", kSources + "/none", "{}").error(), "stream.api.sourceNotFound");
    EXPECT_EQ(source()["version"]["number"], 1);
}

TEST_F(DefinitionRequestsTest, APatchOfTheMappingAloneKeepsTheTable) {
    make_source_and_sink();
    const auto changed = columns({{"type", "path"}, {"name", "p"}, {"path", "other"}});
    const auto task = finish("PATCH", kSinks + "/my-sink",
                             table_patch({{"mapping", {{"columns", changed}}}}).dump());
    EXPECT_EQ(task["type"], "api.update.sink");
    EXPECT_EQ(task["result"], "Sink has been updated successfully.");
    EXPECT_EQ(sink()["table"]["tableId"], "in.c-shop.orders");
    EXPECT_EQ(sink()["table"]["mapping"]["columns"][1]["path"], "other");
    EXPECT_EQ(sink()["version"]["number"], 2);
    EXPECT_EQ(sink()["version"]["description"], "Updated.");
}

TEST_F(DefinitionRequestsTest, APatchOfTheTableAloneKeepsTheMapping) {
    make_source_and_sink();
    const auto before = sink();
    finish("PATCH", kSinks + "/my-sink", table_patch({{"tableId", "out.c-new.t"}}).dump());
    EXPECT_EQ(sink()["table"]["tableId"], "out.c-new.t");
    EXPECT_EQ(sink()["table"]["mapping"], before["table"]["mapping"]);
    ASSERT_EQ(target_.tables.size(), 2U);
    EXPECT_EQ(target_.tables[1].id.text(), "out.c-new.t");
    EXPECT_EQ(target_.tables[1].columns.size(), 2U);
}

// Goal    rows of the old mapping are closed after every loop maps with the new one, and the table
//         is there before.
TEST_F(DefinitionRequestsTest, AChangedMappingFollowsTheProtocolOfChanges) {
    make_source_and_sink();
    log_.clear();
    const auto changed = columns({{"type", "path"}, {"name", "q"}, {"path", "q"}});
    call(
        "PATCH", kSinks + "/my-sink",
        table_patch({{"tableId", "in.c-shop.second"}, {"mapping", {{"columns", changed}}}}).dump());
    settle();
    EXPECT_EQ(log_,
              (fakes::Log{"task processing", "ensure in.c-shop.second", "save sink my-sink",
                          "publish my-source", "served", "close sink 1 below 2", "task success"}));
    EXPECT_EQ(routes_.route("my-source")->sinks.at(0).version.mapping, MappingVersion(2));
    const auto snapshot = catalog_.mapping({SinkNumber(1), MappingVersion(2)}).value();
    EXPECT_EQ(snapshot.table.text(), "in.c-shop.second");
    EXPECT_EQ(snapshot.columns.at(1).name, "q");
}

TEST_F(DefinitionRequestsTest, ANewNameTouchesNeitherTableNorRows) {
    make_source_and_sink();
    log_.clear();
    call("PATCH", kSinks + "/my-sink", R"({"name":"Other","allowedSignals":[]})");
    settle();
    EXPECT_EQ(log_, (fakes::Log{"task processing", "save sink my-sink", "task success"}));
    EXPECT_EQ(sink()["name"], "Other");
}

TEST_F(DefinitionRequestsTest, ATableThatDiffersChangesNothing) {
    make_source_and_sink();
    target_.refusal = Error(Code::conflict, "table \"orders\" has other columns");
    const auto changed = columns({{"type", "body"}, {"name", "q"}});
    const auto task = finish("PATCH", kSinks + "/my-sink",
                             table_patch({{"mapping", {{"columns", changed}}}}).dump());
    EXPECT_EQ(task["status"], "error");
    EXPECT_EQ(task["error"], "Table \"orders\" has other columns.");
    EXPECT_EQ(sink()["version"]["number"], 1);
    EXPECT_EQ(sink()["table"]["mapping"]["columns"][1]["name"], "p");
}

TEST_F(DefinitionRequestsTest, BadPatchesOfASinkAreRefused) {
    make_source_and_sink();
    const struct {
        std::string body;
        const char* error;
        const char* part;  // of the message
    } cases[] = {
        {R"({"type":"view"})", "invalidEnumValue", "Value of body.type must be one of \"table\""},
        {R"({"table":{"tableId":"../x"}})", "badRequest", "Invalid \"tableId\" value"},
        {R"({"table":{"type":"csv"}})", "invalidEnumValue", "Value of body.table.type"},
        {R"({"table":{"mapping":{}}})", "missingField",
         "\"columns\" is missing from body.table.mapping."},
        {R"({"table":{"mapping":{"columns":[]}}})", "invalidLength", "(len=0)"},
        {R"({"table":{"mapping":{"columns":[{"type":"path","name":"p","path":"a[99999999999999999999]"}]}}})",
         "badRequest", "is too large"},
        {R"({"table":{"mapping":{"columns":[{"type":"ip","name":"p"},{"type":"ip","name":"P"}]}}})",
         "badRequest", "is used more than once"},
        {R"({"allowedSignals":["logs"]})", "badRequest", "\"allowedSignals\" is for"},
        {R"({"sinkId":"x"})", "badRequest", "Unknown field \"sinkId\""},
    };
    for (const auto& test : cases) {
        const auto answer = call("PATCH", kSinks + "/my-sink", test.body);
        EXPECT_EQ(answer.status, 400) << test.body;
        EXPECT_EQ(answer.error(), std::string("stream.api.") + test.error) << test.body;
        EXPECT_NE(answer.message().find(test.part), std::string::npos) << answer.message();
    }
    EXPECT_EQ(call("PATCH", kSinks + "/none", "{}").error(), "stream.api.sinkNotFound");
    EXPECT_EQ(sink()["version"]["number"], 1);
}

// Goal    updates of one entity that come at once are all made, one after the other.
TEST_F(DefinitionRequestsTest, ParallelUpdatesAreMadeOneAfterTheOther) {
    make_source();
    std::vector<std::string> tasks(8);
    std::vector<std::thread> clients;
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        clients.emplace_back([this, i, &task = tasks[i]] {
            const auto body = json{{"description", fmt::format("by {}", i)}}.dump();
            task = call("PATCH", kSources + "/my-source", body).json().value("taskId", "");
        });
    }
    for (auto& client : clients) client.join();
    settle();
    for (const auto& task : tasks) {
        EXPECT_EQ(call("GET", "/v1/tasks/" + task).json()["status"], "success") << task;
    }
    EXPECT_EQ(source()["version"]["number"], 9);
}

// Goal    of parallel creations of one id exactly one is taken, the others are told at once.
TEST_F(DefinitionRequestsTest, ParallelCreationsOfOneIdGiveOneSuccess) {
    std::vector<int> answers(8);
    std::vector<std::thread> clients;
    for (auto& answer : answers) {
        clients.emplace_back([this, &answer] {
            answer = call("POST", kSources, R"({"name":"My Source","type":"http"})").status;
        });
    }
    for (auto& client : clients) client.join();
    EXPECT_EQ(std::count(answers.begin(), answers.end(), 202), 1);
    EXPECT_EQ(std::count(answers.begin(), answers.end(), 409), 7);
    settle();
    EXPECT_EQ(source()["version"]["number"], 1);
}

}  // namespace
}  // namespace millrace::control
