#include <gtest/gtest.h>

#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

const std::string kTokens = "/v1/tokens";

class TokensResourceTest : public ApiTest {
protected:
    nlohmann::json make_token(const std::string& role) {
        const auto answer =
            call("POST", kTokens, R"({"description":"for CI","role":")" + role + "\"}");
        EXPECT_EQ(answer.status, 201) << answer.body;
        return answer.json();
    }
    static httplib::Headers with(const nlohmann::json& token) {
        return {{"X-StorageApi-Token", token.value("token", "")}};
    }
};

TEST_F(TokensResourceTest, ATokenIsShownOnceAndStoredAsItsDigest) {
    const auto token = make_token("admin");
    EXPECT_EQ(token["description"], "for CI");
    EXPECT_EQ(token["role"], "admin");
    EXPECT_EQ(token["created"]["by"]["tokenId"], "admin");
    const auto text = token.value("token", "");
    EXPECT_EQ(text.size(), 57u);

    const auto list = call("GET", kTokens);
    EXPECT_EQ(list.status, 200);
    EXPECT_EQ(list.json()["tokens"][0]["id"], token["id"]);
    EXPECT_EQ(list.json()["page"]["totalCount"], 1);
    EXPECT_EQ(list.body.find(text), std::string::npos);
    EXPECT_FALSE(list.json()["tokens"][0].contains("token"));
    EXPECT_NE(tokens_.tokens(ProjectId(1), {}).value().items.at(0).digest, text);
}

TEST_F(TokensResourceTest, VersionsNameTheTokenThatMadeThem) {
    const auto token = make_token("admin");
    const auto started =
        call("POST", kSources, R"({"name":"My Source","type":"http"})", with(token));
    ASSERT_EQ(started.status, 202) << started.body;
    settle();
    const auto by = call("GET", kSources + "/my-source").json()["version"]["by"];
    EXPECT_EQ(by["tokenId"], token["id"]);
    EXPECT_EQ(by["tokenDesc"], "for CI");
}

TEST_F(TokensResourceTest, ATokenThatLoadsNamesItsBucketsAndIsForNothingElse) {
    const auto answer = call("POST", kTokens,
                             R"({"description":"Flink","role":"load","buckets":["in.c-testdb",)"
                             R"("out.c-b","in.c-testdb"]})");
    ASSERT_EQ(answer.status, 201) << answer.body;
    const auto token = answer.json();
    EXPECT_EQ(token["buckets"], nlohmann::json::array({"in.c-testdb", "out.c-b"}));
    EXPECT_EQ(call("GET", kTokens).json()["tokens"][0]["buckets"], token["buckets"]);
    make_source_and_sink();
    for (const auto& path : {kSources, kSources + "/my-source", kTokens, std::string("/v1/volumes"),
                             std::string("/v1/branches/default/loads")}) {
        EXPECT_EQ(call("GET", path, "", with(token)).error(), "stream.api.forbidden") << path;
    }
    EXPECT_EQ(call("POST", kSources, R"({"name":"x","type":"http"})", with(token)).error(),
              "stream.api.forbidden");
    EXPECT_EQ(call("POST", kSources + "/my-source/test", "{}", with(token)).error(),
              "stream.api.forbidden");
}

TEST_F(TokensResourceTest, BucketsAreForTokensThatLoadOnly) {
    const struct {
        const char* body;
        const char* error;
    } cases[] = {
        {R"({"description":"x","role":"load"})", "stream.api.missingField"},
        {R"({"description":"x","role":"load","buckets":[]})", "stream.api.invalidLength"},
        {R"({"description":"x","role":"load","buckets":"in.c-b"})", "stream.api.invalidFieldType"},
        {R"({"description":"x","role":"load","buckets":["in.c-a,in.c-b"]})",
         "stream.api.badRequest"},
        {R"({"description":"x","role":"load","buckets":["testdb"]})", "stream.api.badRequest"},
        {R"({"description":"x","role":"load","buckets":[1]})", "stream.api.badRequest"},
        {R"({"description":"x","role":"load","buckets":["in.c-b.t"]})", "stream.api.badRequest"},
        {R"({"description":"x","role":"admin","buckets":["in.c-b"]})", "stream.api.badRequest"},
    };
    for (const auto& test : cases) {
        EXPECT_EQ(call("POST", kTokens, test.body).error(), test.error) << test.body;
    }
}

TEST_F(TokensResourceTest, AReadonlyTokenReadsEverythingAndWritesNothing) {
    make_source_and_sink();
    const auto token = make_token("readonly");
    for (const auto& path : {kSources, kSources + "/my-source", kSinks + "/my-sink/settings",
                             kSinks + "/my-sink/statistics/total", kTokens}) {
        EXPECT_EQ(call("GET", path, "", with(token)).status, 200) << path;
    }
    const struct {
        const char* method;
        std::string path;
    } writes[] = {
        {"POST", kSources},
        {"DELETE", kSources + "/my-source"},
        {"PUT", kSources + "/my-source/disable"},
        {"PATCH", kSources + "/my-source/settings"},
        {"POST", kSinks},
        {"DELETE", kSinks + "/my-sink"},
        {"PUT", kSinks + "/none/enable"},  // before it is known whether it is there
        {"PATCH", kSinks + "/my-sink/settings"},
        {"POST", kTokens},
        {"DELETE", kTokens + "/admin"},
    };
    log_.clear();
    for (const auto& write : writes) {
        const auto answer = call(write.method, write.path, "{}", with(token));
        EXPECT_EQ(answer.status, 403) << write.method << " " << write.path << answer.body;
        EXPECT_EQ(answer.error(), "stream.api.forbidden");
        EXPECT_EQ(answer.message(), "Only admin token can do write operations on streams.");
    }
    settle();
    EXPECT_TRUE(log_.empty());
    EXPECT_EQ(call("GET", "/v1/branches/x/sources", "", with(token)).status, 400);
    EXPECT_EQ(call("POST", "/v1/branches/x/sources", "", with(token)).status, 400)
        << "the branch is checked before the role";
}

TEST_F(TokensResourceTest, ADeletedTokenOpensNothing) {
    const auto token = make_token("admin");
    EXPECT_EQ(call("GET", kSources, "", with(token)).status, 200);
    const auto deleted = call("DELETE", kTokens + "/" + token.value("id", ""));
    EXPECT_EQ(deleted.status, 204);
    EXPECT_EQ(deleted.body, "");
    const auto refused = call("GET", kSources, "", with(token));
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(refused.error(), "stream.api.unauthorized");
    const auto again = call("DELETE", kTokens + "/" + token.value("id", ""));
    EXPECT_EQ(again.status, 404);
    EXPECT_EQ(again.error(), "stream.api.tokenNotFound");
}

TEST_F(TokensResourceTest, TheTokenOfTheInstallationStays) {
    const auto refused = call("DELETE", kTokens + "/admin");
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(refused.error(), "stream.api.forbidden");
    EXPECT_EQ(call("GET", kTokens).status, 200);
    EXPECT_EQ(call("GET", kTokens).json()["tokens"], nlohmann::json::array());
}

TEST_F(TokensResourceTest, ABadRequestIsNamedWithAllItsProblems) {
    const struct {
        std::string body;
        const char* error;
        const char* message;
    } cases[] = {
        {R"({"role":"owner"})", "stream.api.missingField",
         "\"description\" is missing from body; value of body.role must be one of \"admin\", "
         "\"readonly\", \"load\" but got value \"owner\""},
        {R"({"description":"","role":"admin"})", "stream.api.invalidLength",
         "Length of body.description must be greater or equal than 1 but got value \"\" (len=0)"},
        {R"({"description":"x","role":"admin","id":"mine"})", "stream.api.badRequest", "id"},
        {"", "stream.api.missingPayload", ""},
    };
    for (const auto& test : cases) {
        const auto answer = call("POST", kTokens, test.body);
        EXPECT_EQ(answer.status, 400) << test.body;
        EXPECT_EQ(answer.error(), test.error) << test.body;
        EXPECT_NE(answer.message().find(test.message), std::string::npos) << answer.message();
    }
    EXPECT_EQ(call("GET", kTokens).json()["page"]["totalCount"], 0);
}

TEST_F(TokensResourceTest, AProjectHasAHundredTokens) {
    for (int i = 0; i < 100; ++i) make_token("readonly");
    const auto refused = call("POST", kTokens, R"({"description":"x","role":"admin"})");
    EXPECT_EQ(refused.status, 409);
    EXPECT_EQ(refused.error(), "stream.api.tokenCountLimitReached");
}

}  // namespace
}  // namespace millrace::control
