#include "core/base/crc32c.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

// Bit by bit from the definition, to compare with.
std::uint32_t slow_crc32c(std::uint32_t crc, std::string_view text) {
    crc = ~crc;
    for (const char c : text) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78 : 0);
    }
    return ~crc;
}

TEST(Crc32cTest, HasTheValuesOfTheRfc) {  // RFC 3720 B.4
    EXPECT_EQ(crc32c(0, ""), 0U);
    EXPECT_EQ(crc32c(0, "123456789"), 0xe3069283);
    EXPECT_EQ(crc32c(0, std::string(32, '\0')), 0x8a9136aa);
    EXPECT_EQ(crc32c(0, std::string(32, '\xff')), 0x62a8ab43);
    std::string rising;
    for (int i = 0; i < 32; ++i) rising.push_back(static_cast<char>(i));
    EXPECT_EQ(crc32c(0, rising), 0x46dd794e);
}

TEST(Crc32cTest, IsTheSameForAnyLengthAlignmentAndSplit) {
    std::string text;
    for (int i = 0; i < 100; ++i) text.push_back(static_cast<char>(i * 37));
    for (std::size_t begin = 0; begin < 16; ++begin) {
        for (std::size_t bytes = 0; begin + bytes <= text.size(); ++bytes) {
            const auto part = std::string_view(text).substr(begin, bytes);
            ASSERT_EQ(crc32c(0x1234, part), slow_crc32c(0x1234, part)) << begin << " " << bytes;
            const auto split = bytes / 3;
            ASSERT_EQ(crc32c(crc32c(7, part.substr(0, split)), part.substr(split)),
                      crc32c(7, part));
        }
    }
}

// Long texts are read as several streams side by side.
TEST(Crc32cTest, IsTheSameForLongTextsOfAnyLength) {
    std::string text;
    for (unsigned i = 0; i < 10'000; ++i) text.push_back(static_cast<char>(i * i * 31 + i / 7));
    for (const std::size_t bytes : {1023U, 1024U, 3064U, 3071U, 3072U, 3073U, 3080U, 4096U, 6143U,
                                    6144U, 6151U, 9216U, 9999U}) {
        for (const std::size_t begin : {0U, 1U}) {
            const auto part = std::string_view(text).substr(begin, bytes);
            EXPECT_EQ(crc32c(0x1234, part), slow_crc32c(0x1234, part)) << begin << " " << bytes;
        }
    }
}

}  // namespace
}  // namespace millrace
