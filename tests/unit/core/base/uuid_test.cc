#include "core/base/uuid.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

// The example of RFC 9562 A.6.
TEST(UuidTest, MakesTheExampleOfTheRfc) {
    const auto uuid = make_uuid_v7({0x017f22e279b0}, 0xcc3, 0x18c4dc0c0c07398f);
    EXPECT_EQ(to_string(uuid), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

TEST(UuidTest, SetsVersionAndVariantWhateverTheRandomBits) {
    EXPECT_EQ(to_string(make_uuid_v7({0}, 0, 0)), "00000000-0000-7000-8000-000000000000");
    EXPECT_EQ(to_string(make_uuid_v7({0xffffffffffff}, UINT64_MAX, UINT64_MAX)),
              "ffffffff-ffff-7fff-bfff-ffffffffffff");
}

TEST(UuidTest, SortsByTime) {
    const auto early = make_uuid_v7({1'767'323'045'678}, UINT64_MAX, UINT64_MAX);
    const auto late = make_uuid_v7({1'767'323'045'679}, 0, 0);
    EXPECT_LT(early, late);
    EXPECT_LT(to_string(early), to_string(late));
}

TEST(UuidTest, ReadsWhatItWrites) {
    const auto uuid = make_uuid_v7({1}, 2, 3);
    EXPECT_EQ(parse_uuid(to_string(uuid)), uuid);
    EXPECT_EQ(parse_uuid("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"),
              parse_uuid("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"));
    EXPECT_TRUE(Uuid{}.is_nil());
    EXPECT_FALSE(uuid.is_nil());
}

TEST(UuidTest, ReadsNothingElse) {
    for (const std::string text :
         {"", "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
          "017f22e2_79b0-7cc3-98c4-dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
          "{17f22e2-79b0-7cc3-98c4-dc0c0c07398}", "017f22e279b07cc398c4dc0c0c07398f0000"}) {
        EXPECT_EQ(parse_uuid(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace millrace
