#include "api/control/session_auth.h"

#include <gtest/gtest.h>

#include <string>

#include "api/access/token_digest.h"
#include "tests/support/clocks.h"
#include "tests/support/manual_ports.h"

namespace millrace::control {
namespace {

const std::string kApiUrl = "https://millrace.example";

class SessionAuthTest : public testing::Test {
protected:
    SessionAuthTest() { add("reader", TokenRole::readonly); }

    void add(const std::string& text, TokenRole role) {
        ASSERT_TRUE(tokens_
                        .add_token({.project = ProjectId(1),
                                    .id = TokenId(text),
                                    .digest = access::token_digest(text),
                                    .description = "of " + text,
                                    .role = role,
                                    .buckets = {},
                                    .created = {}},
                                   10)
                        .value());
    }

    access::Sessions::Opened open(const std::string& token) {
        return sessions_.open(access::token_digest(token));
    }

    static Request request(const std::string& method, const std::string& cookie,
                           const std::string& csrf = "") {
        Request request;
        request.method = method;
        request.path = "/v1/branches/default/sources";
        request.host = "127.0.0.1:8000";
        request.headers = {{"Cookie", cookie}};
        if (!csrf.empty()) request.headers.emplace_back("x-millrace-csrf", csrf);
        return request;
    }

    static std::string cookie(const access::Sessions::Opened& opened) {
        return "millrace_session=" + opened.id;
    }

    // The name of the error; empty: let in.
    std::string refusal(const Request& request) {
        const auto caller = session_auth_.authenticate(request);
        return caller.ok() ? "" : caller.error().name();
    }

    test::ManualClock clock_;
    int made_ = 0;
    access::Sessions sessions_{clock_, [this](std::size_t length) {
                                   auto text = std::to_string(++made_);
                                   return std::string(length - text.size(), 'x') + text;
                               }};
    fakes::MemoryTokens tokens_;
    const Auth auth_{Secret("token"), ProjectId(1), tokens_};
    const SessionAuth session_auth_{auth_, sessions_, kApiUrl};
};

TEST_F(SessionAuthTest, TheCallerIsTheOneWhoseTokenOpenedTheSession) {
    const auto own = session_auth_.authenticate(request("GET", cookie(open("token"))));
    ASSERT_TRUE(own.ok());
    EXPECT_EQ(own.value().role, TokenRole::admin);
    EXPECT_EQ(own.value().actor.token_id, kOwnTokenId);

    const auto reader = session_auth_.authenticate(request("GET", cookie(open("reader"))));
    ASSERT_TRUE(reader.ok());
    EXPECT_EQ(reader.value().role, TokenRole::readonly);
    EXPECT_EQ(reader.value().actor.token_description, "of reader");
}

TEST_F(SessionAuthTest, TheCookieIsFoundAmongOthers) {
    const auto id = open("token").id;
    const struct {
        std::string cookie;
        const char* error;
    } cases[] = {
        {"millrace_session=" + id, ""},
        {"theme=dark; millrace_session=" + id, ""},
        {"theme=dark;millrace_session=" + id + ";a=b", ""},
        {" ; ; millrace_session=" + id + " ;", ""},
        {"millrace_session=" + id + "x", "stream.api.unauthorized"},
        {"millrace_session=", "stream.api.unauthorized"},
        {"millrace_session", "stream.api.unauthorized"},
        {"Millrace_Session=" + id, "stream.api.unauthorized"},
        {"xmillrace_session=" + id, "stream.api.unauthorized"},
        {"a=millrace_session=" + id, "stream.api.unauthorized"},
        {"", "stream.api.unauthorized"},
    };
    for (const auto& test : cases) {
        EXPECT_EQ(refusal(request("GET", test.cookie)), test.error) << test.cookie;
    }
}

TEST_F(SessionAuthTest, WhatChangesSomethingRepeatsTheTextOfItsSession) {
    const auto opened = open("token");
    const auto other = open("token");
    for (const auto* method : {"POST", "PUT", "PATCH", "DELETE"}) {
        const auto with = [&](const std::string& csrf) {
            return refusal(request(method, cookie(opened), csrf));
        };
        EXPECT_EQ(with(opened.session.csrf.expose()), "") << method;
        EXPECT_EQ(with(""), "stream.api.forbidden") << method;
        EXPECT_EQ(with("x"), "stream.api.forbidden") << method;
        EXPECT_EQ(with(other.session.csrf.expose()), "stream.api.forbidden") << method;
        EXPECT_EQ(with(opened.id), "stream.api.forbidden") << method;
    }
    for (const auto* method : {"GET", "HEAD"}) {
        EXPECT_EQ(refusal(request(method, cookie(opened))), "") << method;
    }
}

TEST_F(SessionAuthTest, ASessionEndsWithItsToken) {
    const auto opened = open("reader");
    EXPECT_EQ(refusal(request("GET", cookie(opened))), "");
    ASSERT_TRUE(tokens_.delete_token(ProjectId(1), TokenId("reader")).value());
    EXPECT_EQ(refusal(request("GET", cookie(opened))), "stream.api.unauthorized");
    EXPECT_EQ(sessions_.count(), 0U);
    add("reader", TokenRole::readonly);
    EXPECT_EQ(refusal(request("GET", cookie(opened))), "stream.api.unauthorized")
        << "and does not come back";
}

TEST_F(SessionAuthTest, OnlyOwnPagesMayUseIt) {
    const auto opened = open("token");
    const struct {
        const char* method;
        std::optional<std::string> site;
        std::optional<std::string> origin;
        const char* error;
    } cases[] = {
        {"GET", {}, {}, ""},
        {"GET", "same-origin", {}, ""},
        {"GET", "none", {}, ""},
        {"POST", "none", {}, "stream.api.forbidden"},
        {"POST", "same-origin", "http://127.0.0.1:8000", ""},
        {"POST", "same-origin", "https://other.example", ""},  // a proxy gives it another Host
        {"POST", {}, "http://127.0.0.1:8000", ""},
        {"POST", {}, "https://millrace.example", ""},
        {"POST", {}, "HTTPS://MILLRACE.example", ""},
        {"GET", "cross-site", {}, "stream.api.forbidden"},
        {"GET", "same-site", {}, "stream.api.forbidden"},
        {"GET", "", {}, "stream.api.forbidden"},
        {"POST", "same-site", "http://127.0.0.1:8000", "stream.api.forbidden"},
        {"GET", {}, "https://evil.example", "stream.api.forbidden"},
        {"GET", {}, "null", "stream.api.forbidden"},
        {"POST", {}, "http://127.0.0.1:8001", "stream.api.forbidden"},
        {"POST", {}, "http://127.0.0.1:8000.evil.example", "stream.api.forbidden"},
        {"POST", {}, "https://millrace.example.evil.example", "stream.api.forbidden"},
        {"POST", {}, "", "stream.api.forbidden"},
    };
    for (const auto& test : cases) {
        auto sent = request(test.method, cookie(opened), opened.session.csrf.expose());
        if (test.site) sent.headers.emplace_back("Sec-Fetch-Site", *test.site);
        sent.origin = test.origin;
        EXPECT_EQ(refusal(sent), test.error)
            << test.method << " " << test.site.value_or("-") << " " << test.origin.value_or("-");
    }
}

TEST_F(SessionAuthTest, DecidesWhereThereIsACookieAndNoToken) {
    auto sent = request("GET", cookie(open("token")));
    EXPECT_TRUE(SessionAuth::decides(sent));
    for (const auto* elsewhere : {"/metrics", "/tables", "/v10/sources", "/v1", "/"}) {
        sent.path = elsewhere;
        EXPECT_FALSE(SessionAuth::decides(sent)) << elsewhere;
    }
    sent.path = "/v1/tokens";
    sent.storage_token = "wrong";
    EXPECT_FALSE(SessionAuth::decides(sent)) << "a token that was sent counts, right or wrong";
    sent.storage_token.reset();
    sent.authorization = "Bearer wrong";
    EXPECT_FALSE(SessionAuth::decides(sent));
    sent.authorization.reset();
    sent.headers = {{"Cookie", "theme=dark"}};
    EXPECT_FALSE(SessionAuth::decides(sent));
}

}  // namespace
}  // namespace millrace::control
