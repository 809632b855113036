#include "api/control/seen_version.h"

#include <gtest/gtest.h>

#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

const std::string kSource = kSources + "/my-source";
const std::string kSink = kSinks + "/my-sink";

Request with_header(const std::string& name, const std::string& value) {
    Request request;
    request.headers.emplace_back(name, value);
    return request;
}

TEST(SeenVersionsTest, ReadsNumbersInQuotesOrWithout) {
    using Numbers = std::vector<std::uint32_t>;
    EXPECT_FALSE(seen_versions(Request()).value());
    EXPECT_EQ(*seen_versions(with_header("If-Match", "\"3\"")).value(), Numbers{3});
    EXPECT_EQ(*seen_versions(with_header("if-match", "3")).value(), Numbers{3});
    EXPECT_EQ(*seen_versions(with_header("IF-MATCH", " \"3\" , \"4\"")).value(), (Numbers{3, 4}));
    EXPECT_FALSE(seen_versions(with_header("If-Match", "*")).value());
    for (const auto* const wrong : {"", "\"", "\"3", "W/\"3\"", "three", "\"3\",", "99999999999"}) {
        EXPECT_EQ(seen_versions(with_header("If-Match", wrong)).error().code(), Code::invalid)
            << wrong;
    }
}

class SeenVersionTest : public ApiTest {
protected:
    SeenVersionTest() { make_source_and_sink(); }

    Answer change(const std::string& method, const std::string& path, const std::string& body,
                  const std::string& seen) {
        return call(method, path, body,
                    {{"X-StorageApi-Token", "secret-token"}, {"If-Match", seen}});
    }
    std::string etag(const std::string& path) {
        const auto answer = call("GET", path);
        const auto found = answer.headers.find("ETag");
        return found == answer.headers.end() ? "" : found->second;
    }
};

TEST_F(SeenVersionTest, AnswersHaveTheVersionThatTheyShow) {
    EXPECT_EQ(etag(kSource), "\"1\"");
    EXPECT_EQ(etag(kSink), "\"1\"");
    finish("PATCH", kSink, R"({"name":"Other"})");
    EXPECT_EQ(etag(kSink), "\"2\"");
    EXPECT_EQ(etag(kSink + "/settings"), "\"2\"");
    EXPECT_EQ(etag(kSource + "/settings"), "\"1\"");
}

TEST_F(SeenVersionTest, ASecondEditorIsTold) {
    EXPECT_EQ(change("PATCH", kSink, R"({"name":"Mine"})", "\"1\"").status, 202);
    settle();
    const auto second = change("PATCH", kSink, R"({"name":"Yours"})", "\"1\"");
    EXPECT_EQ(second.status, 412) << second.body;
    EXPECT_EQ(second.error(), "stream.api.versionMismatch");
    EXPECT_NE(second.message().find("has version 2 by now"), std::string::npos);
    EXPECT_EQ(call("GET", kSink).json()["name"], "Mine");
    EXPECT_EQ(change("PATCH", kSink, R"({"name":"Yours"})", "\"2\"").status, 202);
    settle();
    EXPECT_EQ(call("GET", kSink).json()["name"], "Yours");
}

TEST_F(SeenVersionTest, OfTwoAtOnceOneIsToldByItsTask) {
    const auto first = change("PATCH", kSink, R"({"name":"Mine"})", "\"1\"");
    const auto second = change("PATCH", kSink, R"({"name":"Yours"})", "\"1\"");
    EXPECT_EQ(first.status, 202);
    EXPECT_EQ(second.status, 202) << "the first is not made yet";
    settle();
    const auto task = call("GET", "/v1/tasks/" + second.json().value("taskId", "")).json();
    EXPECT_EQ(task["status"], "error");
    EXPECT_NE(task["error"].get<std::string>().find("has version 2 by now"), std::string::npos);
    EXPECT_EQ(call("GET", kSink).json()["name"], "Mine");
}

TEST_F(SeenVersionTest, EveryChangeAsksForIt) {
    const std::string settings = R"({"settings":[]})";
    for (const auto& [method, path, body] :
         std::vector<std::array<std::string, 3>>{{"PATCH", kSource, R"({"name":"Other"})"},
                                                 {"DELETE", kSource, ""},
                                                 {"DELETE", kSource + "?cascade=true", ""},
                                                 {"PUT", kSource + "/disable", ""},
                                                 {"PUT", kSource + "/enable", ""},
                                                 {"POST", kSource + "/rotate-secret", ""},
                                                 {"PATCH", kSource + "/settings", settings},
                                                 {"PUT", kSource + "/versions/1/rollback", ""},
                                                 {"PATCH", kSink, R"({"name":"Other"})"},
                                                 {"DELETE", kSink, ""},
                                                 {"PUT", kSink + "/disable", ""},
                                                 {"PUT", kSink + "/enable", ""},
                                                 {"PATCH", kSink + "/settings", settings},
                                                 {"PUT", kSink + "/versions/1/rollback", ""}}) {
        EXPECT_EQ(change(method, path, body, "\"7\"").status, 412) << method << " " << path;
        EXPECT_EQ(change(method, path, body, "none").status, 400) << method << " " << path;
        EXPECT_EQ(change(method, path, body, "").status, 400) << method << " " << path;
    }
}

}  // namespace
}  // namespace millrace::control
