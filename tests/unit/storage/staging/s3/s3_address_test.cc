#include "storage/staging/s3/s3_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::s3 {
namespace {

using testing::HasSubstr;

AddressOptions options(std::string endpoint, Addressing addressing = Addressing::path) {
    return {.endpoint = std::move(endpoint),
            .region = "eu-west-1",
            .bucket = "lake",
            .addressing = addressing};
}

TEST(AddressTest, PathAndVirtualHost) {
    const auto path = address_of(options("http://127.0.0.1:9000/")).value();
    EXPECT_EQ(path.origin, "http://127.0.0.1:9000");
    EXPECT_EQ(path.host, "127.0.0.1:9000");
    EXPECT_EQ(path.path, "/lake/");
    const auto host =
        address_of(options("https://s3.local:9000", Addressing::virtual_host)).value();
    EXPECT_EQ(host.origin, "https://lake.s3.local:9000");
    EXPECT_EQ(host.host, "lake.s3.local:9000");
    EXPECT_EQ(host.path, "/");
}

TEST(AddressTest, WithoutAnEndpointItIsAmazon) {
    EXPECT_EQ(address_of(options("", Addressing::virtual_host)).value().origin,
              "https://lake.s3.eu-west-1.amazonaws.com");
}

TEST(AddressTest, WhatIsNoEndpointIsRefused) {
    for (const auto* endpoint : {"localhost:9000", "ftp://x", "http://", "http://a/b", "http://u@h",
                                 "http://h:0", "http://h:65536", "http://h:x", "http://a b",
                                 "http://h?x", "http://[::1", "http://h\r\nx"}) {
        SCOPED_TRACE(endpoint);
        const auto refused = address_of(options(endpoint));
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().code(), Code::invalid);
        EXPECT_THAT(refused.error().client_text(), HasSubstr("http[s]://HOST[:PORT]"));
    }
    EXPECT_TRUE(address_of(options("http://[::1]:9000")).ok());
}

TEST(AddressTest, WhatIsNoBucketOrRegionIsRefused) {
    for (const auto* bucket : {"", "a/b", "a b", "a?b", "\xC3\xA4"}) {
        auto bad = options("http://h");
        bad.bucket = bucket;
        EXPECT_EQ(address_of(bad).error().code(), Code::invalid) << bucket;
    }
    auto bad = options("http://h");
    bad.region = "eu west";
    EXPECT_EQ(address_of(bad).error().code(), Code::invalid);
}

}  // namespace
}  // namespace millrace::s3
