#include <gtest/gtest.h>

#include "core/mapping/headers_json.h"
#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

const std::string kTest = kSources + "/my-source/test";

nlohmann::json sink_of(const std::string& name, const char* columns) {
    auto sink = sink_body();
    sink["name"] = name;
    sink["table"]["mapping"]["columns"] = nlohmann::json::parse(columns);
    return sink;
}

class TestResourceTest : public ApiTest {
protected:
    TestResourceTest() { make_source(); }

    void make_sink(const std::string& name, const char* columns) {
        const auto task = finish("POST", kSinks, sink_of(name, columns).dump());
        EXPECT_EQ(task["status"], "success") << task;
    }
    Answer send(const std::string& body, httplib::Headers headers = {}) {
        headers.emplace("X-StorageApi-Token", "secret-token");
        return call("POST", kTest, body, std::move(headers));
    }
};

TEST_F(TestResourceTest, ShowsTheRowOfEverySinkAndKeepsNothing) {
    make_sink("b", R"([{"type":"path","name":"x","path":"a[0]"},{"type":"body","name":"all"}])");
    make_sink("a", R"([{"type":"datetime","name":"at"},{"type":"ip","name":"from"}])");
    ASSERT_EQ(finish("PUT", kSinks + "/a/disable")["status"], "success");
    log_.clear();

    const auto answer = send(R"({"a":["1,\"2\""]})");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.json(), nlohmann::json::parse(R"({
        "projectId":1,"branchId":123,"sourceId":"my-source","tables":[
        {"sinkId":"a","tableId":"in.c-shop.orders","disabled":true,"rows":[{"columns":[
            {"name":"at","value":"2026-01-02T03:04:05.678Z"},{"name":"from","value":"127.0.0.1"}]}]},
        {"sinkId":"b","tableId":"in.c-shop.orders","disabled":false,"rows":[{"columns":[
            {"name":"x","value":"\"1,\\\"2\\\"\""},
            {"name":"all","value":"{\"a\":[\"1,\\\"2\\\"\"]}"}]}]}]})"))
        << answer.body;
    settle();
    EXPECT_TRUE(log_.empty());
}

TEST_F(TestResourceTest, EverySinkHasItsOwnRowOrError) {
    make_sink("a", R"([{"type":"body","name":"all"}])");
    make_sink("b", R"([{"type":"path","name":"x","path":"key"}])");
    make_sink("c", R"([{"type":"path","name":"y","path":"other"}])");
    const auto answer = send(R"({"other":1})");
    EXPECT_EQ(answer.status, 422);
    EXPECT_EQ(answer.json(), nlohmann::json::parse(R"({
        "statusCode":422,"error":"stream.api.unprocessableContent",
        "message":"Invalid value for column \"x\": path \"key\" not found in the body.",
        "projectId":1,"branchId":123,"sourceId":"my-source","tables":[
        {"sinkId":"a","tableId":"in.c-shop.orders","disabled":false,"rows":[{"columns":[
            {"name":"all","value":"{\"other\":1}"}]}]},
        {"sinkId":"b","tableId":"in.c-shop.orders","disabled":false,"rows":[],"statusCode":422,
            "error":"stream.in.pathNotFound",
            "message":"Column \"x\": path \"key\" not found in the body."},
        {"sinkId":"c","tableId":"in.c-shop.orders","disabled":false,"rows":[{"columns":[
            {"name":"y","value":"1"}]}]}]})"))
        << answer.body;
}

// Goal    a body that the data plane divides is divided here too.
TEST_F(TestResourceTest, EachRecordOfABatchIsARow) {
    make_sink("a", R"([{"type":"path","name":"x","path":"x"}])");
    const auto values_of = [](const Answer& answer) {
        std::string values;
        const auto json = answer.json();
        for (const auto& row : json["tables"][0]["rows"]) {
            values += row["columns"][0]["value"].get<std::string>() + ";";
        }
        return values;
    };
    const auto lines = [&](const std::string& body) {
        httplib::Headers headers = {{"X-StorageApi-Token", "secret-token"}};
        return call("POST", kTest + "?records=lines", body, std::move(headers));
    };
    const auto good = lines("{\"x\":1}\n\n{\"x\":2}\n");
    EXPECT_EQ(good.status, 200) << good.body;
    EXPECT_EQ(values_of(good), "1;2;");
    const auto bad = lines("{\"x\":1}\n{}\nnone\n{\"x\":4}\n");
    EXPECT_EQ(bad.status, 422) << bad.body;
    EXPECT_EQ(values_of(bad), "1;4;");
    EXPECT_EQ(bad.json()["tables"][0]["error"], "stream.in.pathNotFound");
    EXPECT_EQ(bad.json()["tables"][0]["message"].get<std::string>().substr(0, 8), "Line 2: ");
    EXPECT_EQ(call("POST", kTest + "?records=some", "{}", {{"X-StorageApi-Token", "secret-token"}})
                  .status,
              400);

    const auto task = finish("PATCH", kSources + "/my-source/settings",
                             R"({"settings":[{"key":"source.http.records","value":"array"}]})");
    ASSERT_EQ(task["status"], "success") << task;
    EXPECT_EQ(values_of(send(R"([{"x":1},{"x":2}])")), "1;2;");
    EXPECT_EQ(send(R"({"x":1})").status, 400);
}

TEST_F(TestResourceTest, TemplatesSayWhatTheyAreEvaluatedBy) {
    make_sink("a", R"~([{"type":"template","name":"key","rawString":true,"template":
        {"language":"jsonnet","content":"Body('id') + '|' + Ip()"}}])~");
    const auto answer = send(R"({"id":7})");
    EXPECT_EQ(answer.json()["tables"][0]["rows"], nlohmann::json::parse(R"([{"columns":[
                  {"name":"key","value":"7|127.0.0.1","engine":"compiled"}]}])"))
        << answer.body;
    EXPECT_EQ(send("{}").json()["message"],
              "Invalid value for column \"key\": path \"id\" not found in the body.");
}

TEST_F(TestResourceTest, TemplatesThatAreNotCompiledAreEvaluatedElsewhere) {
    make_sink("a", R"~([{"type":"template","name":"t","rawString":true,"template":
        {"language":"jsonnet","content":"std.x"}}])~");
    make_sink("b", R"~([{"type":"template","name":"u","template":
        {"language":"jsonnet","content":"error 'bad'"}}])~");
    const auto answer = send(R"({"id":7})");
    EXPECT_EQ(answer.status, 422);
    EXPECT_EQ(answer.json()["tables"][0]["rows"][0]["columns"],
              nlohmann::json::parse(R"([{"name":"t","value":"std.x","engine":"jsonnet",
                  "engineReason":"1:1-4 \"std\" is not supported"}])"))
        << answer.body;
    EXPECT_EQ(answer.json()["message"], "Invalid value for column \"u\": bad.");
    EXPECT_EQ(evaluator_.waiting.size(), 0U);

    evaluator_.refusal = Error(Code::overloaded, "Too many.").named("stream.in.templatesBusy");
    EXPECT_EQ(send("{}").status, 503);
}

TEST_F(TestResourceTest, HeadersAreThoseThatTheDataPlaneWouldStore) {
    make_sink("a", R"([{"type":"headers","name":"h"}])");
    const auto answer = send("{}", {{"x-event", "push"},
                                    {"X-Event", "second"},
                                    {"Authorization", "Basic c2VjcmV0"},
                                    {"Cookie", "session=1"},
                                    {"REMOTE_ADDR", "sent by the client"}});
    ASSERT_EQ(answer.status, 200) << answer.body;
    const auto headers = nlohmann::json::parse(
        answer.json()["tables"][0]["rows"][0]["columns"][0].value("value", ""));
    EXPECT_EQ(headers["X-Event"], "push");
    EXPECT_EQ(headers["Content-Type"], "application/json");
    EXPECT_EQ(headers["Remote_addr"], "sent by the client");
    for (const auto* name : {"Authorization", "Cookie", "X-Storageapi-Token", "Content-Length",
                             "Remote_port", "Local_addr", "Local_port"}) {
        EXPECT_FALSE(headers.contains(name)) << name;
    }
}

TEST_F(TestResourceTest, ASourceMayShowSecretHeadersButNeverTheTokenOfTheRequest) {
    make_sink("a", R"([{"type":"headers","name":"h"}])");
    const auto task = finish("PATCH", kSources + "/my-source/settings",
                             R"({"settings":[{"key":"source.http.secretHeaders","value":true}]})");
    ASSERT_EQ(task["status"], "success") << task;
    const auto answer = send("{}", {{"Authorization", "Basic c2VjcmV0"}, {"Cookie", "session=1"}});
    ASSERT_EQ(answer.status, 200) << answer.body;
    const auto headers = nlohmann::json::parse(
        answer.json()["tables"][0]["rows"][0]["columns"][0].value("value", ""));
    EXPECT_EQ(headers["Authorization"], "Basic c2VjcmV0");
    EXPECT_EQ(headers["Cookie"], "session=1");
    EXPECT_FALSE(headers.contains("X-Storageapi-Token"));
}

TEST_F(TestResourceTest, AnyBodyIsARecord) {
    make_sink("a", R"([{"type":"body","name":"all"}])");
    const auto value = [](const Answer& answer) {
        return answer.json()["tables"][0]["rows"][0]["columns"][0].value("value", "?");
    };
    EXPECT_EQ(value(call("POST", kTest)), "");
    EXPECT_EQ(value(send("not json")), "not json");
    EXPECT_EQ(value(send(R"({"a":1,"a":2})")), R"({"a":1,"a":2})");

    make_sink("b", R"([{"type":"path","name":"x","path":"a"}])");
    const auto broken = send("{");
    EXPECT_EQ(broken.status, 422);
    EXPECT_EQ(broken.json()["tables"][1]["error"], "stream.in.invalidJson");
    EXPECT_TRUE(broken.message().starts_with("Invalid value for column \"x\": invalid JSON"))
        << broken.message();
}

TEST_F(TestResourceTest, FormsAreReadAsTheDataPlaneReadsThem) {
    make_sink("a", R"([{"type":"path","name":"x","path":"a","rawString":true}])");
    httplib::Client client("127.0.0.1", port_);
    const auto answer = client.Post(kTest.c_str(), {{"X-StorageApi-Token", "secret-token"}},
                                    "a=b%20c&d=e", "application/x-www-form-urlencoded");
    ASSERT_EQ(answer->status, 200) << answer->body;
    EXPECT_NE(answer->body.find(R"({"name":"x","value":"b c"})"), std::string::npos)
        << answer->body;

    const auto json = client.Post(kTest.c_str(), {{"X-StorageApi-Token", "secret-token"}},
                                  R"({"a":"by curl"})", "application/x-www-form-urlencoded");
    EXPECT_NE(json->body.find(R"({"name":"x","value":"by curl"})"), std::string::npos)
        << json->body;

    const auto text =
        client.Post(kTest.c_str(), {{"X-StorageApi-Token", "secret-token"}}, "a", "text/plain");
    EXPECT_EQ(text->status, 422);
    EXPECT_NE(text->body.find("\"error\":\"stream.in.unsupportedMediaType\""), std::string::npos)
        << text->body;
}

TEST_F(TestResourceTest, ACompressedBodyIsRefusedBecauseTheDataPlaneDoesNotDecodeIt) {
    make_sink("a", R"([{"type":"body","name":"all"}])");
    const auto answer = send("{}", {{"Content-Encoding", "identity"}});
    EXPECT_EQ(answer.status, 415);
    EXPECT_EQ(answer.error(), "stream.api.unsupportedMediaType");
}

TEST_F(TestResourceTest, ADisabledSourceIsTestedAndAReadonlyTokenMayTest) {
    make_sink("a", R"([{"type":"uuid","name":"id"}])");
    ASSERT_EQ(finish("PUT", kSources + "/my-source/disable")["status"], "success");
    const auto token =
        call("POST", "/v1/tokens", R"({"description":"x","role":"readonly"})").json();
    const auto answer =
        call("POST", kTest, "{}", {{"X-StorageApi-Token", token.value("token", "")}});
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.json()["tables"][0]["disabled"], true);
    EXPECT_EQ(answer.json()["tables"][0]["rows"][0]["columns"][0].value("value", "").size(), 36u);
}

TEST_F(TestResourceTest, WithoutSinksThereAreNoTables) {
    EXPECT_EQ(send("{}").json()["tables"], nlohmann::json::array());
    EXPECT_EQ(call("POST", kSources + "/none/test", "{}").error(), "stream.api.sourceNotFound");
}

}  // namespace
}  // namespace millrace::control
