#include "core/base/byte_size.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace millrace {
namespace {

TEST(ByteSizeTest, ReadsSizes) {
    const std::vector<std::pair<std::string, std::uint64_t>> table = {
        {"0", 0},         {"42", 42},          {"100B", 100},
        {"16KB", 16384},  {"16kB", 16384},     {"1536KB", 1572864},
        {"5MB", 5 << 20}, {"3GB", 3ULL << 30}, {"18446744073709551615", UINT64_MAX},
    };
    for (const auto& [text, bytes] : table) {
        const auto parsed = parse_byte_size(text);
        ASSERT_TRUE(parsed.ok()) << text;
        EXPECT_EQ(parsed.value(), bytes) << text;
    }
}

TEST(ByteSizeTest, RefusesEverythingElse) {
    for (const std::string text :
         {"", "KB", "-1", "+1", "1.5MB", "1 KB", "1kb", "1KiB", "1TB", " 1", "1KB ", "0x10",
          "18446744073709551616", "99999999999999999999KB"}) {
        const auto parsed = parse_byte_size(text);
        ASSERT_FALSE(parsed.ok()) << text;
        EXPECT_EQ(parsed.error().code(), Code::invalid) << text;
        EXPECT_EQ(parsed.error().client_text(), "invalid syntax") << text;
    }
    const auto parsed = parse_byte_size("17179869184GB");
    ASSERT_FALSE(parsed.ok());
    EXPECT_EQ(parsed.error().client_text(), "value out of range");
}

TEST(ByteSizeTest, WritesTheLargestUnitThatDivides) {
    const std::vector<std::pair<std::uint64_t, std::string>> table = {
        {0, "0B"},        {1, "1B"},           {1000, "1000B"},
        {1024, "1KB"},    {1025, "1025B"},     {1572864, "1536KB"},
        {1 << 20, "1MB"}, {3ULL << 30, "3GB"}, {UINT64_MAX, "18446744073709551615B"},
    };
    for (const auto& [bytes, text] : table) {
        EXPECT_EQ(format_byte_size(bytes), text);
        const auto parsed = parse_byte_size(text);
        ASSERT_TRUE(parsed.ok()) << text;
        EXPECT_EQ(parsed.value(), bytes);
    }
}

}  // namespace
}  // namespace millrace
