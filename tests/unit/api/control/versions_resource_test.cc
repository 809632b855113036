#include "api/control/versions_resource.h"

#include <gtest/gtest.h>

#include "core/definitions/versions.h"
#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

using nlohmann::json;

class VersionsResourceTest : public ApiTest {
protected:
    static std::vector<int> numbers(const json& list) {
        std::vector<int> all;
        for (const auto& version : list["versions"]) all.push_back(version["number"]);
        return all;
    }
};

TEST_F(VersionsResourceTest, ListsHoldAllVersionsByNumber) {
    make_source_and_sink();
    for (const auto* name : {"b", "c"}) {
        finish("PATCH", kSources + "/my-source", json{{"name", name}}.dump());
        finish("PATCH", kSinks + "/my-sink", json{{"name", name}}.dump());
    }
    const std::string of_source = kSources + "/my-source/versions";
    const std::string of_sink = kSinks + "/my-sink/versions";
    const struct {
        std::string url;
        std::vector<int> numbers;
        const char* page;
    } cases[] = {
        {of_source,
         {1, 2, 3},
         R"({"limit":100,"totalCount":3,"afterId":"","lastId":"0000000003"})"},
        {of_source + "?limit=2",
         {1, 2},
         R"({"limit":2,"totalCount":3,"afterId":"","lastId":"0000000002"})"},
        {of_source + "?afterId=2",
         {3},
         R"({"limit":100,"totalCount":1,"afterId":"2","lastId":"0000000003"})"},
        {of_source + "?afterId=0000000003",
         {},
         R"({"limit":100,"totalCount":0,"afterId":"0000000003","lastId":""})"},
        {of_sink + "?afterId=2",
         {3},
         R"({"limit":100,"totalCount":1,"afterId":"0000000002","lastId":"0000000003"})"},
        {of_sink, {1, 2, 3}, R"({"limit":100,"totalCount":3,"afterId":"","lastId":"0000000003"})"},
    };
    for (const auto& test : cases) {
        const auto list = call("GET", test.url).json();
        EXPECT_EQ(numbers(list), test.numbers) << test.url;
        EXPECT_EQ(list["page"], json::parse(test.page)) << test.url;
    }
    const auto bad = call("GET", of_source + "?afterId=x");
    EXPECT_EQ(bad.status, 400);
    EXPECT_EQ(bad.message(), "Invalid value \"x\" for \"afterId\", must be a version number.");
}

TEST_F(VersionsResourceTest, OneVersionIsWhatTheListSays) {
    make_source_and_sink();
    finish("PATCH", kSinks + "/my-sink", R"({"changeDescription":"By hand."})");
    const auto version = call("GET", kSinks + "/my-sink/versions/2").json();
    EXPECT_EQ(version["description"], "By hand.");
    EXPECT_EQ(version, call("GET", kSinks + "/my-sink").json()["version"]);
    EXPECT_EQ(version, call("GET", kSinks + "/my-sink/versions").json()["versions"][1]);
    EXPECT_EQ(call("GET", kSources + "/my-source/versions/0000000001").json()["description"],
              "New source.");
}

TEST_F(VersionsResourceTest, TheDefinitionOfAVersionIsWhatARollbackBringsBack) {
    EXPECT_EQ(finish("POST", kSources,
                     R"({"name":"My Source","type":"http",
                         "http":{"preset":"github","signature":{"secrets":["do not tell"]}}})")
                  ["status"],
              "success");
    EXPECT_EQ(finish("POST", kSinks, sink_body().dump())["status"], "success");
    const auto before = call("GET", kSinks + "/my-sink").json();
    const std::string settings =
        R"({"settings":[{"key":"storage.level.target.import.trigger.count","value":100}]})";
    EXPECT_EQ(finish("PATCH", kSinks + "/my-sink/settings", settings)["status"], "success");
    finish("PATCH", kSources + "/my-source", R"({"name":"Renamed"})");

    const auto source = call("GET", kSources + "/my-source/versions/1/definition");
    EXPECT_EQ(source.status, 200) << source.body;
    EXPECT_EQ(source.json()["number"], 1);
    EXPECT_EQ(source.json()["definition"]["name"], "My Source");
    EXPECT_EQ(source.json()["definition"]["http"]["preset"], "github");
    EXPECT_EQ(source.body.find("do not tell"), std::string::npos);

    const auto sink = call("GET", kSinks + "/my-sink/versions/1/definition").json()["definition"];
    EXPECT_EQ(sink["table"], before["table"]);
    EXPECT_EQ(sink["settings"], json::array());
    const auto now = call("GET", kSinks + "/my-sink/versions/2/definition").json()["definition"];
    EXPECT_EQ(now["settings"].size(), 1U);
    EXPECT_EQ(now["settings"][0]["value"], 100);
}

TEST_F(VersionsResourceTest, WhatIsNotThereIsSaid) {
    make_source_and_sink();
    const struct {
        const char* method;
        std::string url;
        int status;
        const char* error;
        const char* message;
    } cases[] = {
        {"GET", kSources + "/my-source/versions/25", 404, "sourceVersionNotFound",
         "Source version \"my-source/0000000025\" not found in the branch."},
        {"PUT", kSources + "/my-source/versions/25/rollback", 404, "sourceVersionNotFound",
         "Source version \"my-source/0000000025\" not found in the branch."},
        {"GET", kSinks + "/my-sink/versions/12345/definition", 404, "sinkVersionNotFound",
         "Sink version \"my-sink/0000012345\" not found in the source."},
        {"GET", kSinks + "/my-sink/versions/12345", 404, "sinkVersionNotFound",
         "Sink version \"my-sink/0000012345\" not found in the source."},
        {"PUT", kSinks + "/my-sink/versions/2/rollback", 404, "sinkVersionNotFound",
         "Sink version \"my-sink/0000000002\" not found in the source."},
        {"GET", kSources + "/my-source/versions/99999999999", 404, "sourceVersionNotFound",
         "Source version \"my-source/4294967295\" not found in the branch."},
        {"GET", kSources + "/my-source/versions/asfasf", 400, "invalidFieldType",
         "Invalid value \"asfasf\" for \"versionNumber\", must be a integer; versionNumber must be "
         "greater or equal than 1 but got value 0."},
        {"GET", kSinks + "/my-sink/versions/0", 400, "invalidRange",
         "VersionNumber must be greater or equal than 1 but got value 0."},
        {"GET", kSources + "/none/versions", 404, "sourceNotFound",
         "Source \"none\" not found in the branch."},
        {"GET", kSinks + "/none/versions/1", 404, "sinkNotFound",
         "Sink \"none\" not found in the source."},
    };
    for (const auto& test : cases) {
        const auto answer = call(test.method, test.url);
        EXPECT_EQ(answer.status, test.status) << test.url;
        EXPECT_EQ(answer.error(), std::string("stream.api.") + test.error) << test.url;
        EXPECT_EQ(answer.message(), test.message);
    }
}

TEST_F(VersionsResourceTest, AThousandVersionsAreTheLimitOfEveryChange) {
    make_source_and_sink();
    const SourceKey key{ProjectId(1), BranchId(123), SourceId("my-source")};
    auto source = *catalog_.find_source(key).value();
    source.version.number = DefinitionLimits{}.versions;
    auto sink = *catalog_.find_sink({.source = key, .sink = SinkId("my-sink")}).value();
    sink.version.number = DefinitionLimits{}.versions;
    ASSERT_TRUE(catalog_.save_source(source, {sink}).ok());

    const std::string of_source = kSources + "/my-source";
    const std::string of_sink = kSinks + "/my-sink";
    for (const auto& url : {of_source, of_sink}) {
        const struct {
            const char* method;
            std::string path;
            const char* body;
        } cases[] = {
            {"PATCH", url, "{}"},
            {"PATCH", url + "/settings", "{}"},
            {"PUT", url + "/versions/1/rollback", ""},
        };
        for (const auto& test : cases) {
            const auto answer = call(test.method, test.path, test.body);
            EXPECT_EQ(answer.status, 409) << test.path;
            EXPECT_EQ(answer.error(), "stream.api.versionCountLimitReached");
        }
    }
    // What stops a source, or gives it another secret, is never refused and makes no version then.
    for (const auto& url : {of_sink, of_source}) {
        for (const auto* verb : {"/disable", "/enable", "/disable"}) {
            EXPECT_EQ(finish("PUT", url + verb)["status"], "success") << url << verb;
            EXPECT_EQ(call("GET", url).json()["version"]["number"], 1000);
            EXPECT_EQ(call("GET", url).json().contains("disabled"),
                      verb == std::string_view("/disable"));
        }
    }
    const auto before = call("GET", of_source).json()["http"]["url"];
    const auto rotated = call_and_settle("POST", of_source + "/rotate-secret");
    EXPECT_EQ(rotated.status, 200);
    EXPECT_NE(rotated.json()["http"]["url"], before);
    EXPECT_EQ(rotated.json()["version"]["number"], 1000);
    // The way out stays open, and so does the way back.
    for (const auto& url : {of_sink, of_source}) {
        EXPECT_EQ(finish("DELETE", url)["status"], "success") << url;
        EXPECT_EQ(finish("PUT", url + "/undelete")["status"], "success") << url;
        EXPECT_EQ(call("GET", url).json()["version"]["number"], 1000);
    }
}

}  // namespace
}  // namespace millrace::control
