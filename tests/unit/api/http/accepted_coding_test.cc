#include "api/http/accepted_coding.h"

#include <gtest/gtest.h>

#include <string>

#include "api/http/content_coding.h"

namespace millrace::http {
namespace {

TEST(AcceptedCodingTest, GzipIsAcceptedWhereItIsNamedAndNotRefused) {
    const struct {
        const char* header;
        bool accepted;
    } cases[] = {
        {"", false},
        {"gzip", true},
        {"gzip, deflate, br, zstd", true},
        {"br;q=1.0, GZIP;q=0.5", true},
        {"x-gzip", true},
        {"*", true},
        {"*;q=0.1", true},
        {"br", false},
        {"identity", false},
        {"gzip;q=0", false},
        {"gzip; q=0.000", false},
        {"gzip;q=0.001", true},
        {"gzip;q=0, *", false},
        {"*;q=0", false},
        {"notgzip", false},
        {",,,", false},
        {"gzip;", true},
        {"gzip;q=", true},
    };
    for (const auto& test : cases) {
        EXPECT_EQ(accepts_gzip(test.header), test.accepted) << test.header;
    }
}

TEST(AcceptedCodingTest, WhatIsCodedIsTheSameWhenItIsDecoded) {
    BodyDecoder decoder;
    std::string many;
    for (int i = 0; i < 50'000; ++i) many += std::to_string(i * 7919 % 104'729) + ",";
    for (const auto& plain : {std::string(), std::string("{}"), std::string(5, '\0'), many}) {
        const auto coded = gzipped(plain);
        const auto decoded = decoder.decode(coded, ContentCoding::gzip, 1 << 20);
        ASSERT_TRUE(decoded.ok());
        EXPECT_EQ(decoded.value(), plain);
    }
    EXPECT_LT(gzipped(many).size(), many.size());
}

}  // namespace
}  // namespace millrace::http
