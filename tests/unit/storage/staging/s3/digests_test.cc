#include "storage/staging/s3/digests.h"

#include <gtest/gtest.h>

#include "core/base/crc32c.h"

namespace millrace::s3 {
namespace {

TEST(DigestsTest, AreThoseOfTheStandards) {
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256_hex("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    // RFC 4231, test case 2.
    EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(crc32c_header(crc32c(0, "123456789")), "4waSgw==");
    EXPECT_EQ(crc32c_header(0), "AAAAAA==");
}

}  // namespace
}  // namespace millrace::s3
