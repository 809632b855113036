#include "core/base/secret.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace millrace {
namespace {

TEST(SecretTest, MatchesOnlyItself) {
    const Secret secret("0123456789abcdef");
    EXPECT_TRUE(secret.matches("0123456789abcdef"));
    EXPECT_EQ(secret.expose(), "0123456789abcdef");
    for (const std::string_view other :
         {"", "0123456789abcde", "0123456789abcdef0", "0123456789abcdeF", "1123456789abcdef"}) {
        EXPECT_FALSE(secret.matches(other)) << other;
    }
}

TEST(SecretTest, ComparesAllBits) {
    const std::string text = "two words and a part";
    for (std::size_t at = 0; at < text.size(); ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            auto other = text;
            other[at] = static_cast<char>(other[at] ^ (1 << bit));
            EXPECT_FALSE(constant_time_equal(text, other));
        }
    }
    EXPECT_TRUE(constant_time_equal("", ""));
    EXPECT_TRUE(constant_time_equal(std::string_view("a\0b", 3), std::string_view("a\0b", 3)));
    EXPECT_FALSE(constant_time_equal(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

}  // namespace
}  // namespace millrace
