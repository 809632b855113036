#include "core/bulk/line_end.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::bulk {
namespace {

TEST(LineEndTest, TheDelimiterEndsTheLine) {
    LineEnd lines("\n");
    EXPECT_EQ(lines.find("ab", false), std::nullopt);
    EXPECT_EQ(lines.find("abc\nd", false), (RecordEnd{3, 1}));
    EXPECT_EQ(lines.find("d", true), (RecordEnd{1, 0}));
    EXPECT_EQ(lines.find("", true), (RecordEnd{0, 0}));
}

TEST(LineEndTest, ADelimiterMayComeInParts) {
    LineEnd lines("$$$");
    const std::string text = "a$b$$$$";
    for (std::size_t bytes = 0; bytes < 6; ++bytes) {
        EXPECT_EQ(lines.find(std::string_view(text).substr(0, bytes), false), std::nullopt);
    }
    EXPECT_EQ(lines.find(text, false), (RecordEnd{3, 3}));
}

}  // namespace
}  // namespace millrace::bulk
