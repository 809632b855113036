#include "api/control/control_plane.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

class ControlPlaneTest : public ApiTest {};

TEST_F(ControlPlaneTest, OpenEndpointsNeedNoToken) {
    for (const auto* index : {"/", "/v1", "/v1/"}) {
        SCOPED_TRACE(index);
        EXPECT_EQ(call("GET", index, "", {}).json(), nlohmann::json::parse(R"({"api":"stream",
                      "documentation":"https://api.example/v1/documentation"})"));
    }
    EXPECT_EQ(call("GET", "/health-check", "", {}).body, "OK");
    EXPECT_EQ(call("GET", "/metrics", "", {}).body, "millrace_up 1\n");
}

TEST_F(ControlPlaneTest, TokensAreCheckedBeforeAnythingElse) {
    const struct {
        httplib::Headers headers;
        int status;
        const char* error;
        const char* message;
    } cases[] = {
        {{}, 400, "stream.api.missingField", "\"X-StorageApi-Token\" is missing from header."},
        {{{"X-StorageApi-Token", "wrong"}},
         401,
         "stream.api.unauthorized",
         "Invalid access token."},
        {{{"Authorization", "Bearer wrong"}},
         401,
         "stream.api.unauthorized",
         "Invalid access token."},
    };
    for (const auto& test : cases) {
        for (const auto* path :
             {"/v1/branches/default/sources", "/v1/branches/x/sources/none", "/v1/tasks/none"}) {
            const auto answer = call("GET", path, "", test.headers);
            EXPECT_EQ(answer.status, test.status);
            EXPECT_EQ(answer.error(), test.error);
            EXPECT_EQ(answer.message(), test.message);
        }
    }
    EXPECT_EQ(call("GET", kSources, "", {{"Authorization", "Bearer secret-token"}}).status, 200);
}

TEST_F(ControlPlaneTest, UnknownPathsMethodsAndBranchesAreNamed) {
    const struct {
        const char* method;
        const char* path;
        int status;
        const char* error;
        const char* message;
    } cases[] = {
        {"GET", "/foo/bar", 404, "stream.api.endpointNotFound",
         "No endpoint found for path \"/foo/bar\"."},
        {"POST", "/v1/x", 404, "stream.api.endpointNotFound",
         "No endpoint found for path \"/v1/x\"."},
        {"PUT", "/v1/branches/default/sources", 405, "stream.api.methodNotAllowed",
         "Method PUT is not allowed for path \"/v1/branches/default/sources\"."},
        {"TRACE", "/v1", 405, "stream.api.methodNotAllowed",
         "Method TRACE is not allowed for path \"/v1\"."},
        {"GET", "/v1/branches/x/sources", 400, "stream.api.badRequest",
         "Invalid branch: expected \"default\" or <int>, given \"x\"."},
        {"GET", "/v1/branches/12x/sources", 400, "stream.api.badRequest",
         "Invalid branch: expected \"default\" or <int>, given \"12x\"."},
        {"GET", "/v1/branches/7/sources", 400, "stream.api.badRequest",
         "Currently only default branch is supported, branch \"7\" is not default."},
        {"GET", "/v1/branches/123/sources/nope", 404, "stream.api.sourceNotFound",
         "Source \"nope\" not found in the branch."},
        {"GET", "/v1/branches/default/sources/nope/sinks/nope", 404, "stream.api.sourceNotFound",
         "Source \"nope\" not found in the branch."},
        {"GET", "/v1/tasks/a/b/c", 404, "stream.api.taskNotFound",
         "Task \"a/b/c\" not found in the project."},
    };
    for (const auto& test : cases) {
        SCOPED_TRACE(std::string(test.method) + " " + test.path);
        const auto answer = call(test.method, test.path);
        EXPECT_EQ(answer.status, test.status);
        EXPECT_EQ(answer.json().value("statusCode", 0), test.status);
        EXPECT_EQ(answer.error(), test.error);
        EXPECT_EQ(answer.message(), test.message);
        EXPECT_EQ(answer.headers.find("Content-Type")->second, "application/json");
    }
    EXPECT_EQ(call("PUT", kSources).headers.find("Allow")->second, "POST, GET, HEAD, OPTIONS");
}

TEST_F(ControlPlaneTest, EveryAnswerHasItsOwnRequestId) {
    std::set<std::string> ids;
    for (const auto* path : {"/", "/v1", "/none", "/v1/branches/default/sources"}) {
        const auto answer = call("GET", path);
        ASSERT_EQ(answer.headers.count("X-Request-Id"), 1U) << path;
        const auto id = answer.headers.find("X-Request-Id")->second;
        EXPECT_EQ(id.size(), 15U);
        ids.insert(id);
    }
    EXPECT_EQ(ids.size(), 4U);
}

TEST_F(ControlPlaneTest, BrowsersMayCallAlsoWithPut) {
    const auto preflight = call("OPTIONS", kSources, "", {{"Origin", "https://ui.example"}});
    EXPECT_EQ(preflight.status, 204);
    EXPECT_EQ(preflight.headers.find("Access-Control-Allow-Origin")->second, "https://ui.example");
    EXPECT_EQ(preflight.headers.find("Access-Control-Allow-Methods")->second,
              "GET, POST, PUT, PATCH, DELETE");
    const auto refused = call("GET", kSources, "", {{"Origin", "https://ui.example"}});
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.headers.find("Access-Control-Allow-Origin")->second, "https://ui.example");
    EXPECT_EQ(call("GET", kSources).headers.count("Access-Control-Allow-Origin"), 0U);
    EXPECT_EQ(call("OPTIONS", "/none").status, 404);
}

// Load balancers look with HEAD or OPTIONS, and take out who answers 405.
TEST_F(ControlPlaneTest, LongAnswersAreCodedForWhoTakesItAndNeverInBrotli) {
    const auto coding_of = [&](const char* path, const char* accepted) {
        const auto answer = call("GET", path, "", {{"Accept-Encoding", accepted}});
        EXPECT_EQ(answer.status, 200);
        const auto found = answer.headers.find("Content-Encoding");
        return found == answer.headers.end() ? "" : found->second;
    };
    constexpr const char* kLong = "/v1/documentation/openapi.json";
    EXPECT_EQ(coding_of(kLong, "gzip, deflate, br, zstd"), "gzip");
    EXPECT_EQ(coding_of(kLong, "br"), "");
    EXPECT_EQ(coding_of(kLong, ""), "");
    EXPECT_EQ(coding_of("/", "gzip, br"), "") << "a packet in any case";
    EXPECT_EQ(call("GET", kLong, "", {{"Accept-Encoding", "gzip"}}).body,
              call("GET", kLong, "", {}).body);
}

TEST_F(ControlPlaneTest, HeadIsAnsweredWhereverGetIsAndOptionsEverywhere) {
    for (const auto* path : {"/", "/v1", "/health-check", "/metrics", "/v1/documentation/"}) {
        SCOPED_TRACE(path);
        const auto got = call("GET", path);
        const auto head = call("HEAD", path);
        EXPECT_EQ(head.status, got.status);
        EXPECT_EQ(head.status, 200);
        EXPECT_EQ(head.headers.find("Content-Type")->second,
                  got.headers.find("Content-Type")->second);
        EXPECT_EQ(head.body, "");
        const auto options = call("OPTIONS", path);
        EXPECT_EQ(options.status, 204);
        EXPECT_EQ(options.headers.find("Allow")->second, "GET, HEAD, OPTIONS");
    }
}

// Goal    guessing is slowed down, and nobody who shares the address is.
TEST_F(ControlPlaneTest, AfterTenWrongTokensAnAddressIsToldToWait) {
    const httplib::Headers wrong = {{"X-StorageApi-Token", "guess"}};
    for (int i = 0; i < 10; ++i) EXPECT_EQ(call("GET", kSources, "", wrong).status, 401);
    const auto answer = call("GET", kSources, "", wrong);
    EXPECT_EQ(answer.status, 429);
    EXPECT_EQ(answer.error(), "stream.api.tooManyWrongTokens");
    EXPECT_EQ(answer.headers.find("Retry-After")->second, "1");
    EXPECT_EQ(call("GET", kSources).status, 200) << "a right token is not asked";
    EXPECT_EQ(call("GET", kSources, "", {}).status, 400) << "no token is no guess";
    EXPECT_EQ(wrong_tokens_.count(), 11U);
    clock_.advance(std::chrono::seconds(1));
    EXPECT_EQ(call("GET", kSources, "", wrong).status, 401);
}

// Goal    what needs no token is not readable by a page of somebody else.
TEST_F(ControlPlaneTest, MetricsAreForNoOtherPageAndNoForeignName) {
    const auto answer = call("GET", "/metrics", "", {{"Origin", "https://evil.example"}});
    EXPECT_EQ(answer.headers.count("Access-Control-Allow-Origin"), 0U);

    EXPECT_EQ(call("GET", "/metrics", "", {{"Host", "api.example"}}).status, 200);
    const auto foreign = call("GET", "/metrics", "", {{"Host", "evil.example:8000"}});
    EXPECT_EQ(foreign.status, 403);
    EXPECT_EQ(foreign.error(), "stream.api.forbidden");
    EXPECT_EQ(call("GET", "/metrics", "",
                   {{"Host", "scraped.example"}, {"X-StorageApi-Token", "secret-token"}})
                  .status,
              200);
}

TEST_F(ControlPlaneTest, NoAnswerIsStoredAndThePageIsNotFramed) {
    for (const auto* path : {"/v1", "/none", "/metrics", kSources.c_str()}) {
        const auto answer = call("GET", path);
        ASSERT_EQ(answer.headers.count("Cache-Control"), 1U) << path;
        EXPECT_EQ(answer.headers.find("Cache-Control")->second, "no-store") << path;
    }
    const auto page = call("GET", "/v1/documentation/openapi.json", "", {});
    EXPECT_EQ(page.headers.find("Cache-Control")->second, "no-cache");
    EXPECT_EQ(page.headers.find("X-Frame-Options")->second, "DENY");
    EXPECT_NE(page.headers.find("Content-Security-Policy")->second.find("frame-ancestors 'none'"),
              std::string::npos);
}

TEST_F(ControlPlaneTest, AFailureInsideIsNotExplainedToClients) {
    catalog_.broken = true;
    const auto answer = call("GET", kSources);
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.error(), "stream.api.serviceUnavailable");
    EXPECT_EQ(answer.body.find("fire"), std::string::npos);
    const auto id = "millrace-stream-api-" + answer.headers.find("X-Request-Id")->second;
    EXPECT_EQ(answer.json()["exceptionId"], id);
    EXPECT_NE(answer.message().find(id), std::string::npos);
}

// Goal    no request content whatsoever makes the service answer 5xx or fall over.
// Method  every endpoint with every bad id and body of the list, then a good request.
TEST_F(ControlPlaneTest, NoContentMakesItAnswer5xx) {
    make_source_and_sink();
    const std::vector<std::string> ids = {"..",      "%2e%2e%2f%2e%2e%2fetc",
                                          "%00",     "a%00b",
                                          "%ff%fe",  std::string(3000, 'a'),
                                          "'--",     "%0d%0aX:1",
                                          "deleted", "my-source%2fsinks",
                                          "%",       "\xC3\xA1",
                                          "*",       "{sourceId}",
                                          "null",    "1e999"};
    for (const auto& id : ids) {
        for (const auto* method : {"GET", "PUT", "PATCH", "POST", "DELETE"}) {
            for (const auto& path : {kSources + "/" + id, kSources + "/" + id + "/disable",
                                     kSources + "/" + id + "/sinks", kSinks + "/" + id,
                                     kSinks + "/" + id + "/settings", "/v1/tasks/" + id,
                                     "/v1/branches/" + id + "/sources", "/" + id}) {
                const auto answer = call(method, path);
                EXPECT_GE(answer.status, 200) << method << " " << path;
                EXPECT_LT(answer.status, 500) << method << " " << path << answer.body;
            }
        }
    }
    const std::vector<std::string> bodies = {
        "{",
        "[]",
        "0",
        "\"\"",
        R"({"name":1e999,"type":[]})",
        R"({"name":"\ud800","type":"http"})",
        R"({"name":"a\u0000b","type":"http"})",
        std::string("{\"name\":\"\0\"}", 12),
        R"({"name":"a","name":"b","type":"http"})",
        R"({"settings":[{"key":"storage.level.local.encoding.sync.wait","value":{"a":[]}}]})",
        R"({"settings":[{"key":"storage.level.staging.upload.trigger.count","value":1e300}]})",
        R"({"settings":[{"key":"storage.level.staging.upload.trigger.count","value":18446744073709551615}]})",
        R"({"settings":[{"key":"storage.level.staging.upload.trigger.size","value":-1}]})",
        R"({"settings":[null,1,[],{}]})",
        R"({"table":{"mapping":{"columns":[null,{},{"type":"path"},[[]]]}},"type":"table"})",
        std::string(10'000, '['),
        R"({"a":)" + std::string(10'000, '[') + std::string(10'000, ']') + "}",
        "{\"name\":\"" + std::string(900'000, 'x') + "\",\"type\":\"http\"}",
    };
    for (const auto& body : bodies) {
        for (const auto& [method, path] : std::vector<std::pair<std::string, std::string>>{
                 {"POST", kSources},
                 {"POST", kSinks},
                 {"PATCH", kSources + "/my-source/settings"},
                 {"PATCH", kSinks + "/my-sink/settings"}}) {
            const auto answer = call(method, path, body);
            EXPECT_EQ(answer.status, 400)
                << method << " " << path << " " << body.substr(0, 80) << answer.body.substr(0, 300);
            EXPECT_LT(answer.body.size(), 4000U);
        }
    }
    EXPECT_EQ(call("POST", kSources, std::string((1 << 20) + 1, ' ')).error(),
              "stream.api.bodyTooLarge");
    EXPECT_EQ(call("GET", kSinks + "/my-sink").status, 200);
}

// Goal    each limit is the configured one, and going past it is named at once.
TEST_F(ControlPlaneTest, LimitsAreConfigured) {
    auto limited = options();
    limited.definition_limits = {.sources = 1,
                                 .sinks = 1,
                                 .columns = 2,
                                 .versions = 2,
                                 .name_characters = 9,
                                 .description_characters = 3};
    ControlPlane plane(ports(), std::move(limited));
    const auto send = [&](const char* method, const std::string& path, const std::string& body) {
        const auto response = plane.handle({.id = "r",
                                            .method = method,
                                            .path = path,
                                            .query = {},
                                            .storage_token = "secret-token",
                                            .authorization = {},
                                            .origin = {},
                                            .headers = {},
                                            .client_ip = {},
                                            .body = body});
        settle();
        const auto json = nlohmann::json::parse(response.body);
        return response.status == 202 ? "accepted" : json.value("message", "");
    };
    const auto source = R"({"name":"My Source","type":"http"})";
    EXPECT_EQ(send("POST", kSources, R"({"name":"Ten letter","type":"http","description":"four"})"),
              "Length of body.name must be lesser or equal than 9 but got value \"Ten letter\" "
              "(len=10); length of body.description must be lesser or equal than 3 but got value "
              "\"four\" (len=4)");
    EXPECT_EQ(send("POST", kSources, source), "accepted");
    EXPECT_EQ(send("POST", kSources, R"({"name":"Other","type":"http"})"),
              "Source count limit reached in the branch, the maximum is 1.");

    auto sink = sink_body();
    EXPECT_EQ(send("POST", kSinks, sink.dump()), "accepted");
    sink["name"] = "Other";
    EXPECT_EQ(send("POST", kSinks, sink.dump()),
              "Sink count limit reached in the source, the maximum is 1.");
    sink["table"]["mapping"]["columns"].push_back({{"type", "body"}, {"name", "all"}});
    EXPECT_EQ(send("POST", kSinks, sink.dump()),
              "Length of body.table.mapping.columns must be lesser or equal than 2 but got 3 "
              "items (len=3)");

    for (const auto& entity :
         {std::string("/my-source"), std::string("/my-source/sinks/my-sink")}) {
        EXPECT_EQ(send("PATCH", kSources + entity + "/settings", "{}"), "accepted");
        const auto last = send("PATCH", kSources + entity + "/settings", "{}");
        EXPECT_TRUE(last.starts_with("Version count limit reached in the s")) << last;
        EXPECT_TRUE(last.ends_with(", the maximum is 2. The option limits.versions raises it."))
            << last;
    }
    EXPECT_EQ(call("GET", kSinks + "/my-sink").json()["version"]["number"], 2);
    EXPECT_EQ(send("DELETE", kSources + "/my-source", ""), "accepted") << "the way out";
}

}  // namespace
}  // namespace millrace::control
