#include "api/console/session_endpoints.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "api/access/token_digest.h"
#include "api/console/console_resource.h"
#include "tests/unit/api/control/api_fixture.h"

namespace millrace::console {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

class SessionEndpointsTest : public control::ApiTest {
protected:
    SessionEndpointsTest() {
        add("reader", TokenRole::readonly, {});
        add("loader", TokenRole::load, {"in.c-shop"});
    }

    void add(const std::string& text, TokenRole role, std::vector<std::string> buckets) {
        ASSERT_TRUE(tokens_
                        .add_token({.project = ProjectId(1),
                                    .id = TokenId("t-" + text),
                                    .digest = access::token_digest(text),
                                    .description = "of " + text,
                                    .role = role,
                                    .buckets = std::move(buckets),
                                    .created = {}},
                                   10)
                        .value());
    }

    static control::ControlPlane::Options with_console(ConsolePorts console = {}) {
        auto all = options();
        all.resources.push_back(
            [console](control::Router& router, const control::ResourceParts& parts) {
                add_console(router, parts, console);
            });
        return all;
    }

    static control::Response ask(control::ControlPlane& plane, const std::string& method,
                                 const std::string& path, const std::string& body = "",
                                 Headers headers = {}) {
        control::Request request;
        request.id = "request-1";
        request.method = method;
        request.path = path;
        request.body = body;
        request.host = "127.0.0.1:8000";
        request.client_ip = "10.0.0.1";
        for (const auto& [name, value] : headers) {
            if (name == "Origin") request.origin = value;
            if (name == "Host") request.host = value;
        }
        request.headers = std::move(headers);
        return plane.handle(request);
    }

    control::Response ask(const std::string& method, const std::string& path,
                          const std::string& body = "", Headers headers = {}) {
        return ask(console_, method, path, body, std::move(headers));
    }

    control::Response sign_in(const std::string& token, Headers headers = {}) {
        return ask("POST", "/console/session", nlohmann::json({{"token", token}}).dump(),
                   std::move(headers));
    }

    static std::string header(const control::Response& response, const std::string& name) {
        const auto found = std::ranges::find(response.headers, name,
                                             [](const auto& header) { return header.first; });
        return found == response.headers.end() ? "" : found->second;
    }

    static std::string cookie(const control::Response& response) {
        const auto set = header(response, "Set-Cookie");
        return set.substr(0, set.find(';'));
    }

    static nlohmann::json json(const control::Response& response) {
        return nlohmann::json::parse(response.body, nullptr, false);
    }

    control::ControlPlane console_{ports(), with_console()};
};

TEST_F(SessionEndpointsTest, SigningInAnswersWhoItIsAndACookieThatScriptsCannotRead) {
    const auto response = sign_in("secret-token");
    ASSERT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(json(response)["role"], "admin");
    EXPECT_EQ(json(response)["description"], "admin token");
    EXPECT_EQ(json(response)["expiresAt"], "2026-01-02T15:04:05.678Z");
    EXPECT_EQ(json(response)["csrf"].get<std::string>().size(), 32U);
    const auto set = header(response, "Set-Cookie");
    const auto attributes = set.substr(set.find(';'));
    EXPECT_EQ(attributes, "; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict");
    EXPECT_EQ(cookie(response).size(), std::string("millrace_session=").size() + 48);
    EXPECT_EQ(response.body.find(cookie(response).substr(17)), std::string::npos)
        << "the id is not in what scripts read";
    EXPECT_EQ(header(response, "Cache-Control"), "no-store");

    EXPECT_EQ(json(sign_in(" reader\n"))["role"], "readonly") << "as it is pasted";
}

TEST_F(SessionEndpointsTest, TheCookieIsForTlsWhereTheClientComesByTls) {
    const auto set_cookie = [&](const ConsolePorts& console, const std::string& host) {
        control::ControlPlane plane(ports(), with_console(console));
        return header(
            ask(plane, "POST", "/console/session", R"({"token":"secret-token"})", {{"Host", host}}),
            "Set-Cookie");
    };
    EXPECT_TRUE(set_cookie({.has_tls = true}, "127.0.0.1:8000").ends_with("; Secure"));
    EXPECT_TRUE(set_cookie({}, "api.example").ends_with("; Secure")) << "a proxy, by its name";
    EXPECT_FALSE(set_cookie({}, "127.0.0.1:8000").ends_with("; Secure"))
        << "around the proxy; the browser would not send it";
}

TEST_F(SessionEndpointsTest, WhoMayNotSignInIsToldWhy) {
    const struct {
        std::string body;
        int status;
        const char* error;
    } cases[] = {
        {R"({"token":"wrong"})", 401, "stream.api.unauthorized"},
        {R"({"token":"loader"})", 403, "stream.api.forbidden"},
        {R"({"token":""})", 400, "stream.api.invalidLength"},
        {R"({"token":"   "})", 401, "stream.api.unauthorized"},
        {R"({"token":7})", 400, "stream.api.invalidFieldType"},
        {R"({"token":null})", 400, "stream.api.missingField"},
        {R"({"token":"a","b":1})", 400, "stream.api.badRequest"},
        {"{}", 400, "stream.api.missingField"},
        {"token=secret-token", 400, "stream.api.decodePayload"},
        {"", 400, "stream.api.missingPayload"},
        {R"({"token":")" + std::string(2000, 'x') + "\"}", 400, "stream.api.invalidLength"},
    };
    for (const auto& test : cases) {
        const auto response = ask("POST", "/console/session", test.body);
        EXPECT_EQ(response.status, test.status) << test.body << response.body;
        EXPECT_EQ(json(response)["error"], test.error) << test.body;
        EXPECT_EQ(header(response, "Set-Cookie"), "") << test.body;
    }
}

TEST_F(SessionEndpointsTest, GuessingTokensIsSlowedDownWithThatOfTheApi) {
    for (int i = 0; i < 10; ++i) EXPECT_EQ(sign_in("wrong").status, 401);
    const auto slowed = sign_in("wrong");
    EXPECT_EQ(slowed.status, 429);
    EXPECT_EQ(header(slowed, "Retry-After"), "1");
    EXPECT_EQ(sign_in("secret-token").status, 200) << "a right one never is";
    EXPECT_EQ(wrong_tokens_.count(), 11U);
}

TEST_F(SessionEndpointsTest, CookiesOfEndedSessionsAreNoGuesses) {
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(ask("GET", "/v1/tokens", "", {{"Cookie", "millrace_session=old"}}).status, 401);
        EXPECT_EQ(ask("GET", "/console/session", "", {{"Cookie", "millrace_session=old"}}).status,
                  401);
    }
    EXPECT_EQ(wrong_tokens_.count(), 0U);
}

TEST_F(SessionEndpointsTest, ALiveSessionIsShownAndUsedAndEndsWithSigningOut) {
    const auto signed_in = sign_in("secret-token");
    const Headers with_cookie = {{"Cookie", cookie(signed_in)}};
    const auto csrf = json(signed_in)["csrf"].get<std::string>();
    EXPECT_EQ(ask("GET", "/console/session", "", with_cookie).body, signed_in.body);
    EXPECT_EQ(ask("GET", "/v1/tokens", "", with_cookie).status, 200);

    const std::string token = R"({"description":"CI","role":"readonly"})";
    const auto refused = ask("POST", "/v1/tokens", token, with_cookie);
    EXPECT_EQ(refused.status, 403);
    EXPECT_NE(json(refused)["message"].get<std::string>().find("X-Millrace-CSRF"),
              std::string::npos);
    auto with_csrf = with_cookie;
    with_csrf.emplace_back("X-Millrace-CSRF", csrf);
    const auto made = ask("POST", "/v1/tokens", token, with_csrf);
    EXPECT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(json(made)["created"]["by"]["tokenId"], "admin") << made.body;

    EXPECT_EQ(ask("DELETE", "/console/session", "", with_cookie).status, 403);
    EXPECT_EQ(ask("GET", "/console/session", "", with_cookie).status, 200);
    const auto out = ask("DELETE", "/console/session", "", with_csrf);
    EXPECT_EQ(out.status, 204);
    EXPECT_EQ(header(out, "Set-Cookie"),
              "millrace_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
    EXPECT_EQ(ask("GET", "/console/session", "", with_cookie).status, 401);
    EXPECT_EQ(ask("GET", "/v1/tokens", "", with_cookie).status, 401);
    EXPECT_EQ(ask("DELETE", "/console/session", "", with_csrf).status, 204) << "again";
}

TEST_F(SessionEndpointsTest, SigningInAgainEndsTheSessionBefore) {
    const auto first = sign_in("reader");
    const auto second = sign_in("secret-token", {{"Cookie", cookie(first)}});
    EXPECT_EQ(ask("GET", "/console/session", "", {{"Cookie", cookie(first)}}).status, 401);
    EXPECT_EQ(json(ask("GET", "/console/session", "", {{"Cookie", cookie(second)}}))["role"],
              "admin");
}

TEST_F(SessionEndpointsTest, AReadonlySessionSeesAndCannotChange) {
    const auto signed_in = sign_in("reader");
    const Headers headers = {{"Cookie", cookie(signed_in)},
                             {"X-Millrace-CSRF", json(signed_in)["csrf"].get<std::string>()}};
    EXPECT_EQ(ask("GET", "/v1/branches/default/sources", "", headers).status, 200);
    const auto refused =
        ask("POST", "/v1/branches/default/sources", R"({"name":"A","type":"http"})", headers);
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(json(refused)["error"], "stream.api.forbidden");
}

TEST_F(SessionEndpointsTest, APageOfAnotherSiteCannotSignInOrUseASession) {
    const Headers other = {{"Origin", "https://evil.example"}};
    EXPECT_EQ(sign_in("secret-token", other).status, 403);
    EXPECT_EQ(header(sign_in("secret-token", other), "Access-Control-Allow-Origin"), "");
    EXPECT_EQ(sign_in("secret-token", {{"Sec-Fetch-Site", "cross-site"}}).status, 403);

    const auto signed_in = sign_in("secret-token");
    const Headers used = {{"Cookie", cookie(signed_in)}, {"Sec-Fetch-Site", "same-site"}};
    EXPECT_EQ(ask("GET", "/console/session", "", used).status, 403);
    EXPECT_EQ(ask("GET", "/v1/tokens", "", used).status, 403);
    const auto preflight = ask("OPTIONS", "/v1/tokens", "", other);
    EXPECT_EQ(header(preflight, "Access-Control-Allow-Credentials"), "");
    EXPECT_EQ(header(preflight, "Access-Control-Allow-Headers").find("CSRF"), std::string::npos);
}

TEST_F(SessionEndpointsTest, ThePageIsForEverybodyAndPathsBelowItAreItsOwn) {
    EXPECT_EQ(header(ask("GET", "/console"), "Location"), "/console/");
    for (const auto* path : {"/console/", "/console/sources/shop/sinks/orders"}) {
        const auto page = ask("GET", path);
        EXPECT_EQ(page.status, 200) << path;
        EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
        EXPECT_EQ(header(page, "Cache-Control"), "no-store");
    }
    EXPECT_EQ(ask("GET", "/console/assets/none.js").status, 404);
    EXPECT_EQ(ask("POST", "/console/sources").status, 405);
    EXPECT_EQ(ask("PUT", "/console/session").status, 405);
}

}  // namespace
}  // namespace millrace::console
