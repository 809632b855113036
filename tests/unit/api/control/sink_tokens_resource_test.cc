#include "api/control/sink_tokens_resource.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kSource = kSources + "/my-source";
const std::string kSink = kSinks + "/my-sink";

class SinkTokensResourceTest : public ApiTest {
protected:
    SinkTokensResourceTest() { make_source(); }

    void make_sink(const std::string& target) {
        auto body = sink_body();
        body["table"]["target"] = target;
        EXPECT_EQ(finish("POST", kSinks, body.dump())["status"], "success");
    }
    void change(const std::string& method, const std::string& path, const std::string& body = "") {
        const auto task = finish(method, path, body);
        EXPECT_EQ(task["status"], "success") << task.dump();
    }
};

TEST_F(SinkTokensResourceTest, ASinkGetsARoleAndLosesItWithItsEnd) {
    make_sink("lake");
    EXPECT_THAT(lake_.asked(), ElementsAre("renew 1 in.c-shop.orders"));
    change("PUT", kSink + "/disable");
    EXPECT_THAT(lake_.asked(), IsEmpty()) << "what it has accepted is imported yet";
    change("PUT", kSink + "/enable");
    EXPECT_THAT(lake_.asked(), ElementsAre("renew 1 in.c-shop.orders"));
    change("PUT", kSink + "/enable");
    EXPECT_THAT(lake_.asked(), ElementsAre("give 1 in.c-shop.orders"));
    change("PATCH", kSink, R"({"name":"other"})");
    EXPECT_THAT(lake_.asked(), IsEmpty());
    change("PATCH", kSink, R"({"table":{"tableId":"in.c-other.orders"}})");
    EXPECT_THAT(lake_.asked(), ElementsAre("give 1 in.c-other.orders"));
    change("PUT", kSink + "/versions/1/rollback");
    EXPECT_THAT(lake_.asked(), ElementsAre("give 1 in.c-shop.orders"));
    change("DELETE", kSink);
    EXPECT_THAT(lake_.asked(), ElementsAre("take 1"));
    change("PUT", kSink + "/undelete");
    EXPECT_THAT(lake_.asked(), ElementsAre("renew 1 in.c-shop.orders"));
    change("PATCH", kSink, R"({"table":{"target":"default"}})");
    EXPECT_THAT(lake_.asked(), ElementsAre("take 1"));
}

TEST_F(SinkTokensResourceTest, WhatHappensToASourceHappensToTheRolesOfItsSinks) {
    make_sink("lake");
    lake_.asked();
    change("PUT", kSource + "/disable");
    EXPECT_THAT(lake_.asked(), IsEmpty());
    change("PUT", kSource + "/enable");
    EXPECT_THAT(lake_.asked(), ElementsAre("renew 1 later"));
    change("DELETE", kSource);
    EXPECT_THAT(lake_.asked(), ElementsAre("take 1"));
    change("PUT", kSource + "/undelete");
    EXPECT_THAT(lake_.asked(), ElementsAre("renew 1 in.c-shop.orders"));
}

TEST_F(SinkTokensResourceTest, WithoutTheRoleThatItNeedsThereIsNoSink) {
    lake_.no_roles = Error(Code::conflict, "the role of the dsn may not create roles");
    auto body = sink_body();
    body["table"]["target"] = "lake";
    const auto task = finish("POST", kSinks, body.dump());
    EXPECT_EQ(task["status"], "error");
    EXPECT_THAT(task["error"].get<std::string>(), HasSubstr("ot create roles"));
    EXPECT_EQ(call("GET", kSink).status, 404);
}

TEST_F(SinkTokensResourceTest, ATokenIsShownWithoutItsPassword) {
    make_sink("lake");
    SinkToken token;
    token.target = TargetName("lake");
    token.sink = SinkNumber(1);
    token.key = {{ProjectId(1), BranchId(123), SourceId("my-source")}, SinkId("my-sink")};
    token.table = TableId::parse("in.c-shop.orders").value();
    token.state = SinkTokenState::ready;
    token.role = "millrace_1_2_s1";
    token.password = Secret("hidden");
    token.changed_at = WallTime{1'767'323'045'678};
    ASSERT_TRUE(loads_catalog_->save_sink_token(token).ok());
    const auto answer = call("GET", kSink + "/token");
    EXPECT_EQ(answer.json(), nlohmann::json::parse(R"({"token":{"id":"my-source/my-sink/lake",
                  "sourceId":"my-source","sinkId":"my-sink","target":"lake","bucket":"in.c-shop",
                  "description":"[_internal] Stream Sink my-source/my-sink","state":"ready",
                  "role":"millrace_1_2_s1","reason":null,
                  "changedAt":"2026-01-02T03:04:05.678Z"},"reason":null})"));
    token.state = SinkTokenState::refused;
    token.password = Secret();
    token.reason = "no roles here";
    ASSERT_TRUE(loads_catalog_->save_sink_token(token).ok());
    const auto refused = call("GET", kSink + "/token").json();
    EXPECT_EQ(refused["reason"], "no roles here");
    EXPECT_EQ(refused["token"]["role"], nullptr);
    EXPECT_EQ(call("GET", kSinks + "/other/token").status, 404);
    EXPECT_EQ(call("GET", "/v1/branches/123/sink-tokens").json()["page"]["totalCount"], 0)
        << "those of sinks that the catalog has";
}

TEST_F(SinkTokensResourceTest, ASinkThatNeedsNoneSaysSo) {
    make_sink("default");
    const auto none = call("GET", kSink + "/token").json();
    EXPECT_EQ(none["token"], nullptr);
    EXPECT_THAT(none["reason"].get<std::string>(), HasSubstr("needs none"));
    change("PATCH", kSink, R"({"table":{"target":"lake"}})");
    EXPECT_THAT(call("GET", kSink + "/token").json()["reason"].get<std::string>(),
                HasSubstr("disable and enable it"));
}

}  // namespace
}  // namespace millrace::control
