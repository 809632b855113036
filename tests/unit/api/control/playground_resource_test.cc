#include "api/control/playground_resource.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

using nlohmann::json;

const std::string kTest = kSources + "/my-source/test-mapping";
const std::string kSuggest = kSources + "/my-source/suggest-columns";

class PlaygroundResourceTest : public ApiTest {
protected:
    PlaygroundResourceTest() { make_source(); }

    json tried(const std::string& columns, const std::string& event) {
        const auto answer =
            call("POST", kTest, R"({"columns":)" + columns + R"(,"event":)" + event + "}");
        EXPECT_EQ(answer.status, 200) << answer.body;
        return answer.json();
    }
};

TEST_F(PlaygroundResourceTest, ColumnsThatAreNotSavedMakeARow) {
    const auto result = tried(R"([{"type":"path","name":"user","path":"user","rawString":true},
                                  {"type":"header","name":"h","header":"X-A"},
                                  {"type":"query","name":"q","parameter":"b"},
                                  {"type":"ip","name":"ip"},
                                  {"type":"body","name":"body"}])",
                              R"({"body":"{\"user\":\"Eva\"}","query":"b=c","clientIp":"1.2.3.4",
                                  "headers":[{"name":"x-a","value":"v"}]})");
    EXPECT_EQ(result["isTaken"], true);
    EXPECT_EQ(result["columns"],
              json::parse(R"([{"name":"user","value":"Eva"},{"name":"h","value":"v"},
                              {"name":"q","value":"c"},{"name":"ip","value":"1.2.3.4"},
                              {"name":"body","value":"{\"user\":\"Eva\"}"}])"));
    EXPECT_EQ(call("GET", kSinks).json()["sinks"].size(), 0U) << "nothing is kept";
    EXPECT_TRUE(target_.tables.empty());
}

TEST_F(PlaygroundResourceTest, EachColumnTellsWhatIsWrongWithIt) {
    const auto result = tried(R"([{"type":"path","name":"user","path":"user","rawString":true},
                                  {"type":"path","name":"none","path":"a.b"},
                                  {"type":"path","name":"wrong","path":"$.a"},
                                  {"type":"path","name":"typed","path":"user","dataType":"INTEGER"},
                                  {"type":"nothing","name":"odd"},
                                  7])",
                              R"({"body":"{\"user\":\"Eva\"}"})");
    EXPECT_EQ(result["isTaken"], false);
    const auto& columns = result["columns"];
    ASSERT_EQ(columns.size(), 6U);
    EXPECT_EQ(columns[0]["value"], "Eva") << "the others do not matter";
    EXPECT_EQ(columns[1]["error"], "stream.in.pathNotFound");
    EXPECT_EQ(columns[2]["error"], "stream.api.badRequest");
    EXPECT_EQ(columns[3]["error"], "stream.in.invalidValue");
    EXPECT_EQ(columns[4]["error"], "stream.api.invalidEnumValue");
    EXPECT_EQ(columns[5]["error"], "stream.api.invalidFieldType");
}

TEST_F(PlaygroundResourceTest, AnEventThatWouldBeRefusedSaysWhatItsSenderWouldHear) {
    const auto result =
        tried(R"([{"type":"path","name":"p","path":"a"}])", R"({"body":"no json"})");
    EXPECT_EQ(result["isTaken"], false);
    EXPECT_EQ(result["statusCode"], 400);
    EXPECT_EQ(result["error"], "stream.in.invalidJson");
}

TEST_F(PlaygroundResourceTest, BytesComeInBase64AndFormsByTheirType) {
    EXPECT_EQ(tried(R"([{"type":"path","name":"p","path":"a","rawString":true}])",
                    R"({"bodyBase64":"eyJhIjoieCJ9"})")["columns"][0]["value"],
              "x");
    EXPECT_EQ(
        tried(R"([{"type":"path","name":"p","path":"a","rawString":true}])",
              R"({"body":"a=y","contentType":"application/x-www-form-urlencoded"})")["columns"][0]
                                                                                    ["value"],
        "y");
}

TEST_F(PlaygroundResourceTest, AWrongRequestIsRefused) {
    for (const auto* const body :
         {"", "[]", "{}", R"({"columns":[],"event":{}})", R"({"columns":[{}]})",
          R"({"columns":[{}],"event":{"bodyBase64":"?"}})",
          R"({"columns":[{}],"event":{"body":"","bodyBase64":""}})",
          R"({"columns":[{}],"event":{"body":""},"target":"none"})", R"({"columns":7,"event":{}})",
          R"({"columns":[{}],"event":{},"more":1})"}) {
        EXPECT_EQ(call("POST", kTest, body).status, 400) << body;
    }
    EXPECT_EQ(call("POST", kSources + "/none/test-mapping",
                   R"({"columns":[{"type":"body","name":"b"}],"event":{"body":""}})")
                  .status,
              404);
}

TEST_F(PlaygroundResourceTest, SuggestedColumnsAreTakenAsTheyAre) {
    const auto answer = call(
        "POST", kSuggest, R"({"order":{"id":17,"items":[{"sku":1}]},"at":"2026-01-31T09:30:00Z"})");
    ASSERT_EQ(answer.status, 200) << answer.body;
    auto columns = json::array();
    const auto suggestion = answer.json();
    for (const auto& suggested : suggestion["columns"]) columns.push_back(suggested["column"]);
    auto sink = sink_body();
    sink["table"]["mapping"]["columns"] = columns;
    EXPECT_EQ(finish("POST", kSinks, sink.dump())["status"], "success");
    const auto shown = call("GET", kSinks + "/my-sink").json();
    EXPECT_EQ(shown["table"]["mapping"]["columns"], columns);
}

TEST_F(PlaygroundResourceTest, WhatIsNoJsonIsSuggestedAsAWhole) {
    for (const std::string& body : {std::string("no json"), std::string(200, '[')}) {
        const auto answer = call("POST", kSuggest, body).json();
        EXPECT_EQ(answer["columns"].size(), 3U);
        EXPECT_TRUE(answer["fields"].empty());
    }
}

TEST_F(PlaygroundResourceTest, AnyTokenMayTry) {
    const auto made = call("POST", "/v1/tokens", R"({"description":"r","role":"readonly"})");
    const httplib::Headers headers = {{"X-StorageApi-Token", made.json().value("token", "")}};
    EXPECT_EQ(call("POST", kSuggest, "{}", headers).status, 200);
    EXPECT_EQ(call("POST", kTest, R"({"columns":[{"type":"body","name":"b"}],"event":{}})", headers)
                  .status,
              200);
}

}  // namespace
}  // namespace millrace::control
