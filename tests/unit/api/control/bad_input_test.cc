// Goal    what clients send is data: it never becomes SQL, a header, a path or a failure inside,
//         and every refusal is a precise 4xx of the documented shape.
// Method  hostile texts against the live server; afterwards everything else is as before.

#include <gtest/gtest.h>

#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

class BadInputTest : public ApiTest {
protected:
    // {statusCode, error, message} and nothing else.
    static void expect_refusal(const Answer& answer, int status, const std::string& error) {
        EXPECT_EQ(answer.status, status) << answer.body.substr(0, 300);
        const auto json = answer.json();
        ASSERT_TRUE(json.is_object()) << answer.body.substr(0, 300);
        EXPECT_EQ(json.size(), 3u) << answer.body.substr(0, 300);
        EXPECT_EQ(json.value("statusCode", 0), status);
        EXPECT_EQ(json.value("error", ""), "stream.api." + error);
        EXPECT_FALSE(json.value("message", "").empty());
    }
    static std::string source_body(const std::string& name, const std::string& description) {
        return nlohmann::json{
            {"sourceId", "given"}, {"name", name}, {"type", "http"}, {"description", description}}
            .dump();
    }
};

TEST_F(BadInputTest, TextsOfClientsAreKeptAsTheyAre) {
    make_source_and_sink();
    const std::string texts[] = {
        "'; DROP TABLE sources; --",   "\" OR 1=1",        "a\r\nX-Evil: 1",
        "<script>alert(1)</script>",   "../../etc/passwd", "%s%n{}{0}",
        "\xE2\x80\xAE\xF0\x9F\x92\xA9"};
    for (const auto& text : texts) {
        const auto task = finish("POST", kSources, source_body(text, text + text));
        ASSERT_EQ(task["status"], "success") << text;
        const auto answer = call("GET", kSources + "/given");
        EXPECT_EQ(answer.json()["name"], text);
        EXPECT_EQ(answer.json()["description"], text + text);
        EXPECT_FALSE(answer.headers.contains("X-Evil"));
        ASSERT_EQ(finish("DELETE", kSources + "/given")["status"], "success");
    }
    const auto token = call("POST", "/v1/tokens",
                            nlohmann::json{{"description", texts[0]}, {"role", "readonly"}}.dump());
    EXPECT_EQ(token.json()["description"], texts[0]);
    EXPECT_EQ(call("GET", kSinks + "/my-sink").status, 200);
}

TEST_F(BadInputTest, WrongTypesAndUnknownFieldsAreNamedTogether) {
    make_source();
    const auto source = call("POST", kSources, R"({"name":7,"type":["http"],"secret":"mine"})");
    expect_refusal(source, 400, "invalidFieldType");
    for (const auto* field : {"type", "name", "secret"}) {
        EXPECT_NE(source.message().find(field), std::string::npos) << source.message();
    }
    auto sink = sink_body();
    sink["table"]["mapping"]["columns"][0]["primaryKey"] = "yes";
    sink["table"]["primary"] = true;
    const auto refused = call("POST", kSinks, sink.dump());
    expect_refusal(refused, 400, "invalidFieldType");
    EXPECT_NE(refused.message().find("primaryKey"), std::string::npos) << refused.message();
    EXPECT_NE(refused.message().find("\"primary\""), std::string::npos) << refused.message();
    expect_refusal(call("POST", "/v1/tokens", R"({"description":{},"role":1})"), 400,
                   "invalidFieldType");
}

TEST_F(BadInputTest, BrokenBodiesAreNamed) {
    make_source_and_sink();
    const std::pair<std::string, const char*> bodies[] = {
        {R"({"name":"a","name":"b","type":"http"})", "decodePayload"},
        {"{\"name\":\"\xFF\xFE\",\"type\":\"http\"}", "decodePayload"},
        {R"({"name":"\ud800","type":"http"})", "decodePayload"},
        {R"({"a":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}", "decodePayload"},
        {R"({"a":)", "decodePayload"},
    };
    for (const auto& [body, error] : bodies) {
        for (const auto& [method, path] : std::vector<std::pair<const char*, std::string>>{
                 {"POST", kSources},
                 {"POST", kSinks},
                 {"POST", "/v1/tokens"},
                 {"PATCH", kSources + "/my-source/settings"},
                 {"PATCH", kSinks + "/my-sink/settings"}}) {
            SCOPED_TRACE(path + " " + body.substr(0, 60));
            expect_refusal(call(method, path, body), 400, error);
        }
    }
    expect_refusal(call("POST", kSources, std::string(2 << 20, ' ')), 413, "bodyTooLarge");
    expect_refusal(call("POST", kSources + "/my-source/test", std::string(2 << 20, ' ')), 413,
                   "bodyTooLarge");
}

TEST_F(BadInputTest, IdsInPathsReachNothingElse) {
    make_source_and_sink();
    for (const auto* id : {"..", "%2e%2e", "my-source%2f..%2fmy-source", "my-source%00",
                           "MY-SOURCE", "my-source'%20OR%20'1'='1", "%E0%80%AF", "my-source%20"}) {
        SCOPED_TRACE(id);
        const auto path = kSources + "/" + id;
        expect_refusal(call("GET", path + "/settings"), 404, "sourceNotFound");
        expect_refusal(call("POST", path + "/test", "{}"), 404, "sourceNotFound");
        expect_refusal(call("DELETE", path + "/statistics/clear"), 404, "sourceNotFound");
        expect_refusal(call("GET", kSinks + "/" + id + "/statistics/files"), 404, "sinkNotFound");
        expect_refusal(call("DELETE", std::string("/v1/tokens/") + id), 404, "tokenNotFound");
    }
    EXPECT_TRUE(reports_.resets.empty());
}

TEST_F(BadInputTest, QueriesAreChecked) {
    make_source_and_sink();
    const auto aggregation = std::string("/v1/branches/default/aggregation/sources");
    for (const auto& path : {kSources, kSinks, aggregation, std::string("/v1/tokens")}) {
        SCOPED_TRACE(path);
        expect_refusal(call("GET", path + "?limit=0"), 400, "invalidRange");
        expect_refusal(call("GET", path + "?limit=1e3"), 400, "invalidFieldType");
        expect_refusal(call("GET", path + "?limit=99999999999999999999"), 400, "invalidFieldType");
        EXPECT_EQ(call("GET", path + "?afterId=%27%20OR%20%271%00%FF").status, 200);
    }
    expect_refusal(call("GET", kSinks + "/my-sink/statistics/files?failedFiles=1%00"), 400,
                   "invalidFieldType");
}

// Goal    a misspelt parameter is not one that is absent, whatever the endpoint; nothing is done.
TEST_F(BadInputTest, UnknownParametersOfQueriesAreRefused) {
    make_source_and_sink();
    for (const auto& endpoint : plane_.router().endpoints()) {
        if (endpoint.takes_any_query()) continue;
        std::string path;
        for (const auto& segment : endpoint.segments) {
            path += segment == "{branchId}"    ? "/default"
                    : segment == "{sourceId}"  ? "/my-source"
                    : segment == "{sinkId}"    ? "/my-sink"
                    : segment.starts_with('{') ? "/1"
                                               : "/" + segment;
        }
        SCOPED_TRACE(endpoint.method + " " + path);
        const auto answer = call(endpoint.method, path + "?Wait=1s&cascade=true&limit=1&tokn=x");
        expect_refusal(answer, 400, "badRequest");
        EXPECT_NE(answer.message().find("Unknown parameter"), std::string::npos) << answer.body;
    }
    EXPECT_EQ(call("GET", kSinks + "/my-sink").json()["version"]["number"], 1);
    EXPECT_EQ(call("GET", "/health-check?from=probe").status, 200);
    EXPECT_NE(call("POST", kSources + "/my-source/test?page=2", "{}").error(),
              "stream.api.badRequest");
}

TEST_F(BadInputTest, WrongTokensOpenNothing) {
    make_source();
    const auto text = std::string("secret-token");
    for (const auto& wrong : {text + "x", text.substr(1), std::string("SECRET-TOKEN"),
                              std::string(4000, 'a'), std::string("' OR '1'='1"),
                              std::string("admin"), std::string("\xFF\xFE"), std::string("%")}) {
        SCOPED_TRACE(wrong.substr(0, 40));
        expect_refusal(call("GET", kSources, "", {{"X-StorageApi-Token", wrong}}), 401,
                       "unauthorized");
    }
    expect_refusal(call("GET", kSources, "", {}), 400, "missingField");
    expect_refusal(
        call("DELETE", kSources + "/my-source", "", {{"Authorization", "Basic " + text}}), 400,
        "missingField");
    EXPECT_EQ(call("GET", kSources + "/my-source").status, 200);
}

// The HTTP library decodes percent signs in the values of headers.
TEST_F(BadInputTest, AHeaderThatIsEchoedCannotMakeAnother) {
    const auto answer =
        call("GET", "/v1", "", {{"Origin", "https://a.example%0d%0aX-Evil:%201%0d%0a%0d%0abody"}});
    EXPECT_EQ(answer.status, 200);
    EXPECT_FALSE(answer.headers.contains("X-Evil"));
    EXPECT_FALSE(answer.headers.contains("Access-Control-Allow-Origin"));
    EXPECT_TRUE(answer.json().contains("api"));
}

}  // namespace
}  // namespace millrace::control
