#include "api/access/token_digest.h"

#include <gtest/gtest.h>

namespace millrace::access {
namespace {

TEST(TokenDigestTest, IsSha256) {
    EXPECT_EQ(token_digest("abc"),  // FIPS 180-2, B.1
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace millrace::access
