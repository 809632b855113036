#include "api/control/requests_resource.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

using nlohmann::json;
using pipeline::SeenRequest;

const std::string kRequests = kSources + "/my-source/requests";

class RequestsResourceTest : public ApiTest {
protected:
    RequestsResourceTest() {
        make_source_and_sink();
        recent_.begin(WallTime{1'700'000'000'000});
    }

    pipeline::SourceTap& tap() {
        return *recent_.of(
            {.project = ProjectId(1), .branch = BranchId(123), .source = SourceId("my-source")});
    }

    static SeenRequest request(const std::string& body) {
        SeenRequest seen;
        seen.arrived_at = WallTime{1'700'000'000'000};
        seen.client_ip = "1.2.3.4";
        seen.content_type = "application/json";
        seen.headers = {{.name = "User-Agent", .value = "curl"},
                        {.name = "Authorization", .value = "", .is_masked = true}};
        seen.body = body;
        seen.body_bytes = body.size();
        seen.outcome.accepted = 1;
        seen.sinks = {SinkId("my-sink")};
        return seen;
    }

    static SeenRequest refused() {
        auto seen = request("{}");
        seen.outcome.accepted = 0;
        seen.outcome.sinks = {{.rejected = 1,
                               .refused = true,
                               .problems = {{.error = Error(Code::invalid, "column \"p\": no a.b")
                                                          .named("stream.in.pathNotFound")}}}};
        return seen;
    }

    json requests(const std::string& query = "") {
        return call("GET", kRequests + query).json()["requests"];
    }
};

TEST_F(RequestsResourceTest, ShowsWhatCameAndWhatBecameOfIt) {
    tap().add(refused());
    auto shown = requests();
    ASSERT_EQ(shown.size(), 1U);
    EXPECT_EQ(shown[0], json::parse(R"({"id":"1700000000000001","at":"2023-11-14T22:13:20.000Z",
        "status":"refused","statusCode":422,"error":"stream.in.pathNotFound",
        "message":"Column \"p\": no a.b.","clientIp":"1.2.3.4","contentType":"application/json",
        "headers":[{"name":"User-Agent","value":"curl"},
                   {"name":"Authorization","value":"***","isMasked":true}],
        "bodyBytes":2,"body":"{}","isBodyCut":false,"records":1,"accepted":0,"kept":0,
        "sinks":[{"sinkId":"my-sink","status":"refused","accepted":0,"rejected":1,"kept":0,
                  "problems":[{"record":1,"error":"stream.in.pathNotFound",
                               "message":"Column \"p\": no a.b."}]}]})"))
        << shown[0].dump(1);
}

TEST_F(RequestsResourceTest, AProblemOfALineHasTheNumberOfTheLine) {
    auto seen = refused();
    seen.form = RecordForm::lines;
    seen.outcome.sinks[0].problems[0].number = 4;
    tap().add(std::move(seen));
    const auto problem = requests()[0]["sinks"][0]["problems"][0];
    EXPECT_EQ(problem["line"], 4);
    EXPECT_FALSE(problem.contains("record"));
}

TEST_F(RequestsResourceTest, TheNewestComeFirstAndAPageGoesOnFromTheLast) {
    EXPECT_EQ(call("GET", kRequests).json()["lastId"], "0");
    tap().add(request("1"));
    tap().add(refused());
    tap().add(request("3"));
    const auto all = call("GET", kRequests).json();
    ASSERT_EQ(all["requests"].size(), 3U);
    EXPECT_EQ(all["requests"][0]["body"], "3");
    EXPECT_EQ(all["lastId"], all["requests"][0]["id"]);
    EXPECT_EQ(requests("?status=refused").size(), 1U);
    EXPECT_EQ(requests("?status=accepted").size(), 2U);
    EXPECT_EQ(requests("?limit=1").size(), 1U);
    const auto after = "?after=" + all["requests"][1]["id"].get<std::string>();
    ASSERT_EQ(requests(after).size(), 1U);
    EXPECT_EQ(requests(after)[0]["body"], "3");
    EXPECT_EQ(requests("?after=99999999999999999").size(), 3U) << "of a process before";
    for (const auto* const wrong :
         {"?after=x", "?limit=0", "?limit=101", "?status=no", "?wait=x"}) {
        EXPECT_EQ(call("GET", kRequests + wrong).status, 400) << wrong;
    }
    EXPECT_EQ(call("GET", kSources + "/none/requests").error(), "stream.api.sourceNotFound");
}

TEST_F(RequestsResourceTest, AWaitEndsWithTheNextRequest) {
    recent_.on_news([this] { progress_.note(); });
    tap().add(request("old"));
    const auto last = call("GET", kRequests).json()["lastId"].get<std::string>();
    std::thread sender([this] { tap().add(request("new")); });
    const auto answer = call("GET", kRequests + "?wait=30s&after=" + last);
    sender.join();
    ASSERT_EQ(answer.json()["requests"].size(), 1U) << answer.body;
    EXPECT_EQ(answer.json()["requests"][0]["body"], "new");
    const auto none =
        call("GET", kRequests + "?wait=1ms&after=" + answer.json()["lastId"].get<std::string>());
    EXPECT_EQ(none.status, 200);
    EXPECT_TRUE(none.json()["requests"].empty());
}

TEST_F(RequestsResourceTest, OnlyAdministratorsSeeBodies) {
    const auto made = call("POST", "/v1/tokens", R"({"description":"r","role":"readonly"})");
    auto seen = refused();
    seen.body = "secret thing";
    seen.body_bytes = seen.body.size();
    seen.outcome.sinks[0].problems[0].error =
        Error(Code::invalid, "the value \"secret thing\" is not INTEGER").named("stream.in.x");
    tap().add(std::move(seen));
    const auto answer =
        call("GET", kRequests, "", {{"X-StorageApi-Token", made.json().value("token", "")}});
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.body.find("secret thing"), std::string::npos);
    EXPECT_EQ(answer.json()["requests"][0]["isBodyHidden"], true);
    EXPECT_EQ(answer.json()["requests"][0]["bodyBytes"], 12);
    EXPECT_EQ(answer.json()["requests"][0]["error"], "stream.in.x");
    EXPECT_NE(call("GET", kRequests).body.find("secret thing"), std::string::npos);
}

TEST_F(RequestsResourceTest, ABodyIsCutBetweenCharactersAndBytesAreInBase64) {
    auto cut = request("ab\xc3");  // of "abä..."
    cut.body_bytes = 4;
    tap().add(std::move(cut));
    EXPECT_EQ(requests()[0]["body"], "ab");
    EXPECT_EQ(requests()[0]["isBodyCut"], true);
    tap().add(request("\xff\xfe"));
    EXPECT_EQ(requests()[0]["bodyBase64"], "//4=");
}

TEST_F(RequestsResourceTest, TheSettingOfTheSourceSwitchesItOff) {
    EXPECT_NE(routes_.route("my-source")->tap, nullptr);
    tap().add(request("{}"));
    finish("PATCH", kSources + "/my-source/settings",
           R"({"settings":[{"key":"source.recentRequests","value":false}]})");
    EXPECT_EQ(routes_.route("my-source")->tap, nullptr);
    const auto answer = call("GET", kRequests + "?wait=30s").json();
    EXPECT_EQ(answer["isRecording"], false);
    EXPECT_TRUE(answer["requests"].empty());
    EXPECT_EQ(recent_.bytes(), 0U) << "what there was is forgotten";
}

}  // namespace
}  // namespace millrace::control
