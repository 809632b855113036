#include "api/control/sources_resource.h"

#include <gtest/gtest.h>

#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

class SourcesResourceTest : public ApiTest {};

TEST_F(SourcesResourceTest, CreationAnswersWithATaskThatLeadsToTheSource) {
    const auto started = call("POST", kSources, R"({"name":"My Source","type":"http"})");
    ASSERT_EQ(started.status, 202);
    const std::string id = started.json()["taskId"];
    EXPECT_TRUE(id.starts_with("api.create.source/123/my-source/2026-01-02T03:04:05.678Z_")) << id;
    EXPECT_EQ(started.json(), (nlohmann::json{{"taskId", id},
                                              {"type", "api.create.source"},
                                              {"url", "https://api.example/v1/tasks/" + id},
                                              {"status", "processing"},
                                              {"isFinished", false},
                                              {"createdAt", "2026-01-02T03:04:05.678Z"}}));
    EXPECT_EQ(call("GET", kSources + "/my-source").status, 404);

    clock_.advance(Milliseconds(42));
    settle();
    const nlohmann::json finished = {
        {"taskId", id},
        {"type", "api.create.source"},
        {"url", "https://api.example/v1/tasks/" + id},
        {"status", "success"},
        {"isFinished", true},
        {"createdAt", "2026-01-02T03:04:05.678Z"},
        {"finishedAt", "2026-01-02T03:04:05.720Z"},
        {"duration", 42},
        {"result", "Source has been created successfully."},
        {"outputs",
         {{"url", "https://api.example/v1/branches/123/sources/my-source"},
          {"projectId", 1},
          {"branchId", 123},
          {"sourceId", "my-source"}}}};
    EXPECT_EQ(call("GET", "/v1/tasks/" + id).json(), finished);
    EXPECT_EQ(call("GET", kSources + "/my-source/tasks/" + id).json(), finished);
    EXPECT_EQ(call("GET", kSources + "/other/tasks/" + id).error(), "stream.api.taskNotFound");
}

TEST_F(SourcesResourceTest, GetShowsTheWholeSource) {
    make_source();
    auto source = call("GET", kSources + "/my-source").json();
    const std::string url = source["http"]["url"];
    EXPECT_TRUE(url.starts_with("https://in.example/stream/1/my-source/")) << url;
    EXPECT_EQ(url.size(), std::string("https://in.example/stream/1/my-source/").size() + 48);
    EXPECT_EQ(source["version"]["hash"].get<std::string>().size(), 16U);
    source.erase("http");
    source["version"].erase("hash");
    EXPECT_EQ(source, nlohmann::json::parse(R"({"projectId":1,"branchId":123,"sourceId":"my-source",
        "type":"http","name":"My Source","description":"",
        "version":{"number":1,"description":"New source.","at":"2026-01-02T03:04:05.678Z",
            "by":{"type":"user","tokenId":"admin","tokenDesc":"admin token",
                  "userId":"admin","userName":"admin token"}},
        "created":{"at":"2026-01-02T03:04:05.678Z",
            "by":{"type":"user","tokenId":"admin","tokenDesc":"admin token",
                  "userId":"admin","userName":"admin token"}}})"));
}

TEST_F(SourcesResourceTest, BadBodiesAreRefusedWithAllProblems) {
    const struct {
        std::string body;
        const char* error;
        std::string message;
    } cases[] = {
        {"", "missingPayload", "Missing required payload."},
        {"{}", "missingField", "\"type\" is missing from body; \"name\" is missing from body."},
        {R"({"type":"foo","name":"x"})", "invalidEnumValue",
         "Value of body.type must be one of \"http\" but got value \"foo\"."},
        {R"({"type":"otlp","name":"x"})", "badRequest",
         "Sources of type \"otlp\" are not available in this version."},
        {R"({"type":"http","name":""})", "invalidLength",
         "Length of body.name must be greater or equal than 1 but got value \"\" (len=0)"},
        {R"({"type":"http","name":")" + std::string(41, 'x') + R"("})", "invalidLength",
         "Length of body.name must be lesser or equal than 40 but got value \"" +
             std::string(41, 'x') + "\" (len=41)"},
        {R"({"type":"http","name":"!!"})", "badRequest",
         "\"sourceId\" cannot be made from the name, which has no Latin letter and no digit: send "
         "a \"sourceId\"."},
        {R"({"type":"http","name":"x","sourceId":"--"})", "badRequest",
         "\"sourceId\" must not be empty."},
        {R"({"type":"http","name":"Deleted"})", "badRequest",
         "\"sourceId\" must not be \"deleted\": this id is reserved."},
        {R"({"type":"http","name":5})", "invalidFieldType",
         "Invalid value 5 for \"body.name\", must be a string."},
        {R"({"type":"http","name":"x","nmae":"y"})", "badRequest",
         "Unknown field \"nmae\" in body."},
    };
    for (const auto& test : cases) {
        const auto answer = call("POST", kSources, test.body);
        EXPECT_EQ(answer.status, 400) << test.body;
        EXPECT_EQ(answer.error(), std::string("stream.api.") + test.error);
        EXPECT_EQ(answer.message(), test.message);
    }
}

TEST_F(SourcesResourceTest, AnIdExistsOnceAlsoWhileItIsBeingMade) {
    const std::string body = R"({"name":"My Source","type":"http"})";
    EXPECT_EQ(call("POST", kSources, body).status, 202);
    for (int i = 0; i < 2; ++i) {
        const auto again = call("POST", kSources, body);
        EXPECT_EQ(again.status, 409);
        EXPECT_EQ(again.error(), "stream.api.sourceAlreadyExists");
        EXPECT_EQ(again.message(), "Source \"my-source\" already exists in the branch.");
        settle();
    }
}

TEST_F(SourcesResourceTest, ListsArePagedById) {
    for (const auto* name : {"c", "a", "b"}) {
        finish("POST", kSources, nlohmann::json{{"name", name}, {"type", "http"}}.dump());
    }
    const auto page = call("GET", kSources + "?limit=2&afterId=a").json();
    EXPECT_EQ(page["page"],
              nlohmann::json::parse(R"({"limit":2,"totalCount":3,"afterId":"a","lastId":"c"})"));
    EXPECT_EQ(page["sources"].size(), 2U);
    EXPECT_EQ(page["sources"][0]["sourceId"], "b");
    const auto past = call("GET", kSources + "?afterId=c").json();
    EXPECT_EQ(past["page"],
              nlohmann::json::parse(R"({"limit":100,"totalCount":3,"afterId":"c","lastId":""})"));
    EXPECT_EQ(past["sources"], nlohmann::json::array());

    const struct {
        const char* limit;
        const char* error;
        const char* message;
    } cases[] = {
        {"101", "invalidRange", "Limit must be lesser or equal than 100 but got value 101."},
        {"0", "invalidRange", "Limit must be greater or equal than 1 but got value 0."},
        {"x", "invalidFieldType", "Invalid value \"x\" for \"limit\", must be a integer."},
        {"99999999999999999999", "invalidFieldType",
         "Invalid value \"99999999999999999999\" for \"limit\", must be a integer."},
    };
    for (const auto& test : cases) {
        const auto answer = call("GET", kSources + "?limit=" + test.limit);
        EXPECT_EQ(answer.status, 400);
        EXPECT_EQ(answer.error(), std::string("stream.api.") + test.error);
        EXPECT_EQ(answer.message(), test.message);
    }
}

TEST_F(SourcesResourceTest, DisablingTakesTheSinksAlongAndEnablingBringsTheseBack) {
    make_source_and_sink();
    auto second = sink_body();
    second["name"] = "Off";
    finish("POST", kSinks, second.dump());
    finish("PUT", kSinks + "/off/disable");

    EXPECT_EQ(finish("PUT", kSources + "/my-source/disable")["result"],
              "Source has been disabled successfully.");
    const auto source = call("GET", kSources + "/my-source").json();
    EXPECT_EQ(source["disabled"]["reason"], "API");
    EXPECT_EQ(source["version"]["number"], 2);
    EXPECT_EQ(source["version"]["description"], "Disabled.");
    const auto sink = call("GET", kSinks + "/my-sink").json();
    EXPECT_EQ(sink["disabled"]["reason"], "Auto-disabled with the parent source.");
    EXPECT_EQ(sink["version"]["number"], 1) << "a cascade makes no version";
    EXPECT_FALSE(routes_.route("my-source")->enabled);

    EXPECT_EQ(finish("PUT", kSources + "/my-source/disable")["status"], "success");
    EXPECT_EQ(call("GET", kSources + "/my-source").json()["version"]["number"], 2);

    finish("PUT", kSources + "/my-source/enable");
    EXPECT_EQ(call("GET", kSources + "/my-source").json()["version"]["description"], "Enabled.");
    EXPECT_FALSE(call("GET", kSinks + "/my-sink").json().contains("disabled"));
    EXPECT_TRUE(call("GET", kSinks + "/off").json().contains("disabled"));
    EXPECT_EQ(routes_.route("my-source")->sinks.size(), 1U);
}

TEST_F(SourcesResourceTest, ADeletedSourceIsGoneAndItsIdLivesAgainWithANewSecret) {
    make_source_and_sink();
    const auto before = call("GET", kSources + "/my-source").json();
    EXPECT_EQ(finish("DELETE", kSources + "/my-source")["result"],
              "Source has been deleted successfully.");
    EXPECT_EQ(call("GET", kSources + "/my-source").error(), "stream.api.sourceNotFound");
    EXPECT_EQ(call("GET", kSources).json()["page"]["totalCount"], 0);

    clock_.advance(Milliseconds(1000));
    make_source();
    const auto after = call("GET", kSources + "/my-source").json();
    EXPECT_EQ(after["version"]["number"], 2);
    EXPECT_EQ(after["version"]["hash"], before["version"]["hash"]);
    EXPECT_EQ(after["created"], before["created"]);
    EXPECT_NE(after["http"]["url"], before["http"]["url"]);
    EXPECT_EQ(call("GET", kSinks).json()["page"]["totalCount"], 0);

    // The sink too: same number, and rows of before cannot be taken for new ones.
    finish("POST", kSinks, sink_body().dump());
    const auto& route = routes_.route("my-source")->sinks.at(0);
    EXPECT_EQ(route.version.sink, SinkNumber(1));
    EXPECT_EQ(route.version.mapping, MappingVersion(2));
    EXPECT_EQ(call("GET", kSinks + "/my-sink").json()["version"]["number"], 2);
}

TEST_F(SourcesResourceTest, ABranchHasAtMost100) {
    for (int i = 0; i < 100; ++i) {
        call("POST", kSources,
             nlohmann::json{{"name", fmt::format("s{}", i)}, {"type", "http"}}.dump());
    }
    settle();
    const auto answer = call("POST", kSources, R"({"name":"more","type":"http"})");
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(answer.error(), "stream.api.sourceCountLimitReached");
}

}  // namespace
}  // namespace millrace::control
