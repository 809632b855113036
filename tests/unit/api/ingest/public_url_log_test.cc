#include "api/ingest/public_url_log.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::ingest {
namespace {

TEST(PublicUrlLogTest, OnlyAnotherSchemeNameOrPortIsAnotherUrl) {
    struct Case {
        std::string public_url;
        std::string host;
        std::string proto;
        std::string other;  // empty: it is the public one
    };
    const Case cases[] = {
        {"https://events.example.com", "events.example.com", "", ""},
        {"https://events.example.com", "EVENTS.example.com", "HTTPS", ""},
        {"https://events.example.com", "events.example.com:443", "https", ""},
        {"https://events.example.com:443", "events.example.com", "", ""},
        {"http://events.example.com:80/hooks", "events.example.com", "http", ""},
        {"https://events.example.com/hooks", "events.example.com", "", ""},
        {"https://[2001:db8::1]:8443", "[2001:db8::1]:8443", "", ""},
        {"https://events.example.com", "", "", ""},
        {"https://events.example.com", "", "http", ""},
        {"https://events.example.com", "localhost:7000", "", "https://localhost:7000"},
        {"https://events.example.com", "events.example.com", "http", "http://events.example.com"},
        {"https://events.example.com", "events.example.com:80", "https",
         "https://events.example.com:80"},
        {"https://events.example.com:8443", "events.example.com", "", "https://events.example.com"},
    };
    for (const auto& [public_url, host, proto, other] : cases) {
        EXPECT_EQ(other_url(public_url, {.host = host, .proto = proto}).value_or(""), other)
            << public_url << " " << host << " " << proto;
    }
    const auto shown = other_url("https://a", {.host = std::string(5000, 'x'), .proto = ""});
    ASSERT_TRUE(shown);
    EXPECT_LT(shown->size(), 500U) << "a sender chooses it";
}

}  // namespace
}  // namespace millrace::ingest
