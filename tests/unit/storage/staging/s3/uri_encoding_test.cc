#include "storage/staging/s3/uri_encoding.h"

#include <gtest/gtest.h>

namespace millrace::s3 {
namespace {

TEST(UriEncodingTest, OnlyUnreservedCharactersStay) {
    const std::string unreserved =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    EXPECT_EQ(uri_encode(unreserved, Slash::encoded), unreserved);
    EXPECT_EQ(
        uri_encode(" !\"#$%&'()*+,:;<=>?@[\\]^`{|}", Slash::encoded),
        "%20%21%22%23%24%25%26%27%28%29%2A%2B%2C%3A%3B%3C%3D%3E%3F%40%5B%5C%5D%5E%60%7B%7C%7D");
    EXPECT_EQ(uri_encode(std::string("\0\x7F\xFF", 3), Slash::encoded), "%00%7F%FF");
    EXPECT_EQ(uri_encode("", Slash::encoded), "");
}

TEST(UriEncodingTest, PathsKeepSlashes) {
    EXPECT_EQ(uri_encode("a/b c", Slash::kept), "a/b%20c");
    EXPECT_EQ(uri_encode("a/b c", Slash::encoded), "a%2Fb%20c");
}

}  // namespace
}  // namespace millrace::s3
