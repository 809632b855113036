#include "api/cli/http_session.h"

#include <gtest/gtest.h>
#include <httplib.h>

#include <future>
#include <thread>

namespace millrace::cli {
namespace {

TEST(HttpSessionTest, AnAddressHasAnOriginAndAPath) {
    struct Case {
        std::string url;
        std::string origin;
        std::string path;
        bool is_this_machine = false;
    };
    const std::vector<Case> cases = {
        {"http://127.0.0.1:8000", "http://127.0.0.1:8000", "", true},
        {"http://localhost:8000/", "http://localhost:8000", "", true},
        {"http://[::1]:8000/a/b/", "http://[::1]:8000", "/a/b", true},
        {"https://mill.example.com/in", "https://mill.example.com", "/in", false},
        {"http://localhost.example.com", "http://localhost.example.com", "", false},
    };
    for (const auto& [url, origin, path, is_this_machine] : cases) {
        SCOPED_TRACE(url);
        const auto server = ServerUrl::parse(url);
        ASSERT_TRUE(server.ok());
        EXPECT_EQ(server.value().origin, origin);
        EXPECT_EQ(server.value().path, path);
        EXPECT_EQ(server.value().is_this_machine(), is_this_machine);
    }
}

TEST(HttpSessionTest, WhatIsNoAddressIsRefused) {
    for (const std::string url : {"", "127.0.0.1:8000", "ftp://x", "http://", "http:///a",
                                  "http://:80", "http://a b", "http://a?b", "http://u@h", "http"}) {
        EXPECT_FALSE(ServerUrl::parse(url).ok()) << url;
    }
}

TEST(HttpSessionTest, PartsOfAPathAreEncoded) {
    EXPECT_EQ(encoded("in.c-shop.orders_1~"), "in.c-shop.orders_1~");
    EXPECT_EQ(encoded("a/b ?%\xc3\xb6"), "a%2Fb%20%3F%25%C3%B6");
}

TEST(HttpSessionTest, ANameThatIsNoneIsToldAsThat) {
    for (const auto* origin : {"http://no.such.host.invalid", "http://no.such.host.invalid:8000"}) {
        HttpSession session(ServerUrl::parse(origin).value());
        const auto answer = session.call({.method = "GET", .path = "/"});
        ASSERT_FALSE(answer.ok());
        EXPECT_EQ(answer.error().code(), Code::unavailable);
        EXPECT_NE(answer.error().client_text().find("the name no.such.host.invalid has no address"),
                  std::string::npos)
            << answer.error().client_text();
    }
    HttpSession here(ServerUrl::parse("http://[::1]:1").value());
    const auto answer = here.call({.method = "GET", .path = "/"});
    EXPECT_EQ(answer.error().client_text(),
              "http://[::1]:1 does not answer: nothing accepts connections there");
}

// Method  the service answers only when the client has done what it does meanwhile.
TEST(HttpSessionTest, SomethingIsDoneWhileTheServiceWorks) {
    httplib::Server server;
    std::promise<void> done;
    std::string seen;
    server.Post("/in", [&](const httplib::Request& request, httplib::Response& response) {
        done.get_future().wait();
        seen = request.body;
        response.status = request.get_header_value("Content-Type") == "text/x" ? 202 : 500;
        response.set_header("Receipt", request.get_header_value("Idempotency-Key"));
    });
    const auto port = server.bind_to_any_port("127.0.0.1");
    std::thread thread([&] { server.listen_after_bind(); });
    const std::string body(300'000, 'x');
    HttpSession session({.origin = "http://127.0.0.1:" + std::to_string(port), .path = {}});
    int times = 0;
    const auto reply = session.upload({.path = "/in",
                                       .headers = {{"Idempotency-Key", "k"}},
                                       .content_type = "text/x",
                                       .body = body,
                                       .meanwhile = [&] {
                                           ++times;
                                           done.set_value();
                                       }});
    server.stop();
    thread.join();
    ASSERT_TRUE(reply.ok());
    EXPECT_EQ(reply.value().status, 202);
    EXPECT_EQ(reply.value().receipt, "k");
    EXPECT_EQ(times, 1);
    EXPECT_EQ(seen, body);
}

TEST(HttpSessionTest, AnUploadWithoutABodyIsOneToo) {
    httplib::Server server;
    server.Post("/in", [&](const httplib::Request& request, httplib::Response& response) {
        response.status = request.body.empty() && request.has_header("Content-Length") ? 200 : 500;
    });
    const auto port = server.bind_to_any_port("127.0.0.1");
    std::thread thread([&] { server.listen_after_bind(); });
    HttpSession session({.origin = "http://127.0.0.1:" + std::to_string(port), .path = {}});
    const auto reply = session.upload({.path = "/in", .content_type = "text/x", .body = ""});
    server.stop();
    thread.join();
    ASSERT_TRUE(reply.ok());
    EXPECT_EQ(reply.value().status, 200);
}

TEST(HttpSessionTest, WhereNothingListensIsSaid) {
    // Port 1 is nobody's.
    HttpSession session(ServerUrl{.origin = "http://127.0.0.1:1", .path = {}});
    const auto reply = session.call({.method = "GET", .path = "/"});
    ASSERT_FALSE(reply.ok());
    EXPECT_EQ(reply.error().code(), Code::unavailable);
    EXPECT_NE(reply.error().client_text().find("nothing accepts connections"), std::string::npos);
}

}  // namespace
}  // namespace millrace::cli
