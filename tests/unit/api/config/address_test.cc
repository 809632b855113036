#include "api/config/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace millrace::config {
namespace {

using testing::HasSubstr;

TEST(AddressTest, EndpointsAreReadAndPrinted) {
    struct Case {
        std::string text;
        Endpoint expected;
    };
    const Case cases[] = {
        {"127.0.0.1:8000", {"127.0.0.1", 8000}},
        {"0.0.0.0:0", {"0.0.0.0", 0}},
        {"localhost:7000", {"localhost", 7000}},
        {"in-1.example_a.com:65535", {"in-1.example_a.com", 65535}},
        {"[::1]:0", {"::1", 0}},
        {"[fe80::1%eth0]:80", {"fe80::1%eth0", 80}},
    };
    for (const auto& [text, expected] : cases) {
        SCOPED_TRACE(text);
        const auto endpoint = parse_endpoint(text);
        ASSERT_TRUE(endpoint.ok()) << endpoint.error().client_text();
        EXPECT_EQ(endpoint.value(), expected);
        EXPECT_EQ(format_endpoint(endpoint.value()), text);
    }
}

TEST(AddressTest, AWrongEndpointIsRefusedWithTheRemedy) {
    struct Case {
        std::string text;
        std::string message;
    };
    const Case cases[] = {
        {"", "no port; write HOST:PORT"},
        {"8000", "no port; write HOST:PORT"},
        {"[::1]", "no port; write HOST:PORT"},
        {":8000", "no host; write 127.0.0.1:8000 for this machine only or 0.0.0.0:8000"},
        {"localhost:", "port \"\" is not a number from 0 to 65535"},
        {"localhost:65536", "port \"65536\" is not a number"},
        {"localhost:-1", "port \"-1\" is not a number"},
        {"localhost:80 ", "port \"80 \" is not a number"},
        {"http://localhost:80", "not a host name"},
        {"-x:80", "not a host name"},
        {"a b:80", "not a host name"},
        {"::1:80", "an IPv6 address needs brackets; write for example [::1]:8000"},
        {"[]:80", "no IPv6 address in the brackets"},
        {"[localhost]:80", "no IPv6 address in the brackets"},
        {std::string(254, 'a') + ":80", "not a host name"},
    };
    for (const auto& [text, message] : cases) {
        SCOPED_TRACE(text);
        const auto endpoint = parse_endpoint(text);
        ASSERT_FALSE(endpoint.ok());
        EXPECT_EQ(endpoint.error().code(), Code::invalid);
        EXPECT_THAT(endpoint.error().client_text(), HasSubstr(message));
    }
}

TEST(AddressTest, APublicUrlIsReturnedWithoutTrailingSlash) {
    struct Case {
        std::string text;
        std::string expected;
    };
    const Case cases[] = {
        {"https://stream.example.com", "https://stream.example.com"},
        {"https://stream.example.com/", "https://stream.example.com"},
        {"http://10.0.0.1:8000/millrace//", "http://10.0.0.1:8000/millrace"},
        {"http://[::1]:8000", "http://[::1]:8000"},
        {"http://[::1]/x", "http://[::1]/x"},
    };
    for (const auto& [text, expected] : cases) {
        SCOPED_TRACE(text);
        const auto url = parse_public_url(text);
        ASSERT_TRUE(url.ok()) << url.error().client_text();
        EXPECT_EQ(url.value(), expected);
    }
}

TEST(AddressTest, AWrongPublicUrlIsRefusedWithTheRemedy) {
    struct Case {
        std::string text;
        std::string message;
    };
    const Case cases[] = {
        {"stream.example.com",
         "does not begin with http:// or https://; write for example https://"},
        {"ftp://stream.example.com", "does not begin with http://"},
        {"HTTPS://stream.example.com", "does not begin with http://"},
        {"https://", "no valid host"},
        {"https:///path", "no valid host"},
        {"https://a:b", "no valid host and port"},
        {"https://a:0", "no valid host and port"},
        {"https://a:99999", "no valid host and port"},
        {"https://me:secret@a", "has a user name"},
        {"https://a/?x=1", "has a query or a fragment"},
        {"https://a/#x", "has a query or a fragment"},
        {"https://a/b c", "holds a blank"},
        {"https://a\n", "holds a blank"},
        {"https://b\xc3\xbc"
         "cher.example",
         "outside ASCII"},
    };
    for (const auto& [text, message] : cases) {
        SCOPED_TRACE(text);
        const auto url = parse_public_url(text);
        ASSERT_FALSE(url.ok());
        EXPECT_EQ(url.error().code(), Code::invalid);
        EXPECT_THAT(url.error().client_text(), HasSubstr(message));
    }
}

}  // namespace
}  // namespace millrace::config
