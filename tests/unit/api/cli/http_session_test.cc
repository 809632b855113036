#include "api/cli/http_session.h"

#include <gtest/gtest.h>

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
